/** The metric chart: every iteration's score, the best so far, and what the pointer and the keys do there. */

import { attr, h, on, setText } from "../dom";
import { score } from "../format";
import { hasEnded, isRunning, styleOf } from "../model";
import { bestSoFar } from "../progress";
import type { AppState, Send, View } from "../state";
import type { Host } from "../types";
import { PlotCanvas, type Zoom } from "./chart-canvas";
import { bestPoint, horizontalOf, nothingYet, pointsOf, scaleOf, scaleOptions, sentence, type Point } from "./chart-data";
import { moved } from "./chart-keys";
import { MARGIN, unlabelled, type Drawing } from "./chart-figure";
import { overlay, pointValue } from "./chart-overlay";
import { chartTable } from "./chart-table";
import { beyondNote, toolbar, type Legend } from "./chart-toolbar";
import { paced } from "./paced";
import { parallelView } from "./parallel";
import { downloadPng } from "./svg-png";

/** What the engine does is drawn at most once a second; what the user does, at once. */
const GAP_MS = 1000;
/** Under this size there is nothing to see: the widget is hidden, or not laid out yet. */
const LEAST_PX = 40;

export function chartView(send: Send, host: Pick<Host, "plotly">): View<AppState> {
  return new Chart(send, host);
}

class Chart implements View<AppState> {
  private readonly ends = new AbortController();
  private readonly over = overlay();
  private readonly beyond = h("span", { class: "beyond", hidden: true });
  private readonly line = h("div", { class: "nothing", hidden: true });
  private readonly pace = paced(() => this.draw(), GAP_MS, this.ends.signal);
  private readonly canvas: PlotCanvas;
  private readonly bar: ReturnType<typeof toolbar>;
  private readonly table: ReturnType<typeof chartTable>;
  private readonly box: HTMLElement;
  private readonly parallel: ReturnType<typeof parallelView>;
  readonly node: HTMLElement;

  private state: AppState | null = null;
  private drawing: Drawing | null = null;
  private looks = "";
  private facts: readonly unknown[] = [];
  /** What the user dragged. */
  private zoom: Zoom | null = null;
  /** Outliers are in the range too. */
  private isAll = false;
  private isTable = false;
  /** The point whose tool-tip is open. */
  private tip: number | null = null;

  constructor(private readonly send: Send, host: Pick<Host, "plotly">) {
    const { signal } = this.ends;
    this.canvas = new PlotCanvas(host, {
      click: (i) => send({ kind: "select", iteration: i }),
      hover: (i) => this.point(i),
      zoom: (zoom) => { this.zoom = zoom; this.pace.now(); },
      doubleClick: () => { this.isAll = this.zoom !== null || !this.isAll; this.zoom = null; this.pace.now(); },
      resized: () => this.pace.now(),
    }, signal);
    this.table = chartTable(send, signal);
    this.bar = toolbar({
      send,
      download: () => void this.download(),
      toggleTable: () => { this.isTable = !this.isTable; this.pace.now(); },
    }, signal);
    this.box = h("div", { class: "chartbox", tabindex: "0", role: "img", "aria-roledescription": "chart" }, this.canvas.node, this.over.node, this.beyond, this.line);
    this.parallel = parallelView(send, signal);
    this.node = h("section", { class: "chart", "aria-label": "Metric chart" }, this.bar.node, this.box, this.parallel.node, this.table.node, this.bar.corner);
    on(this.box, "keydown", (event) => this.key(event), signal);
    on(this.box, "blur", () => this.point(null), signal);
  }

  update(next: AppState): void {
    const before = this.state;
    this.state = next;
    this.bar.update(next);
    if (before && (before.metric !== next.metric || before.xAxis !== next.xAxis || before.logScale !== next.logScale)) this.zoom = null;
    const looks = [next.metric, next.xAxis, next.logScale, next.theme].join("|"), facts = factsOf(next);
    if (!before || looks !== this.looks) this.pace.now();
    else if (facts.some((fact, at) => fact !== this.facts[at])) this.pace.soon();
    this.looks = looks;
    this.facts = facts;
    if (before?.selected !== next.selected || before.hovered !== next.hovered) this.refreshOverlay();
    if (this.isParallel && before) this.parallel.update(next);
  }

  dispose(): void {
    this.ends.abort();
    this.canvas.dispose();
  }

  private get isParallel(): boolean {
    return this.state?.xAxis === "parameters" && !this.isTable;
  }

  private async download(): Promise<void> {
    const drawing = this.isParallel ? this.parallel.svg() : null;
    if (!drawing) return this.canvas.download(fileName(this.state));
    await downloadPng(drawing, fileName(this.state), getComputedStyle(this.node).getPropertyValue("--bg")).catch(() => this.send({ kind: "notice", text: "This browser cannot save the picture" }));
  }

