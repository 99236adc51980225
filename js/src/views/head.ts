/** The table's head: a click sorts, a second reverses, a third returns to the default order. */

import { attr, h, on } from "../dom";
import { goalOf, type Model } from "../model";
import type { Send, Sort } from "../state";
import type { Column } from "./columns";

const WORDY = new Set(["pipeline", "state"]);

/** The direction that one wants first: the better, the greater; words from A on. */
export function firstDirection(key: string, model: Model, metric: string): boolean {
  if (key === "rank" || key === "iteration" || WORDY.has(key) || key.startsWith("param:")) return false;
  if (key === "score" || key === "best" || key.startsWith("metric:")) return goalOf(model, key.startsWith("metric:") ? key.slice(7) : metric) === "max";
  return true;
}

/** What a click on a head makes of the sort. */
export function nextSort(sort: Sort, key: string, first: boolean): Sort {
  if (sort?.key !== key) return { key, descending: first };
  return sort.descending === first ? { key, descending: !first } : null;
}

export interface Head { node: HTMLElement; update(columns: readonly Column[], sort: Sort, model: Model, metric: string, hasScore: boolean): void }

export function headView(send: Send, signal: AbortSignal): Head {
  const node = h("div", { class: "row thead", role: "row", "aria-rowindex": 1 });
  let drawn: readonly Column[] = [], key = "", click: (column: string) => void = () => undefined;
  on(node, "click", (event) => {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-key]") : null;
    if (cell?.dataset["key"]) click(cell.dataset["key"]);
  }, signal);
  return {
    node,
    update(columns, sort, model, metric, hasScore) {
      click = (column) => { if (column !== "menu" && column !== "interval") send({ kind: "sort", sort: nextSort(sort, column, firstDirection(column, model, metric)) }); };
      const shown: Sort = sort ?? (hasScore ? { key: "score", descending: goalOf(model, metric) === "max" } : { key: "iteration", descending: false });
      const next = `${columns.map((column) => `${column.key} ${column.title}`).join()} ${shown.key} ${shown.descending}`;
      if (columns === drawn || next === key) { drawn = columns; if (next === key) return; }
      drawn = columns;
      key = next;
      const hadFocus = (node.getRootNode() as Document | ShadowRoot).activeElement?.closest<HTMLElement>("[data-key]")?.dataset["key"];
      node.replaceChildren(...columns.map((column) => cell(column, shown)));
      if (hadFocus) node.querySelector<HTMLElement>(`[data-key="${CSS.escape(hadFocus)}"] button`)?.focus();
    },
  };
}

function cell(column: Column, sort: { key: string; descending: boolean }): HTMLElement {
  const isSorted = sort.key === column.key, isSortable = column.shape !== "menu" && column.shape !== "interval";
  const arrow = isSorted ? h("span", {}, sort.descending ? "↓" : "↑") : null;
  const label = column.shape === "menu" ? h("span", { class: "sr" }, "Actions") : h("span", { class: "cut" }, column.title);
  const alignment = column.className.replace(/\b(dim|more|pipe|st|sc|rank)\b/g, "").trim();
  const node = h("span", {
    class: `${alignment} ${["rank", "score"].includes(column.shape) ? "num" : ""}`.trim(), role: "columnheader", title: column.tip && column.tip !== column.title ? column.tip : null, "data-key": column.key,
    "aria-sort": isSortable ? (isSorted ? (sort.descending ? "descending" : "ascending") : "none") : null,
  }, isSortable ? h("button", { tabindex: -1 }, label, arrow) : label);
  if (column.title.length > 14) attr(node, "title", column.tip);
  return node;
}
