/** The metric chart: every iteration's score, the best so far, and what the pointer and the keys do there. */

import { attr, h, on, setText } from "../dom";
import { score } from "../format";
import { hasEnded, isRunning, styleOf } from "../model";
import { bestSoFar } from "../progress";
import type { AppState, Send, View } from "../state";
import type { Host } from "../types";
import { plotCanvas, type Zoom } from "./chart-canvas";
import { bestPoint, horizontalOf, nothingYet, pointsOf, scaleOf, scaleOptions, sentence, type Point } from "./chart-data";
import { MARGIN, unlabelled, type Drawing } from "./chart-figure";
import { overlay, pointValue } from "./chart-overlay";
import { chartTable } from "./chart-table";
import { beyondNote, toolbar } from "./chart-toolbar";
import { paced } from "./paced";

const GAP_MS = 1000;

/** What only the chart knows: a dragged range, whether outliers are in it, whether the table stands in its place. */
interface Own { zoom: Zoom | null; all: boolean; table: boolean; tip: number | null }

export function chartView(send: Send, host: Pick<Host, "plotly">): View<AppState> {
  const ends = new AbortController(), { signal } = ends;
  const own: Own = { zoom: null, all: false, table: false, tip: null };
  let state: AppState | null = null, drawing: Drawing | null = null, looks = "", facts: readonly unknown[] = [];

  const canvas = plotCanvas(host, {
    click: (i) => send({ kind: "select", iteration: i }),
    hover: (i) => point(i),
    zoom: (zoom) => { own.zoom = zoom; pace.now(); },
    doubleClick: () => { own.all = own.zoom !== null || !own.all; own.zoom = null; pace.now(); },
    resized: () => pace.now(),
  }, signal);
  const over = overlay(), table = chartTable(send), beyond = h("span", { class: "beyond", hidden: true });
  const bar = toolbar({
    send,
    download: () => void canvas.download(fileName(state)),
    toggleTable: () => { own.table = !own.table; pace.now(); },
  }, signal);
  const line = h("div", { class: "nothing", hidden: true });
  const box = h("div", { class: "chartbox", tabindex: "0", role: "img", "aria-roledescription": "chart" }, canvas.node, over.node, beyond, line);
  const node = h("section", { class: "chart", "aria-label": "Metric chart" }, bar.node, box, table.node, bar.corner);
  const pace = paced(draw, GAP_MS, signal);
  listen(box, () => ({ state, drawing, own }), { send, point, reset, signal });

  /** Opens the tool-tip of a point, and tells the table. */
  function point(i: number | null): void {
    own.tip = i;
    send({ kind: "hover", iteration: i });
    refreshOverlay();
  }

  /** Back to the ordinary range; false if there was nothing to reset. */
  function reset(): boolean {
    const isOff = own.zoom !== null || own.all;
    own.zoom = null;
    own.all = false;
    if (isOff) pace.now();
    return isOff;
  }

  function refreshOverlay(): void {
    if (state) over.update(canvas.isDrawn() && !own.table ? drawing : null, { ...state, tip: own.tip });
  }

  function draw(): void {
    if (!state) return;
    attr(box, "hidden", own.table);
    table.update(own.table ? state : null);
    bar.showTable(own.table);
    const size = canvas.size();
    drawing = drawingOf(state, own, size);
    const { points, scale } = drawing;
    bar.showLegend(legendOf(drawing));
    attr(box, "aria-label", sentence(state.model, state.metric, points, drawing.write));
    if (own.table || size.width < 40 || size.height < 40) return;
    const isBare = !scale && !points.length;
    attr(line, "hidden", scale !== null);
    setText(line, scale ? "" : nothingYet(state.model, state.metric));
    beyondNote(beyond, unlabelled(drawing));
    canvas.draw(isBare ? null : drawing, refreshOverlay);
    refreshOverlay();
  }

  return {
    node,
    update(next) {
      const isFirst = state === null, before = state;
      state = next;
      bar.update(next);
      const looksNow = [next.metric, next.xAxis, next.logScale, next.theme].join("|");
      if (before && before.metric + before.xAxis + String(before.logScale) !== next.metric + next.xAxis + String(next.logScale)) own.zoom = null;
      const factsNow = [next.model.rows, next.model.facts, next.model.status?.best, next.model.status?.n_iterations, hasEnded(next.model), movesWithTime(next) ? next.now : 0];
      if (isFirst || looksNow !== looks) pace.now();
      else if (factsNow.some((fact, at) => fact !== facts[at])) pace.soon();
      looks = looksNow;
      facts = factsNow;
      if (before && (before.selected !== next.selected || before.hovered !== next.hovered)) refreshOverlay();
    },
    dispose() {
      ends.abort();
      canvas.dispose();
    },
  };
}

