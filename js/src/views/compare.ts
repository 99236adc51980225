/** Two to five iterations beside each other, in the place of the detail panel. */

import { attr, h, icon, name, on } from "../dom";
import { plural, visible } from "../format";
import { bestRow, hasEnded } from "../model";
import type { AppState, Send, View } from "../state";
import type { Row } from "../types";
import { partsOf, type Line, type Part } from "./compare-data";
import { stateIcon } from "./row-state";

export function compareView(send: Send): View<AppState> {
  const life = new AbortController(), { signal } = life;
  const heading = h("h3", { class: "cut" }), close = h("button", { class: "icon bare", "aria-label": "Close (Escape)", title: "Close (Escape)" }, icon("close"));
  const clear = h("button", { class: "bare" }, "Clear ticks");
  const body = h("div", { class: "panel", tabindex: "0", role: "region", "aria-label": "Comparison" });
  const node = h("aside", { class: "detail compare", hidden: true, "aria-label": "Comparison" }, h("div", { class: "dhead" }, heading, h("span", { class: "btns" }, clear, close)), body);
  on(close, "click", () => send({ kind: "close" }), signal);
  on(clear, "click", () => send({ kind: "compare", iterations: [] }), signal);
  on(body, "click", ({ target }) => {
    const button = target instanceof Element ? target.closest<HTMLElement>("button[data-i]") : null;
    if (!button) return;
    const i = Number(button.dataset["i"]);
    send(button.dataset["do"] === "untick" ? { kind: "tick", iteration: i } : { kind: "select", iteration: i });
  }, signal);
  let shown: readonly unknown[] = [];
  return {
    node,
    update(state) {
      attr(node, "hidden", !state.isComparing);
      if (!state.isComparing) return;
      const rows = state.ticked.flatMap((i) => state.model.rows.get(i) ?? []), key = [state.model.facts, bestRow(state.model)?.i, hasEnded(state.model), ...rows];
      if (key.length === shown.length && key.every((one, at) => one === shown[at])) return;
      shown = key;
      heading.textContent = `${plural(rows.length, "iteration")} compared`;
      body.replaceChildren(tableOf(state, rows));
    },
    dispose: () => life.abort(),
  };
}

function tableOf(state: AppState, rows: readonly Row[]): Node {
  const parts = partsOf(state.model, rows, state.now);
  return h("table", { class: "cmp" }, h("caption", { class: "sr" }, "Iterations beside each other; the best value of a line is bold"),
    h("thead", {}, h("tr", {}, h("td", {}), ...rows.map((row) => columnHead(state, row)))), ...parts.map((part) => bodyOf(part, rows.length)));
}

function columnHead({ model }: AppState, row: Row): Node {
  const isBest = bestRow(model)?.i === row.i, mark = isBest ? [icon("star", "acc"), h("span", { class: "sr" }, "best")] : stateIcon(row, hasEnded(model));
  return h("th", { scope: "col" },
    h("span", { class: "cmphead" }, h("span", { class: "mark" }, ...mark), h("button", { class: "text", "data-i": row.i, title: "Show this iteration" }, String(row.i)),
      h("button", { class: "icon bare", "data-i": row.i, "data-do": "untick", "aria-label": `Leave out iteration ${row.i}`, title: "Leave out" }, icon("close"))),
    name(row.alg || "not chosen yet", { class: "cut" }));
}

/** A part of a comparison as rows of a table with `n` columns of values. */
export function bodyOf(part: Part, n: number): Node {
  const words = part.lines.length ? `${plural(part.same, "other")} ${part.same === 1 ? "is" : "are"} the same` : part.same === 1 ? "the only one is the same" : `all ${part.same} are the same`;
  const same = part.same ? h("tr", {}, h("td", { colspan: n + 1, class: "dim" }, words)) : null;
  return h("tbody", {}, h("tr", { class: "cmppart" }, h("th", { colspan: n + 1, scope: "colgroup" }, part.title)), ...part.lines.map(lineOf), same);
}

function lineOf(line: Line): Node {
  return h("tr", { class: line.differs ? "" : "dim" }, h("th", { scope: "row", class: "cut" }, name(line.name)),
    ...line.cells.map((cell) => {
      const bar = cell.bar === null ? null : h("i", { class: cell.isBest ? "cmpbar top" : "cmpbar", "aria-hidden": "true" });
      if (bar) bar.style.width = `${Math.round(100 * (cell.bar ?? 0))}%`;
      return h("td", { title: visible(cell.tip) }, h(cell.isBest ? "b" : "span", { dir: "auto", class: "cmpval" }, visible(cell.text)), bar);
    }));
}
