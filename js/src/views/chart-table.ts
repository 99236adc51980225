/** The chart's data as a table, for those who read rather than look. */

import { attr, h, name, on } from "../dom";
import { count, NONE, score, spread } from "../format";
import { isQueued, styleOf } from "../model";
import { bestSoFar } from "../progress";
import type { AppState, Send } from "../state";
import { pointsOf, type Point } from "./chart-data";
import { pointValue } from "./chart-overlay";

const MOST_ROWS = 500;

/** `update(null)` hides it. */
export function chartTable(send: Send, signal: AbortSignal): { node: HTMLElement; update(state: AppState | null): void } {
  const node = h("div", { class: "charttable", hidden: true, tabindex: "0", role: "region", "aria-label": "Chart as table" });
  on(node, "click", ({ target }) => {
    const open = target instanceof Element ? target.closest<HTMLElement>("[data-i]") : null;
    if (open) send({ kind: "select", iteration: Number(open.dataset["i"]) });
  }, signal);
  return {
    node,
    update(state) {
      attr(node, "hidden", !state);
      if (!state) { node.replaceChildren(); return; }
      const { scrollTop } = node;
      node.replaceChildren(tableOf(state));
      node.scrollTop = scrollTop;
    },
  };
}

function tableOf(state: AppState): Node {
  const { model, metric } = state, style = styleOf(model, metric);
  const points = [...pointsOf(model, metric, "iteration", state.now)].filter((point) => { const row = model.rows.get(point.i); return row && !isQueued(row); });
  const steps = bestSoFar(model, metric, "iteration");
  let at = -1;
  const best = (i: number): string => {
    while (at + 1 < steps.length && (steps[at + 1]?.i ?? Infinity) <= i) at += 1;
    return at < 0 ? NONE : score(steps[at]?.y, style);
  };
  const rows = points.slice(0, MOST_ROWS).map((point) => line(state, point, best(point.i)));
  const more = points.length > MOST_ROWS ? `, the first ${MOST_ROWS} of ${count(points.length)}` : "";
  return h("table", {},
    h("caption", { class: "sr" }, `${metric} by iteration${more}`),
    h("thead", {}, h("tr", {}, ...["Iter.", "Pipeline", metric, "Spread", "Best so far"].map((title, column) => h("th", { scope: "col", class: column === 1 ? "" : "num" }, title)))),
    h("tbody", {}, ...rows));
}

function line(state: AppState, point: Point, best: string): Node {
  const row = state.model.rows.get(point.i), style = styleOf(state.model, state.metric);
  const open = h("button", { class: "text", "data-i": point.i }, String(point.i));
  return h("tr", {},
    h("th", { scope: "row", class: "num" }, open),
    h("td", {}, row ? name([row.pre, row.alg].filter(Boolean).join(" ")) : null),
    h("td", { class: "num" }, point.kind === "scored" ? score(point.y, style) : row ? pointValue(state.model, row, state.metric) : NONE),
    h("td", { class: "num dim" }, spread(point.spread, point.y, style) || NONE),
    h("td", { class: "num" }, best));
}
