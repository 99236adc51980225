/** Many lines in a scrolling box of which only the visible ones are in the page; lines may wrap, so heights are measured. */

import { attr, h, on } from "../dom";
import { bytes, count } from "../format";
import type { LogLine, LogLines } from "../logbook";
import { Heights, partsOf, type Found } from "./log-lines";

const LINE_PX = 17;
const SPARE_PX = 170;

export interface Marks { found: readonly Found[]; current: number }

export interface LogWindow {
  node: HTMLElement;
  /** Shows these lines; those before `changedFrom` are as they were. */
  show(lines: LogLines, changedFrom: number): void;
  mark(marks: Marks): void;
  wrap(on: boolean): void;
  toEnd(): void;
  toLine(line: number): void;
  toTop(): void;
  /** First line that can be seen. */
  firstSeen(): number;
  isAtEnd(): boolean;
}

export function logWindow(scrolledUp: () => void, signal: AbortSignal): LogWindow {
  const above = h("span", { class: "pad" }), below = h("span", { class: "pad" });
  const node = h("pre", { role: "log", "aria-label": "Log", "aria-live": "off", tabindex: "0" }, above, below);
  let lines: LogLines = { count: 0, at: () => ({ number: 0, text: "", hole: 0 }) }, marks: Marks = { found: [], current: -1 };
  let isWrapped = true, columns = 80, lastTop = 0, frame = 0;
  const drawn = new Map<number, HTMLElement>();
  const heights = new Heights((line) => (isWrapped ? Math.max(1, Math.ceil(lines.at(line).text.length / columns)) * LINE_PX : LINE_PX));

  function render(): void {
    const top = node.scrollTop, height = node.clientHeight || 400;
    const first = lines.count ? heights.at(Math.max(0, top - SPARE_PX)) : 0;
    let last = first, sum = heights.top(first);
    const firstTop = sum;
    while (last < lines.count && sum < top + height + SPARE_PX) sum += heights.of(last++);
    place(first, last);
    above.style.height = `${firstTop}px`;
    below.style.height = `${Math.max(0, heights.total - sum)}px`;
  }

  /** Puts exactly the lines from `first` to before `last` into the page. */
  function place(first: number, last: number): void {
    for (const [line, made] of drawn) if (line < first || line >= last) { made.remove(); drawn.delete(line); }
    let before: Element = above;
    for (let line = first; line < last; line += 1) {
      const made = drawn.get(line) ?? lineNode(lines.at(line), marksIn(marks, line));
      if (before.nextSibling !== made) before.after(made);
      drawn.set(line, made);
      before = made;
    }
  }

  /** Learns the heights of what is drawn; what grew above the view is made good by scrolling. */
  function measure(): boolean {
    let shift = 0, isOff = false;
    const top = node.scrollTop;
    for (const [line, made] of drawn) {
      const height = made.offsetHeight;
      if (!height || height === heights.of(line)) continue;
      const isAbove = made.offsetTop + height <= top + node.offsetTop;
      const change = heights.set(line, height);
      isOff = true;
      if (isAbove) shift += change;
    }
    if (shift) node.scrollTop = top + shift;
    return isOff;
  }

  function settle(scroll?: () => void): void {
    for (let round = 0; round < 4; round += 1) {
      scroll?.();
      render();
      if (!measure()) break;
    }
    scroll?.();
    lastTop = node.scrollTop;
  }

  function forget(): void {
    for (const made of drawn.values()) made.remove();
    drawn.clear();
  }

  function remeasure(): void {
    const room = node.clientWidth - 56;
    columns = Math.max(10, Math.floor(room / 6.92));
    heights.resize(lines.count, 0);
    settle();
  }

  on(node, "scroll", () => {
    if (node.scrollTop < lastTop - 2 && !isAtEnd()) scrolledUp();
    lastTop = node.scrollTop;
    frame ||= requestAnimationFrame(() => { frame = 0; if (!signal.aborted) settle(); });
  }, signal);
  watchWidth(node, remeasure, signal);
  const isAtEnd = (): boolean => node.scrollTop + node.clientHeight >= node.scrollHeight - 4;
  const toEnd = (): void => settle(() => { node.scrollTop = node.scrollHeight; });

  return {
    node, isAtEnd, toEnd,
    show(next, changedFrom) {
      lines = next;
      heights.resize(next.count, changedFrom);
      for (const [line, made] of drawn) if (line >= changedFrom) { made.remove(); drawn.delete(line); }
      node.style.setProperty("--digits", String(Math.max(3, String(next.count ? next.at(next.count - 1).number : 0).length)));
      settle();
    },
    mark(next) { marks = next; forget(); settle(); },
    wrap(isOn) { isWrapped = isOn; node.classList.toggle("nowrap", !isOn); forget(); remeasure(); },
    toLine: (line) => settle(() => { node.scrollTop = Math.max(0, heights.top(line) - node.clientHeight / 3); }),
    toTop: () => { lastTop = 0; settle(() => { node.scrollTop = 0; }); },
    firstSeen: () => (lines.count ? heights.at(node.scrollTop) : 0),
  };
}

function watchWidth(node: HTMLElement, changed: () => void, signal: AbortSignal): void {
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

function lineNode(line: LogLine, marks: LineMarks): HTMLElement {
  if (line.hole) return h("div", { class: "hole" }, h("i", {}, "…"), h("span", { class: "dim" }, line.number <= 0 ? `the first ${bytes(line.hole)} are not kept here` : `${bytes(line.hole)} are missing here`));
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
