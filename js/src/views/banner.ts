/** The banner of a run that failed or was interrupted: what happened, and what to do next. */

import { h, icon, on, setText, attr } from "../dom";
import { plural, visible } from "../format";
import { bestRow, isFailed, type Model } from "../model";
import { counts } from "../progress";
import { blocked, type AppState, type Send, type View } from "../state";
import type { Row } from "../types";
import { quoted } from "./code";
import { CAUSES } from "./columns";

interface Message { tone: "err" | "warn"; head: string; body: string; copy: string; code: string | null }

/** The lines that open a run again, in any kernel. */
export function reopenCode(model: Model): string {
  const open = ["from automl_widgets import AutoMLRun, Experiment, RunDetails, Workspace", "", "ws = Workspace.from_config()", `run = AutoMLRun(Experiment(ws, ${quoted(model.facts?.experiment ?? "")}), ${quoted(model.run)})`];
  if (model.status?.state === "interrupted") return `${[...open, "run.resume()", "RunDetails(run).show()"].join("\n")}\n`;
  return `${[...open, bestRow(model) ? "best_run, fitted_model = run.get_output()" : "RunDetails(run).show()"].join("\n")}\n`;
}

/** What the banner says about a model; null where there is nothing to say. */
export function message(model: Model): Message | null {
  const { status } = model;
  if (status?.state === "interrupted") {
    const kept = counts(model).completed, cause = status.error ?? status.reason ?? "";
    return {
      tone: "warn", head: status.ended_at === null ? "The run was interrupted: the kernel that it ran in has ended." : `The run was interrupted: ${visibleLines(status.reason ?? "")}.`,
      body: [visibleLines(status.error ?? ""), kept ? `${plural(kept, "finished iteration")} ${kept === 1 ? "is" : "are"} kept, with ${kept === 1 ? "its model" : "their models"}.` : "No iteration had finished."].filter(Boolean).join("\n"),
      copy: cause || "interrupted", code: reopenCode(model),
    };
  }
  if (status?.state !== "failed") return null;
  const failed = [...model.rows.values()].filter(isFailed), last = failed[failed.length - 1];
  return {
    tone: "err", head: scriptLine(model.setup) ?? headline(status.error, failed, counts(model).ended), body: explanation(status.error, status.reason, last),
    copy: [status.error, last?.error].filter(Boolean).join("\n\n") || status.reason || "failed", code: null,
  };
}

/** The run ended with the script that brings its data: its error is a traceback, which begins with nothing. */
const scriptLine = (setup: Row | null): string | null => (setup && isFailed(setup) ? visible(`${setup.alg}: ${setup.reason ?? setup.state}`) : null);

function headline(error: string | null, failed: readonly Row[], ended: number): string {
  const causes = new Set(failed.map((row) => CAUSES[row.state] ?? row.state));
  if (!failed.length) return firstLine(error) || "The run failed.";
  const [only] = causes;
  const why = causes.size === 1 && only ? ` ${failed.length === 1 ? "It" : `All ${failed.length}`} ended with: ${only}.` : "";
  return failed.length === ended ? `No iteration could finish.${why}` : `The run failed.${why}`;
}

/** The error that is not yet in the headline: the run's, or the last row's, last line first. */
function explanation(error: string | null, reason: string | null, last: Row | undefined): string {
  const text = last ? (error ?? last.reason ?? lastLine(last.error)) : [...(error ?? "").split("\n")].slice(1).join("\n");
  return visibleLines(text || (reason ?? ""));
}

const firstLine = (text: string | null): string => visible((text ?? "").split("\n")[0] ?? "");
const lastLine = (text: string | null): string => (text ?? "").trimEnd().split("\n").pop() ?? "";
const visibleLines = (text: string): string => text.split("\n").map(visible).join("\n").trim();

export function bannerView(send: Send): View<AppState> {
  const life = new AbortController();
  const head = h("b"), body = h("p"), shape = h("span");
  const resume = h("button", {}, icon("play"), "Resume it"), copy = h("button", {}, icon("copy"), "Copy error"), code = h("button", {}, icon("copy"), "Copy code");
  const node = h("div", { class: "banner", role: "alert", hidden: true }, shape, h("div", {}, head, body), h("div", { class: "acts" }, resume, copy, code));
  let shown: Message | null = null, of: Model | null = null;
  on(resume, "click", () => { if (!resume.hasAttribute("aria-disabled")) send({ kind: "command", command: { kind: "resume" } }); }, life.signal);
  on(copy, "click", () => { if (shown) send({ kind: "copy", text: shown.copy, what: "Error" }); }, life.signal);
  on(code, "click", () => { if (shown?.code) send({ kind: "copy", text: shown.code, what: "Code" }); }, life.signal);
  return {
    node,
    update: ({ model, pending, connection }) => {
      const against = pending.has("resume") ? "It is being resumed" : blocked(connection);
      attr(resume, "aria-disabled", against ? "true" : null);
      attr(resume, "title", against);
      if (model === of) return;
      of = model;
      shown = message(model);
      if (shown) {
        setText(head, shown.head);
        setText(body, shown.body);
        attr(body, "title", shown.body || null);
        node.classList.toggle("warned", shown.tone === "warn");
        shape.replaceChildren(icon(shown.tone === "warn" ? "alert" : "fail", shown.tone));
        attr(resume, "hidden", shown.code === null);
        attr(code, "hidden", shown.code === null);
        attr(copy, "hidden", shown.tone === "warn");
      }
      attr(node, "hidden", shown === null);
    },
    dispose: () => life.abort(),
  };
}