  private draw(): void {
    const { state } = this;
    if (!state) return;
    attr(this.box, "hidden", this.isTable || this.isParallel);
    attr(this.parallel.node, "hidden", !this.isParallel);
    if (this.isParallel) this.drawParallel(state);
    else this.drawPoints(state);
  }

  private drawParallel(state: AppState): void {
    this.table.update(null);
    this.bar.showTable(false);
    this.parallel.update(state);
    this.bar.showLegend({ ...NO_LEGEND, lines: this.parallel.svg() !== null });
  }

  private drawPoints(state: AppState): void {
    this.table.update(this.isTable ? state : null);
    this.bar.showTable(this.isTable);
    const { size } = this.canvas, drawing = drawingOf(state, { zoom: this.zoom, isAll: this.isAll }, size);
    this.drawing = drawing;
    this.bar.showLegend(legendOf(drawing));
    attr(this.box, "aria-label", sentence(state.model, state.metric, drawing.points, drawing.write));
    if (this.isTable || size.width < LEAST_PX || size.height < LEAST_PX) return;
    attr(this.line, "hidden", drawing.scale !== null);
    setText(this.line, drawing.scale ? "" : nothingYet(state.model, state.metric));
    beyondNote(this.beyond, unlabelled(drawing));
    this.canvas.draw(drawing.points.length ? drawing : null, () => this.refreshOverlay());
    this.refreshOverlay();
  }

  private refreshOverlay(): void {
    if (this.state) this.over.update(this.canvas.isDrawn && !this.isTable ? this.drawing : null, { ...this.state, tip: this.tip });
  }

  /** Opens the tool-tip of a point, and tells the table. */
  private point(i: number | null): void {
    if (i === this.tip) return;
    this.tip = i;
    this.send({ kind: "hover", iteration: i });
    this.refreshOverlay();
  }

  /** ← → move between points, Home and End to the ends, Enter selects, Escape resets the range. */
  private key(event: KeyboardEvent): void {
    const { state, drawing } = this;
    if (!state || !drawing || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(drawing.points, this.tip ?? state.hovered ?? state.selected, event.key);
    if (next) this.goTo(next, state);
    else if (event.key === "Enter" && this.tip !== null) this.send({ kind: "select", iteration: this.tip });
    else if (event.key !== "Escape" || !this.reset()) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private goTo(point: Point, { model, metric }: AppState): void {
    this.point(point.i);
    const row = model.rows.get(point.i);
    if (row) this.send({ kind: "say", text: `Iteration ${point.i}, ${pointValue(model, row, metric)}` });
  }

  /** Back to the ordinary range; false if there was nothing to reset. */
  private reset(): boolean {
    const isOff = this.zoom !== null || this.isAll;
    this.zoom = null;
    this.isAll = false;
    if (isOff) this.pace.now();
    return isOff;
  }
}

/** What the drawing depends on besides the user's choices; by time, what runs moves to the right every second. */
function factsOf(state: AppState): readonly unknown[] {
  const { model } = state, moves = state.xAxis === "time" && [...model.rows.values()].some(isRunning);
  return [model.rows, model.facts, model.status?.best, model.status?.n_iterations, hasEnded(model), moves ? state.now : 0];
}

function drawingOf(state: AppState, own: { zoom: Zoom | null; isAll: boolean }, size: { width: number; height: number }): Drawing {
  const { model, metric } = state, xAxis = state.xAxis === "time" ? "time" : "iteration";
  const points = pointsOf(model, metric, xAxis, state.now), style = styleOf(model, metric);
  return {
    points, best: bestPoint(model, metric, points), steps: bestSoFar(model, metric, xAxis),
    scale: scaleOf(points, scaleOptions(model, metric, state.logScale, own.isAll)),
    across: horizontalOf(model, points, xAxis, size.width - MARGIN.l - MARGIN.r, own.zoom?.x ?? null),
    zoom: own.zoom, ...size, write: (value) => score(value, style),
  };
}

const NO_LEGEND: Legend = { scored: false, spread: false, running: false, none: false, below: false, above: false, lines: false };

function legendOf({ points, scale, zoom }: Drawing): Legend {
  const has = (test: (point: Point) => boolean): boolean => points.some(test), isOpen = scale !== null && zoom === null;
  return {
    ...NO_LEGEND, scored: has((point) => point.kind === "scored"), spread: points.length <= 500 && has((point) => point.spread !== null),
    running: has((point) => point.kind === "running"), none: has((point) => point.kind === "none"),
    below: isOpen && has((point) => point.y !== null && point.y < scale.low), above: isOpen && has((point) => point.y !== null && point.y > scale.high),
  };
}

const fileName = (state: AppState | null): string => `${state?.model.facts?.name ?? "run"}-${state?.metric ?? "score"}`.replace(/[^\w.-]+/g, "_");
