/** The rows that are in view, out of any number: window, scroll, roving focus, and the hand that nothing moves under. */

import { h } from "../dom";
import { isEnded } from "../model";
import type { Row } from "../types";
import type { Column, Context } from "./columns";
import { rowView, type RowView } from "./rows";
import { HAND_MS, kept } from "./still";

const OVERSCAN = 6;
/** Until the page is laid out. */
const DEFAULT_HEIGHT = 520;

/** Where the focus is: on a row, or on one of its cells. */
export interface Focus { i: number; cell: number | null }

/** What is drawn besides the rows themselves. */
export interface Drawing {
  columns: readonly Column[];
  context: Context;
  selected: number | null;
  hovered: number | null;
  /** Rows that stand above the stronger line. */
  pinned: number;
}

export class Body {
  readonly space = h("div", { class: "space", role: "presentation" });
  readonly node = h("div", { class: "rows", role: "rowgroup", tabindex: -1 }, this.space);
  rows: readonly Row[] = [];
  rowHeight = 26;
  focus: Focus | null = null;
  /** The row under the pointer. */
  pointed: number | null = null;
  private readonly pool = new Map<number, RowView>();
  private indices = new Map<number, number>();
  private touchedAt = -Infinity;
  private drawing: Drawing | null = null;
  /** Rows that are new or have just ended: their background fades in. */
  private fresh: ReadonlySet<number> = new Set();

  /** The hand has moved: for a while nothing moves under it. */
  touch(): void {
    this.touchedAt = performance.now();
  }

  /** Takes rows in a new order; unless it is the user's own wish, what is under the hand stays where it is. */
  take(wanted: readonly Row[], isWish: boolean): void {
    if (wanted === this.rows) return;
    const old = { rows: this.rows, scrollTop: this.node.scrollTop };
    const next = kept(old, wanted, isWish ? null : this.hand(), { rowHeight: this.rowHeight, height: this.node.clientHeight });
    this.fresh = isWish ? new Set() : freshOf(this.rows, this.indices, next.rows);
    this.rows = next.rows;
    this.indices = new Map(next.rows.map((row, index) => [row.i, index]));
    this.space.style.height = `${next.rows.length * this.rowHeight}px`;
    if (next.scrollTop !== old.scrollTop) this.node.scrollTop = next.scrollTop;
  }

  private hand(): number | null {
    if (performance.now() - this.touchedAt > HAND_MS) return null;
    return this.pointed ?? (this.node.contains(this.active()) ? (this.focus?.i ?? null) : null);
  }

  active(): Element | null {
    return (this.node.getRootNode() as Document | ShadowRoot).activeElement ?? null;
  }

  indexOf(i: number | null | undefined): number {
    return i === null || i === undefined ? -1 : (this.indices.get(i) ?? -1);
  }

  rowOf(i: number): Row | undefined {
    return this.rows[this.indexOf(i)];
  }

  nodeOf(i: number): HTMLElement | undefined {
    return this.pool.get(i)?.node;
  }

  /** The row in which an event happened. */
  rowAt(event: Event): Row | undefined {
    const found = event.target instanceof Element ? event.target.closest<HTMLElement>(".row[data-i]") : null;
    return found ? this.rowOf(Number(found.dataset["i"])) : undefined;
  }

  /** Rows between two turns of a page key. */
  pageSize(): number {
    return Math.max(1, Math.floor(this.height() / this.rowHeight) - 1);
  }

  private height(): number {
    return this.node.clientHeight || DEFAULT_HEIGHT;
  }

  paint(drawing: Drawing | null = this.drawing): void {
    this.drawing = drawing;
    if (!drawing) return;
    const held = this.indexOf(this.focus?.i), wanted = this.window(held);
    const stop = held >= 0 ? held : Math.max(0, this.indexOf(drawing.selected));
    const { fresh } = this;
    this.fresh = new Set();
    this.letGo(new Set(wanted.map((index) => (this.rows[index] as Row).i)));
    const nodes = wanted.map((index) => this.draw(index, index === stop, drawing));
    for (const i of fresh) this.nodeOf(i)?.classList.add("fresh");
    const active = this.active();
    inOrder(nodes, this.space, nodes.find((one) => one.contains(active)) ?? null);
  }

