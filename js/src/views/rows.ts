/** The DOM of one table row: cells that are drawn again only when their words change. */

import { attr, h, icon, name, svg, type Child, type IconName } from "../dom";
import { NONE, visible } from "../format";
import { isQueued, isRunning } from "../model";
import { isSetup } from "../setup";
import type { Row } from "../types";
import { TICKED, tipOf, type Column, type Context } from "./columns";

export interface RowView {
  readonly node: HTMLElement;
  row: Row;
  update(row: Row, at: RowPlace, columns: readonly Column[], context: Context): void;
}
/** Where a row is and what is on it. */
export interface RowPlace { index: number; top: number; selected: boolean; near: boolean; focusable: boolean; lastPinned: boolean }

const LOOKS: Record<string, readonly [IconName, string, string]> = {
  completed: ["check", "ok", "t dim"], running: ["run", "acc spin", "t"], queued: ["queue", "dim", "t"],
  canceled: ["cancel", "dim", "t dim"], timeout: ["clock", "warn", "t warn"],
};
const FAILED = ["fail", "err", "t err"] as const;

export function rowView(row: Row): RowView {
  const node = h("div", { class: "row", role: "row" });
  let drawn: readonly Column[] = [], words: string[] = [];
  const view: RowView = {
    node, row,
    update(next, place, columns, context) {
      const isOther = view.row.i !== next.i;
      view.row = next;
      if (columns !== drawn) {
        node.replaceChildren(...columns.map((column) => h("span", { class: column.className, role: "gridcell", tabindex: -1, "data-key": column.key })));
        drawn = columns;
        words = [];
      }
      mark(node, next, place, context);
      columns.forEach((column, at) => {
        const key = `${column.text(next, context)}\u0001${extraKey(column, next)}`;
        if (words[at] === key && !isOther) return;
        words[at] = key;
        draw(node.children[at] as HTMLElement, column, next, context);
      });
    },
  };
  return view;
}

/** What changes a cell besides its words. */
function extraKey(column: Column, row: Row): string {
  if (column.shape === "state") return `${row.state} ${row.folds.length} ${row.reason ?? ""} ${row.retried ?? ""}`;
  return column.shape === "score" ? String(row.score) : "";
}

function mark(node: HTMLElement, row: Row, place: RowPlace, { best }: Context): void {
  attr(node, "aria-rowindex", place.index + 2);
  attr(node, "aria-selected", String(place.selected));
  attr(node, "data-i", row.i);
  attr(node, "data-state", row.state);
  attr(node, "tabindex", place.focusable ? 0 : -1);
  node.style.transform = `translateY(${place.top}px)`;
  node.classList.toggle("isbest", row.i === best);
  node.classList.toggle("queued", isQueued(row));
  node.classList.toggle("lastpin", place.lastPinned);
  node.classList.toggle("near", place.near);
}

function draw(cell: HTMLElement, column: Column, row: Row, context: Context): void {
  const text = column.text(row, context);
  const children: Record<Column["shape"], () => readonly Child[]> = {
    plain: () => [text === NONE ? h("span", { class: "faint" }, NONE) : text],
    rank: () => rankCell(text, row),
    pipeline: () => pipelineCell(row),
    score: () => scoreCell(text, row, context),
    interval: () => (text ? [intervalDrawing(text)] : []),
    state: () => stateCell(text, row),
    menu: () => [h("button", { class: "dots", tabindex: -1, "aria-haspopup": "menu", "aria-label": `Actions for ${isSetup(row) ? "the set-up" : `iteration ${row.i}`}` }, icon("dots"))],
  };
  const made = children[column.shape]();
  cell.replaceChildren(...made.filter((one): one is Node | string => one instanceof Node || (typeof one === "string" && one !== "")));
  attr(cell, "title", tipOf(column, row));
}

/** The rank, and over it, while the pointer or the focus is there, the tick for comparison. */
function rankCell(text: string, row: Row): readonly Child[] {
  if (isSetup(row)) return [];
  const isTicked = text.startsWith(TICKED), rank = isTicked ? text.slice(TICKED.length) : text;
  const tick = h("span", { class: isTicked ? "tick on" : "tick", role: "checkbox", "aria-checked": String(isTicked), "aria-label": `Compare iteration ${row.i}`, title: "Compare (Space)" }, icon("check"));
  return [tick, rank === "best" ? h("span", { class: "place" }, icon("star"), h("span", { class: "sr" }, "best")) : h("span", { class: "place" }, rank)];
}

function pipelineCell({ pre, alg }: Row): readonly Child[] {
  if (!pre && !alg) return [h("span", { class: "alg dim" }, "not chosen yet")];
  return [pre && name(pre, { class: "pre", title: null }), alg && name(alg, { class: "alg", title: null })];
}

function scoreCell(text: string, row: Row, { bounded, narrow }: Context): readonly Child[] {
  const [value = NONE, beside = ""] = text.split("|");
  const pm = narrow ? null : h("span", { class: bounded ? "pm" : "pm wide" }, beside);
  return row.score === null ? [h("span", { class: "dim" }, value, pm)] : [h("b", {}, value), pm];
}

function intervalDrawing(text: string): Node {
  const drawing = svg("svg", { class: "iv", "aria-hidden": "true" });
  if (text === "<") drawing.append(svg("path", { d: "M7 2v8L1 6z" }));
  else if (text === ">") drawing.append(svg("svg", { x: "100%", overflow: "visible" }, svg("path", { d: "M-7 2v8L-1 6z" })));
  else {
    const [centre = "0", left = "0", right = "0"] = text.split("|");
    drawing.append(svg("line", { x1: `${left}%`, x2: `${right}%`, y1: 6, y2: 6 }), svg("circle", { cx: `${centre}%`, cy: 6, r: 2.5 }));
  }
  return drawing;
}

const MOST_PIPS = 5;

function stateCell(text: string, row: Row): readonly Child[] {
  if (text === "cancelling") return [icon("run", "dim spin"), h("span", { class: "t dim" }, text)];
  if (text === "not started") return [icon("cancel", "dim"), h("span", { class: "t dim" }, text)];
  const [shape, tone, words] = LOOKS[row.state] ?? FAILED;
  const hasPips = isRunning(row) && /\d\/\d+$/.test(text) && row.n_folds <= MOST_PIPS;
  return [icon(shape, tone), hasPips && pips(row), h("span", { class: words, dir: "auto" }, visible(text))];
}

/** One box a fold: done, half for the one that runs, empty. */
function pips(row: Row): HTMLElement {
  const boxes = Array.from({ length: row.n_folds }, (_, fold) => h("i", { class: fold < row.folds.length ? "f" : fold === row.folds.length ? "h" : null }));
  return h("span", { class: "pips", "aria-hidden": "true" }, ...boxes);
}
