/** Many lines in a scrolling box of which only the visible ones are in the page; lines may wrap, so heights are measured. */

import { attr, h, on } from "../dom";
import { bytes, count } from "../format";
import type { LogLine, LogLines } from "../logbook";
import { Heights, partsOf, type Found } from "./log-lines";

const LINE_PX = 17;
const SPARE_PX = 170;

export interface Marks { found: readonly Found[]; current: number }

const COLUMN_PX = 6.9;
const NO_LINES: LogLines = { count: 0, at: () => ({ number: 0, text: "", hole: 0 }) };

export class LogWindow {
  private readonly above = h("span", { class: "pad" });
  private readonly below = h("span", { class: "pad" });
  readonly node = h("pre", { role: "log", "aria-label": "Log", "aria-live": "off", tabindex: "0" }, this.above, this.below);
  private readonly drawn = new Map<number, HTMLElement>();
  private readonly heights = new Heights((line) => (this.isWrapped ? Math.max(1, Math.ceil(this.lines.at(line).text.length / this.columns)) * LINE_PX : LINE_PX));
  private lines = NO_LINES;
  private marks: Marks = { found: [], current: -1 };
  private isWrapped = true;
  private columns = 80;
  private lastTop = 0;
  private frame = 0;

  constructor(scrolledUp: () => void, signal: AbortSignal) {
    on(this.node, "scroll", () => {
      if (this.node.scrollTop < this.lastTop - 2 && !this.isAtEnd()) scrolledUp();
      this.lastTop = this.node.scrollTop;
      this.frame ||= requestAnimationFrame(() => { this.frame = 0; if (!signal.aborted) this.settle(); });
    }, signal);
    watchSize(this.node, () => this.remeasure(), signal);
  }

  /** Shows these lines; those before `changedFrom` are as they were. */
  show(lines: LogLines, changedFrom: number): void {
    this.lines = lines;
    this.heights.resize(lines.count, changedFrom);
    for (const [line, made] of this.drawn) if (line >= changedFrom) { made.remove(); this.drawn.delete(line); }
    this.node.style.setProperty("--digits", String(Math.max(3, String(lines.count ? lines.at(lines.count - 1).number : 0).length)));
    this.settle();
  }

  mark(marks: Marks): void {
    this.marks = marks;
    for (const [line, made] of this.drawn) {
      const next = this.make(line);
      made.replaceWith(next);
      this.drawn.set(line, next);
    }
  }

  wrap(isOn: boolean): void {
    this.isWrapped = isOn;
    this.node.classList.toggle("nowrap", !isOn);
    this.remeasure();
  }

  toTop(): void {
    this.lastTop = 0;
    this.settle(() => 0);
  }

  toEnd(): void {
    this.settle(() => this.node.scrollHeight);
  }

  /** A third of the window stays above the line. */
  toLine(line: number): void {
    this.settle(() => Math.max(0, this.heights.top(line) - this.node.clientHeight / 3));
  }

  /** First line that can be seen. */
  firstSeen(): number {
    return this.lines.count ? this.heights.at(this.node.scrollTop) : 0;
  }

  isAtEnd(): boolean {
    return this.node.scrollTop + this.node.clientHeight >= this.node.scrollHeight - 4;
  }

  /** The box is wider or narrower, or lines wrap no more: what is in view stays there. */
  private remeasure(): void {
    const first = this.firstSeen(), wasAtEnd = this.isAtEnd();
    this.columns = Math.max(10, Math.floor((this.node.clientWidth - 56) / COLUMN_PX));
    this.heights.resize(this.lines.count, 0);
    this.settle(() => (wasAtEnd ? this.node.scrollHeight : this.heights.top(first)));
  }

  /** Draws, measures, and draws again until what was guessed is known; `goal` is where to scroll. */
  private settle(goal?: () => number): void {
    for (let round = 0; round < 4; round += 1) {
      if (goal) this.node.scrollTop = goal();
      this.render();
      if (!this.measure()) break;
    }
    if (goal) this.node.scrollTop = goal();
    this.lastTop = this.node.scrollTop;
  }

