/** Parallel coordinates: one line an iteration, across its hyper-parameters to its score. Drawn in SVG, for WebGL is not everywhere. */

import { attr, h, on, setText, svg } from "../dom";
import { plural, visible } from "../format";
import { shown } from "../order";
import { bestThen } from "../progress";
import type { AppState, Send } from "../state";
import { pointValue } from "./chart-overlay";
import { moved } from "./chart-keys";
import { parallelOf, type Dimension, type Parallel, type Path } from "./parallel-data";

export const FRAME = { left: 100, right: 64, top: 34, bottom: 26 } as const;
/** An axis needs so much room, at least. */
const AXIS_PX = 96;
/** Where lines go that have no such value, below the axis. */
const MISSING_PX = 14;

export interface ParallelView { node: HTMLElement; update(state: AppState): void; svg(): SVGSVGElement | null }

export function parallelView(send: Send, signal: AbortSignal): ParallelView {
  const drawing = svg("svg", { class: "par", width: "100%", height: "100%" }), tip = h("div", { class: "pop tip", hidden: true }), nothing = h("div", { class: "nothing", hidden: true });
  const note = h("span", { class: "beyond", hidden: true });
  const node = h("div", { class: "chartbox parallel", hidden: true, tabindex: "0", role: "img", "aria-roledescription": "parallel coordinates" }, drawing, tip, note, nothing);
  let state: AppState | null = null, looks: readonly unknown[] = [], parallel: Parallel = { dimensions: [], paths: [], left: 0 }, at: number | null = null;
  let size = { width: 0, height: 0 };
  const pathOf = ({ clientX, clientY }: MouseEvent): number | null => {
    const box = node.getBoundingClientRect();
    return nearest(parallel, size, clientX - box.left, clientY - box.top);
  };
  const hover = (i: number | null): void => { if (i !== at) { at = i; send({ kind: "hover", iteration: i }); if (state) mark(state); } };
  on(node, "pointermove", (event) => hover(pathOf(event)), signal);
  on(node, "pointerleave", () => hover(null), signal);
  on(node, "blur", () => hover(null), signal);
  on(node, "click", (event) => { const i = pathOf(event); if (i !== null) send({ kind: "select", iteration: i }); }, signal);
  on(node, "keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(parallel.paths, at ?? state?.selected ?? null, event.key);
    if (next && state) { hover(next.i); send({ kind: "say", text: `Iteration ${next.i}, ${tipWords(state, next.i)}` }); }
    else if (event.key === "Enter" && at !== null) send({ kind: "select", iteration: at });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, signal);

  function mark({ selected, hovered, model, metric }: AppState): void {
    for (const line of drawing.querySelectorAll<SVGElement>("path.run")) {
      const i = Number(line.getAttribute("data-i"));
      line.classList.toggle("chosen", i === selected);
      line.classList.toggle("near", i === hovered);
      if (i === hovered || i === selected) line.parentNode?.append(line);
    }
    const row = at === null ? undefined : model.rows.get(at);
    attr(tip, "hidden", !row);
    if (row && state) setText(tip, `${row.i} ${visible(row.alg)}  ${pointValue(model, row, metric)}`);
  }

  return {
    node,
    svg: () => (parallel.paths.length ? drawing : null),
    update(next) {
      state = next;
      const { clientWidth: width, clientHeight: height } = node, { model, metric, filter, stateFilter, algorithm, theme } = next;
      const now = [model.rows, model.status?.best, metric, filter, stateFilter, algorithm, theme, width, height];
      if (now.some((one, k) => one !== looks[k]) && width > 0) {
        looks = now;
        const rows = shown(model, { filter, stateFilter, algorithm, sort: null }, bestThen(model));
        parallel = parallelOf(model, rows, metric, Math.max(2, Math.floor((width - FRAME.left - FRAME.right) / AXIS_PX) + 1));
        size = { width, height };
        draw(drawing, parallel, size);
        const isEmpty = parallel.paths.length === 0 || parallel.dimensions.length < 2;
        attr(nothing, "hidden", !isEmpty);
        setText(nothing, isEmpty ? "Lines appear when iterations that differ in their hyper-parameters have a score." : "");
        attr(note, "hidden", parallel.left === 0);
        setText(note, parallel.left ? `the best ${parallel.paths.length} of ${parallel.paths.length + parallel.left}` : "");
        attr(node, "aria-label", words(parallel, metric));
      }
      mark(next);
    },
  };
}