  /** The indices to draw: what is in view, some more, and the row that has the focus wherever it is. */
  private window(held: number): number[] {
    const first = Math.min(Math.max(0, Math.floor(this.node.scrollTop / this.rowHeight) - OVERSCAN), this.rows.length);
    const last = Math.min(this.rows.length, first + Math.ceil(this.height() / this.rowHeight) + 2 * OVERSCAN);
    const indices = Array.from({ length: last - first }, (_, at) => first + at);
    if (held >= 0 && held < first) indices.unshift(held);
    if (held >= last) indices.push(held);
    return indices;
  }

  private letGo(keep: ReadonlySet<number>): void {
    for (const [i, view] of this.pool) {
      if (keep.has(i)) continue;
      view.node.remove();
      this.pool.delete(i);
    }
  }

  private draw(index: number, isStop: boolean, { columns, context, selected, hovered, pinned }: Drawing): HTMLElement {
    const row = this.rows[index] as Row;
    let view = this.pool.get(row.i);
    if (!view) this.pool.set(row.i, (view = rowView(row)));
    view.update(row, {
      index, top: index * this.rowHeight, selected: row.i === selected, near: row.i === hovered && row.i !== this.pointed,
      focusable: isStop, lastPinned: index === pinned - 1 && pinned < this.rows.length,
    }, columns, context);
    return view.node;
  }

  /** Moves the focus, and scrolls its row into view unless told not to. */
  focusOn(next: Focus, scrolls = true): void {
    const index = this.indexOf(next.i);
    if (index < 0) return;
    this.focus = next;
    if (scrolls) this.reveal(index);
    this.paint();
    const row = this.nodeOf(next.i);
    const cell = next.cell === null ? undefined : (row?.children[next.cell] as HTMLElement | undefined);
    (cell?.querySelector<HTMLElement>("button") ?? cell ?? row)?.focus({ preventScroll: true });
  }

  private reveal(index: number): void {
    const top = index * this.rowHeight, height = this.height();
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + this.rowHeight > this.node.scrollTop + height) this.node.scrollTop = top + this.rowHeight - height;
  }
}

const MOST_FRESH = 5;

/** The rows that are new, or have ended since; none if there are many, for then it is the first view or a catching up. */
function freshOf(old: readonly Row[], places: ReadonlyMap<number, number>, rows: readonly Row[]): ReadonlySet<number> {
  const fresh = rows.filter((row) => {
    const was = old[places.get(row.i) ?? -1];
    return was === undefined || (row !== was && isEnded(row) && !isEnded(was));
  });
  return new Set(fresh.length <= MOST_FRESH && old.length > 0 ? fresh.map((row) => row.i) : []);
}

/** Brings nodes into order inside `parent` without moving `fixed`: a node that is moved loses the focus. */
export function inOrder(nodes: readonly HTMLElement[], parent: HTMLElement, fixed: HTMLElement | null): void {
  const at = fixed ? nodes.indexOf(fixed) : -1;
  let after: Node | null = at >= 0 ? fixed : null;
  for (let k = at - 1; k >= 0; k -= 1) {
    const one = nodes[k] as HTMLElement;
    if (one.nextSibling !== after || one.parentNode !== parent) parent.insertBefore(one, after);
    after = one;
  }
  let before: HTMLElement | null = at >= 0 ? fixed : null;
  for (let k = at + 1; k < nodes.length; k += 1) {
    const one = nodes[k] as HTMLElement, place: Node | null = before ? before.nextSibling : parent.firstChild;
    if (place !== one) parent.insertBefore(one, place);
    before = one;
  }
}