  private render(): void {
    const top = this.node.scrollTop, height = this.node.clientHeight || 400;
    const first = this.lines.count ? this.heights.at(Math.max(0, top - SPARE_PX)) : 0;
    const firstTop = this.heights.top(first);
    let last = first, sum = firstTop;
    while (last < this.lines.count && sum < top + height + SPARE_PX) sum += this.heights.of(last++);
    this.place(first, last);
    this.above.style.height = `${firstTop}px`;
    this.below.style.height = `${Math.max(0, this.heights.total - sum)}px`;
  }

  /** Puts exactly the lines from `first` to before `last` into the page. */
  private place(first: number, last: number): void {
    for (const [line, made] of this.drawn) if (line < first || line >= last) { made.remove(); this.drawn.delete(line); }
    let before: Element = this.above;
    for (let line = first; line < last; line += 1) {
      const made = this.drawn.get(line) ?? this.make(line);
      if (before.nextSibling !== made) before.after(made);
      this.drawn.set(line, made);
      before = made;
    }
  }

  private make(line: number): HTMLElement {
    return lineNode(this.lines.at(line), marksIn(this.marks, line), line === 0);
  }

  /** Learns the heights of what is drawn; what grew above the view is made good by scrolling. */
  private measure(): boolean {
    const top = this.node.scrollTop;
    let shift = 0, isOff = false;
    for (const [line, made] of this.drawn) {
      const height = made.offsetHeight;
      if (!height || height === this.heights.of(line)) continue;
      if (made.offsetTop + height <= top + this.node.offsetTop) shift += this.heights.set(line, height);
      else this.heights.set(line, height);
      isOff = true;
    }
    if (shift) this.node.scrollTop = top + shift;
    return isOff;
  }
}

function watchSize(node: HTMLElement, changed: () => void, signal: AbortSignal): void {
  if (typeof ResizeObserver === "undefined") return;
  let width = 0, height = 0;
  const observer = new ResizeObserver(() => {
    if (node.clientWidth === width && node.clientHeight === height) return;
    width = node.clientWidth;
    height = node.clientHeight;
    if (width) changed();
  });
  observer.observe(node);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

// One line

interface LineMarks { places: readonly Found[]; current: Found | null }

function marksIn({ found, current }: Marks, line: number): LineMarks {
  let low = 0, high = found.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((found[middle] as Found).line < line) low = middle + 1; else high = middle;
  }
  const places: Found[] = [];
  for (let at = low; at < found.length && (found[at] as Found).line === line; at += 1) places.push(found[at] as Found);
  return { places, current: found[current] ?? null };
}

function lineNode(line: LogLine, marks: LineMarks, isFirst: boolean): HTMLElement {
  if (line.hole) return h("div", { class: "hole" }, h("i", {}, "…"), h("span", { class: "dim" }, `${bytes(line.hole)} ${isFirst ? "before this" : "here"} are not shown`));
  const { time, stamp, word, level, text } = partsOf(line.text);
  return h("div", { class: level ?? "" },
    h("i", {}, count(line.number).replace(/,/g, "")),
    h("bdi", { dir: "auto" },
      time ? h("time", { title: stamp }, time) : null,
      word ? h("span", { class: level === "e" ? "err" : "warn" }, `${word} `) : null,
      ...marked(text, marks)));
}

function marked(text: string, { places, current }: LineMarks): (string | Node)[] {
  const parts: (string | Node)[] = [];
  let at = 0;
  for (const place of places) {
    const mark = h("mark", {}, text.slice(place.start, place.end));
    attr(mark, "class", place === current ? "here" : null);
    parts.push(text.slice(at, place.start), mark);
    at = place.end;
  }
  return [...parts, text.slice(at)];
}
