/** The guardrails in one line, gravest first, and one line each on request. */

import { attr, h, icon, name, on, setText, type IconName } from "../dom";
import { count, plural, visible } from "../format";
import { hasEnded } from "../model";
import type { AppState, View } from "../state";
import type { Guardrail } from "../types";

const GRAVITY: Record<Guardrail["state"], number> = { alerted: 0, done: 1, passed: 2 };
const LOOKS: Record<Guardrail["state"], { shape: IconName; tone: string }> = {
  alerted: { shape: "alert", tone: "warn" }, done: { shape: "fix", tone: "acc" }, passed: { shape: "check", tone: "ok" },
};

/** Alerts, then what was fixed, then what passed. */
export const byGravity = (rails: readonly Guardrail[]): Guardrail[] => [...rails].sort((a, b) => GRAVITY[a.state] - GRAVITY[b.state]);

/** One sentence from the gravest: what was found, not what passed; at most two of the same gravity. */
export function sentence(rails: readonly Guardrail[]): string {
  const grave = byGravity(rails).filter((rail) => rail.state !== "passed");
  return grave.filter((rail) => rail.state === grave[0]?.state).slice(0, 2).map((rail) => `${visible(rail.name)}: ${visible(rail.description)}`).join("; ");
}

export function stripView(): View<AppState> {
  const life = new AbortController();
  const heading = h("span", {}, "Guardrails"), said = h("span", { class: "cut" });
  const arrow = icon("down"), more = h("button", { class: "bare more", "aria-expanded": "false", "aria-controls": "rails" }, "Details", arrow);
  const bar = h("div", { class: "strip" }, heading, said, more);
  const details = h("div", { class: "rails", id: "rails", hidden: true, role: "list", "aria-label": "Guardrails" });
  const node = h("section", { "aria-label": "Guardrails" }, bar, details);
  let shown: readonly Guardrail[] | null = null, isOver = false;
  on(more, "click", () => {
    const open = details.hidden;
    attr(details, "hidden", !open);
    attr(more, "aria-expanded", String(open));
  }, life.signal);
  return {
    node,
    update: ({ model }) => {
      const over = hasEnded(model);
      if (model.guardrails === shown && over === isOver) return;
      shown = model.guardrails;
      isOver = over;
      bar.querySelectorAll(".n").forEach((one) => one.remove());
      heading.after(...tallies(shown, over));
      const text = sentence(shown);
      setText(said, text);
      attr(said, "title", text || null);
      attr(more, "hidden", shown.length === 0);
      details.replaceChildren(...byGravity(shown).flatMap(line));
    },
    dispose: () => life.abort(),
  };
}

function tallies(rails: readonly Guardrail[], over: boolean): HTMLElement[] {
  const of = (state: Guardrail["state"]): number => rails.filter((rail) => rail.state === state).length;
  if (!rails.length) {
    return [h("span", { class: `n ${over ? "dim" : "acc"}` }, !over && icon("run", "acc spin"), over ? "none were checked" : "being checked")];
  }
  const alerts = of("alerted"), fixed = of("done"), passed = of("passed");
  return [
    h("span", { class: `n ${alerts ? "warn" : "dim"}` }, icon("alert", alerts ? "warn" : "faint"), plural(alerts, "alert")),
    fixed > 0 && h("span", { class: "n" }, icon("fix", "acc"), `${count(fixed)} fixed`),
    passed > 0 && h("span", { class: "n" }, icon("check", "ok"), `${count(passed)} passed`),
  ].filter((one): one is HTMLElement => one !== false);
}

function line(rail: Guardrail): Node[] {
  const look = LOOKS[rail.state];
  const columns = rail.details.map((detail) => Object.entries(detail).map(([key, value]) => `${key} ${String(value)}`).join(", "));
  const tip = columns.length ? columns.slice(0, 20).map(visible).join("\n") : null;
  return [icon(look.shape, look.tone), name(rail.name), h("span", { class: "dim", dir: "auto", title: tip }, visible(rail.description))];
}
