/** The Code tab: how to load the fitted model, and a script that rebuilds the pipeline without this package. */

import { attr, h, on, setText } from "../dom";
import { visible } from "../format";
import { isEnded, type Model } from "../model";
import type { Send, View } from "../state";
import type { Row } from "../types";
import type { Artifact, Artifacts } from "./artifacts";
import { copyButton, type PanelState } from "./panel-parts";
import { tokensOf } from "./python";
import { shape } from "./shapes";

/** Python's way to write a text; what could end it early or hide in it is escaped. */
export const quoted = (text: string): string =>
  `"${text.replace(/["\\]/g, "\\$&").replace(/[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;

/** The lines that bring back the fitted model of an iteration. */
export function loadCode(model: Model, row: Row): string {
  const experiment = model.facts?.experiment ?? model.facts?.name ?? "";
  return [
    "from automl_widgets import (",
    "    AutoMLRun,",
    "    Experiment,",
    "    Workspace,",
    ")",
    "",
    "ws = Workspace.from_config()",
    `experiment = Experiment(ws, ${quoted(experiment)})`,
    `run = AutoMLRun(experiment, ${quoted(model.run)})`,
    `_, model = run.get_output(iteration=${row.i})`,
    "",
  ].join("\n");
}

export function codeTab(send: Send, files: Artifacts, insertCell: ((source: string) => void) | undefined, signal: AbortSignal): View<PanelState> {
  const load = block("Load the fitted model", send, insertCell, signal), rebuild = block("Rebuild with scikit-learn", send, insertCell, signal);
  const again = h("button", { hidden: true }, "Try again");
  const node = h("div", { class: "panel", tabindex: "0" }, load.node, rebuild.node, again);
  let iteration = -1;
  on(again, "click", () => files.retry(iteration, "code.py"), signal);
  return {
    node,
    update({ app, row }) {
      if (row.i !== iteration) node.scrollTop = 0;
      iteration = row.i;
      const hasModel = isEnded(row) && row.score !== null;
      load.show(hasModel ? loadCode(app.model, row) : null, isEnded(row) ? "No fitted model: the iteration ended without a score." : "The model can be loaded when the iteration has ended.");
      const script: Artifact | null = isEnded(row) && row.started_at !== null ? files.get(row.i, "code.py", `${row.attempt}${row.state}`) : null;
      rebuild.show(script?.kind === "text" ? script.text : null, scriptWords(script));
      attr(again, "hidden", script?.kind !== "problem");
    },
    dispose: () => undefined,
  };
}

function scriptWords(script: Artifact | null): string {
  if (script === null) return "The script is written when the iteration ends.";
  return script.kind === "problem" ? `The script cannot be read. ${script.reason}` : "Reading the script…";
}

interface Block { node: HTMLElement; show(source: string | null, otherwise: string): void }

function block(title: string, send: Send, insertCell: ((source: string) => void) | undefined, signal: AbortSignal): Block {
  let source = "";
  const copy = copyButton(send, "Code", () => source, signal);
  const insert = insertCell ? h("button", { title: "Insert a cell below with this code" }, shape("insert"), "Insert cell below") : null;
  if (insert) on(insert, "click", () => insertCell?.(source), signal);
  const acts = h("span", { class: "acts" }, insert, copy);
  const text = h("pre", { tabindex: "0", "aria-label": title }), words = h("p", { class: "dim", dir: "auto" });
  let shown: string | null = null;
  return {
    node: h("section", { class: "code" }, h("h4", {}, title, acts), text, words),
    show(next, otherwise) {
      attr(text, "hidden", next === null);
      attr(acts, "hidden", next === null);
      attr(words, "hidden", next !== null);
      setText(words, visible(otherwise));
      if (next === null || next === shown) { shown = next ?? shown; return; }
      shown = source = next;
      text.replaceChildren(...coloured(next));
    },
  };
}

const coloured = (source: string): (Node | string)[] =>
  tokensOf(source).map(({ kind, text }) => (kind ? h("span", { class: kind }, seen(text)) : seen(text)));

/** Line breaks stay, everything else that cannot be seen is shown. */
const seen = (text: string): string => text.replace(/\t/g, "    ").split("\n").map(visible).join("\n");