const tipWords = ({ model, metric }: AppState, i: number): string => { const row = model.rows.get(i); return row ? pointValue(model, row, metric) : ""; };
const words = ({ paths, dimensions }: Parallel, metric: string): string =>
  `Parallel coordinates of ${plural(paths.length, "iteration")} over ${dimensions.map((one) => one.title).join(", ") || "nothing yet"}; ${metric} is at the right`;

interface Size { width: number; height: number }
interface Places { left(k: number): number; top(share: number | null): number }

function placesOf({ dimensions }: Parallel, { width, height }: Size): Places {
  const span = width - FRAME.left - FRAME.right, bottom = height - FRAME.bottom - MISSING_PX;
  return {
    left: (k) => FRAME.left + (dimensions.length > 1 ? (span * k) / (dimensions.length - 1) : 0),
    top: (share) => (share === null ? bottom + MISSING_PX : FRAME.top + (1 - share) * (bottom - FRAME.top)),
  };
}

const REACH_PX = 8;

/** The iteration whose line passes nearest to a point, within reach; null if none does. */
export function nearest(parallel: Parallel, size: Size, x: number, y: number): number | null {
  const { left, top } = placesOf(parallel, size), last = parallel.dimensions.length - 1;
  if (last < 1 || x < left(0) - REACH_PX || x > left(last) + REACH_PX) return null;
  const k = Math.min(last - 1, Math.max(0, Math.floor(((x - left(0)) / (left(last) - left(0))) * last))), share = (x - left(k)) / (left(k + 1) - left(k));
  let found: number | null = null, least = REACH_PX;
  for (const path of parallel.paths) {
    const from = top(path.at[k] ?? null), away = Math.abs(from + share * (top(path.at[k + 1] ?? null) - from) - y);
    if (away < least) { least = away; found = path.i; }
  }
  return found;
}

function draw(drawing: SVGSVGElement, parallel: Parallel, size: Size): void {
  const { dimensions, paths } = parallel, { left, top } = placesOf(parallel, size);
  const lines = [...paths].reverse().map((path) => lineOf(path, left, top));
  drawing.replaceChildren(svg("g", {}, ...lines), ...dimensions.map((one, k) => axisOf(one, left(k), top, k === dimensions.length - 1)));
}

function lineOf(path: Path, left: Places["left"], top: Places["top"]): SVGElement {
  const d = path.at.map((share, k) => `${k ? "L" : "M"}${left(k).toFixed(1)} ${top(share).toFixed(1)}`).join("");
  return svg("path", { d, class: `run${path.isBest ? " best" : path.quality >= 0.9 ? " good" : ""}`, "data-i": path.i });
}

function axisOf({ title, ticks, hasMissing }: Dimension, x: number, top: Places["top"], isLast: boolean): SVGElement {
  const side = isLast ? { x: x + 5, "text-anchor": "start" } : { x: x - 5, "text-anchor": "end" };
  return svg("g", { class: "dim" },
    svg("line", { class: "axis", x1: x, x2: x, y1: top(1), y2: top(0) }),
    svg("text", { class: "s", x, y: 16, "text-anchor": isLast ? "end" : "middle" }, cut(visible(title), 18), svg("title", {}, visible(title))),
    ...ticks.map((tick) => svg("text", { ...side, y: top(tick.at) + 4 }, cut(visible(tick.text), 14), svg("title", {}, visible(tick.text)))),
    hasMissing ? svg("text", { ...side, y: top(null) + 4, class: "none" }, "not set") : null);
}

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