/** By time, what runs moves to the right every second. */
const movesWithTime = (state: AppState): boolean => state.xAxis === "time" && [...state.model.rows.values()].some(isRunning);

function drawingOf(state: AppState, own: Own, size: { width: number; height: number }): Drawing {
  const { model, metric, xAxis } = state;
  const points = pointsOf(model, metric, xAxis, state.now);
  const style = styleOf(model, metric);
  return {
    points, best: bestPoint(model, metric, points), steps: bestSoFar(model, metric, xAxis),
    scale: scaleOf(points, scaleOptions(model, metric, state.logScale, own.all)),
    across: horizontalOf(model, points, xAxis, size.width - MARGIN.l - MARGIN.r, own.zoom?.x ?? null),
    zoom: own.zoom, ...size, write: (value) => score(value, style),
  };
}

function legendOf(drawing: Drawing): Parameters<ReturnType<typeof toolbar>["showLegend"]>[0] {
  const has = (test: (point: Point) => boolean): boolean => drawing.points.some(test);
  const { scale, zoom } = drawing, isOpen = scale !== null && zoom === null;
  return {
    scored: has((point) => point.kind === "scored"), spread: drawing.points.length <= 500 && has((point) => point.spread !== null),
    running: has((point) => point.kind === "running"), none: has((point) => point.kind === "none"),
    below: isOpen && has((point) => point.y !== null && point.y < scale.low), above: isOpen && has((point) => point.y !== null && point.y > scale.high),
  };
}

const fileName = (state: AppState | null): string => `${state?.model.facts?.name ?? "run"}-${state?.metric ?? "score"}`.replace(/[^\w.-]+/g, "_");

interface Seen { state: AppState | null; drawing: Drawing | null; own: Own }
interface Means { send: Send; point(i: number | null): void; reset(): boolean; signal: AbortSignal }

/** ← → move between points, Home and End to the ends, Enter selects, Escape resets the range. */
function listen(box: HTMLElement, seen: () => Seen, { send, point, reset, signal }: Means): void {
  on(box, "keydown", (event) => {
    const { state, drawing, own } = seen();
    if (!state || !drawing || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(drawing.points, own.tip ?? state.hovered ?? state.selected, event.key);
    if (next) {
      point(next.i);
      const row = state.model.rows.get(next.i);
      if (row) send({ kind: "say", text: `Iteration ${next.i}, ${pointValue(state.model, row, state.metric)}` });
    } else if (event.key === "Enter" && own.tip !== null) send({ kind: "select", iteration: own.tip });
    else if (event.key !== "Escape" || !reset()) return;
    event.preventDefault();
    event.stopPropagation();
  }, signal);
  on(box, "blur", () => { if (seen().own.tip !== null) point(null); }, signal);
}

/** The point that a key leads to from the iteration `from`; null if the key is none of ours. */
export function moved(points: readonly Point[], from: number | null, key: string): Point | null {
  if (!points.length) return null;
  const at = points.findIndex((one) => one.i === from), last = points.length - 1;
  const to = key === "ArrowRight" ? (at < 0 ? 0 : at + 1) : key === "ArrowLeft" ? (at < 0 ? last : at - 1) : key === "Home" ? 0 : key === "End" ? last : null;
  return to === null ? null : (points[Math.min(last, Math.max(0, to))] ?? null);
}
