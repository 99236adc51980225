/** The table of iterations: an ARIA grid of virtual rows with its tool bar, head and menus. */

import { attr, h, on } from "../dom";
import { bestRow, hasEnded, isQueued, isRunning, primaryMetric } from "../model";
import { isNarrowed, listed } from "../order";
import { bestThen } from "../progress";
import { isSetup, labelOf, SETUP } from "../setup";
import type { AppState, Send, View } from "../state";
import type { Host, Row } from "../types";
import { Body } from "./body";
import { contextOf, layoutOf, type Layout } from "./columns";
import { headView } from "./head";
import { onKey, type Keyboard } from "./keys";
import { openMenu, type OpenMenu } from "./menu";
import { rowEntries, type RowDeeds } from "./rowmenu";
import { toolsView } from "./tools";

const DEFAULT_WIDTH = 734;

export interface Table extends View<AppState> {
  /** Moves the focus to a row, if it is in the table. */
  focusRow(iteration: number): void;
  focusFilter(): void;
}

/** The table's view; `frame` holds its menus. */
export function tableView(send: Send, host: Pick<Host, "file" | "log">, frame: HTMLElement): Table {
  const life = new AbortController(), { signal } = life;
  const tools = toolsView(send, frame), head = headView(send, signal), body = new Body(), note = noteView();
  const grid = h("div", { class: "gridbox", role: "grid", "aria-label": "Iterations" }, head.node, body.node);
  const node = h("section", { class: "tab", "aria-label": "Iterations" }, tools.node, grid);
  body.node.append(note.node);
  const fit = fitter(node);
  let state: AppState | null = null, layout: Layout | null = null, view = "", menu: OpenMenu | null = null;

  const deeds: RowDeeds = { state: () => state, send, host };
  const keyboard: Keyboard = { ...deeds, body, lastCell: () => (layout?.columns.length ?? 1) - 1, openMenu: openRowMenu };

  function openRowMenu(row: Row, from?: HTMLElement): void {
    const own = body.nodeOf(row.i), anchor = from ?? own?.querySelector<HTMLElement>("button.dots");
    if (own && anchor) menu = openMenu(frame, anchor, labelOf(row), rowEntries(row, deeds), own);
  }

  function update(next: AppState): void {
    state = next;
    const { model } = next, best = bestRow(model), ended = hasEnded(model);
    layout = fit(next);
    body.rowHeight = parseFloat(getComputedStyle(node).getPropertyValue("--row")) || 26;
    const key = JSON.stringify([next.filter, next.stateFilter, next.algorithm, next.sort]);
    body.take(listed(model, next, bestThen(model)), key !== view);
    view = key;
    attr(grid, "aria-rowcount", body.rows.length + 1);
    attr(grid, "aria-colcount", layout.columns.length);
    tools.update(next);
    tools.show(body.rows.length - (body.indexOf(SETUP) < 0 ? 0 : 1), layout.columns);
    head.update(layout.columns, next.sort, model, primaryMetric(model), best !== null);
    note.update(next, body);
    node.style.setProperty("--gutter", `${body.node.offsetWidth - body.node.clientWidth}px`);
    body.paint({
      columns: layout.columns, context: contextOf(next, best?.i ?? null, ended, layout.narrow), selected: next.selected, hovered: next.hovered,
      pinned: leading(body.rows, next.sort !== null),
    });
  }

  listen(body, keyboard, () => { if (state) update(state); }, signal);
  const observer = new ResizeObserver(() => { if (state && !signal.aborted) update(state); });
  for (const one of [node, body.node]) observer.observe(one);
  return {
    node, update,
    focusRow: (i) => body.focusOn({ i, cell: null }),
    focusFilter: tools.focusFilter,
    dispose: () => { life.abort(); observer.disconnect(); menu?.close(); tools.dispose(); },
  };
}

/** How many rows stand at the top whatever the scores: the set-up, and in the default order those that run. */
function leading(rows: readonly Row[], isSorted: boolean): number {
  const first = rows.findIndex((row) => !isSetup(row) && (isSorted || !isRunning(row)));
  return first < 0 ? rows.length : first;
}

function listen(body: Body, keyboard: Keyboard, refresh: () => void, signal: AbortSignal): void {
  const { send } = keyboard;
  let request = 0;
  on(body.node, "click", (event) => {
    const row = body.rowAt(event), dots = (event.target as Element).closest<HTMLElement>("button.dots");
    if (!row) return;
    body.touch();
    body.focusOn({ i: row.i, cell: null }, false);
    if ((event.target as Element).closest(".tick")) send({ kind: "tick", iteration: row.i });
    else if (dots) keyboard.openMenu(row, dots);
    else send({ kind: "select", iteration: row.i });
  }, signal);
  on(body.node, "keydown", (event) => onKey(event, keyboard), signal);
  on(body.node, "pointermove", (event) => {
    const row = body.rowAt(event)?.i ?? null;
    body.touch();
    if (row !== body.pointed) { body.pointed = row; send({ kind: "hover", iteration: row }); }
  }, signal);
  on(body.node, "pointerleave", () => { body.pointed = null; send({ kind: "hover", iteration: null }); refresh(); }, signal);
  on(body.node, "focusin", (event) => {
    const row = body.rowAt(event);
    if (row && body.focus?.i !== row.i) body.focus = { i: row.i, cell: null };
  }, signal);
  on(body.node, "scroll", () => { request ||= requestAnimationFrame(() => { request = 0; body.paint(); }); }, signal, { passive: true });
  on(body.node, "animationend", (event) => { if (event.target instanceof Element) event.target.classList.remove("fresh"); }, signal);
  signal.addEventListener("abort", () => cancelAnimationFrame(request), { once: true });
}

/** Chooses the columns, again only when the width, the choice or what there is to choose from has changed. */
function fitter(node: HTMLElement): (state: AppState) => Layout {
  let known: readonly unknown[] = [], layout: Layout = { columns: [], template: "", narrow: false };
  const looks = (one: Layout): string => one.template + one.columns.map((column) => `${column.key} ${column.title}`).join();
  return ({ model, columns }) => {
    const width = node.getBoundingClientRect().width || DEFAULT_WIDTH, key = [width, columns, model.facts, model.rows];
    if (key.every((one, at) => one === known[at])) return layout;
    known = key;
    const next = layoutOf(width, model, columns);
    if (looks(next) !== looks(layout)) layout = next;
    node.style.setProperty("--columns", layout.template);
    return layout;
  };
}

/** The sentence below the rows while there are few, or none that match. */
function noteView(): { node: HTMLElement; update(state: AppState, body: Body): void } {
  const node = h("div", { class: "note", hidden: true });
  return {
    node,
    update(state, { rows, rowHeight, space }) {
      const { model } = state, isLess = isNarrowed(state);
      const isEarly = !isLess && rows.length < 12 && !hasEnded(model) && rows.every((row) => isQueued(row) || isSetup(row));
      const lines = rows.length === 0 && isLess ? ["No iteration matches.", "Escape clears the filter."]
        : isEarly ? ["The plan grows with what the first iterations show.", "You can go on in other cells; the run does not block them."] : [];
      if (node.textContent !== lines.join("")) node.replaceChildren(...lines.map((line) => h("div", {}, line)));
      attr(node, "hidden", lines.length === 0);
      node.style.top = `${rows.length * rowHeight}px`;
      space.style.minHeight = lines.length ? `${rows.length * rowHeight + 92}px` : "";
    },
  };
}
