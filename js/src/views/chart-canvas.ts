/** The node that plotly draws in: when it is fetched, drawn and measured, and what its events mean. */

import { attr, h, on, setText } from "../dom";
import type { Host, PlotlyLike } from "../types";
import { readColours } from "./chart-colours";
import { CONFIG, frameOf, layoutOf, tracesOf, type Drawing } from "./chart-figure";
import { roundTicks, type Span } from "./chart-data";

export type Zoom = NonNullable<Drawing["zoom"]>;

export interface CanvasEvents {
  click(i: number): void;
  hover(i: number | null): void;
  zoom(zoom: Zoom): void;
  doubleClick(): void;
  resized(): void;
}

export interface Canvas {
  node: HTMLElement;
  size(): { width: number; height: number };
  /** Draws as soon as plotly is there and no button is held; `null` clears. */
  draw(drawing: Drawing | null, drawn: () => void): void;
  isDrawn(): boolean;
  download(fileName: string): Promise<void>;
  dispose(): void;
}

/** What plotly puts on the node it has drawn in. */
interface PlotlyNode { on?(name: string, take: (event: PlotlyEvent) => void): void; removeAllListeners?(name: string): void }
type PlotlyEvent = { points?: { customdata?: unknown }[] } & Record<string, unknown>;

export function plotCanvas(host: Pick<Host, "plotly">, events: CanvasEvents, signal: AbortSignal): Canvas {
  const plot = h("div", { class: "plotly-node" }), line = h("p", { class: "wait", hidden: true }), again = h("button", { hidden: true }, "Try again");
  const node = h("div", { class: "canvas" }, plot, h("div", { class: "waiting" }, line, again));
  let plotly: PlotlyLike | null = null, asked = false, wanted: { drawing: Drawing; drawn: () => void } | null = null;
  let isPainting = false, isListening = false, isHeld = false, shown: Drawing | null = null;

  async function fetchPlotly(): Promise<void> {
    if (asked) return;
    asked = true;
    attr(again, "hidden", true);
    say("Loading the chart…");
    try {
      plotly = await host.plotly();
      say("");
      void paint();
    } catch (error) {
      say(`The chart cannot be drawn: ${reasonOf(error)}. The table has all its numbers.`);
      attr(again, "hidden", false);
      asked = false;
    }
  }

  function say(text: string): void {
    setText(line, text);
    attr(line, "hidden", text === "");
  }

  async function paint(): Promise<void> {
    if (!plotly || isPainting || isHeld || !wanted || signal.aborted) return;
    const { drawing, drawn } = wanted;
    wanted = null;
    isPainting = true;
    try {
      const colours = readColours(node), ticks = verticalTicks(drawing);
      await plotly.react(plot, tracesOf(drawing, colours), layoutOf(drawing, colours, ticks), { ...CONFIG });
      if (signal.aborted) return plotly.purge(plot);
      shown = drawing;
      if (!isListening) hear(plot as PlotlyNode, events, () => shown);
      isListening = true;
      drawn();
    } catch (error) {
      say(`The chart cannot be drawn: ${reasonOf(error)}. The table has all its numbers.`);
    } finally {
      isPainting = false;
    }
    if (wanted) void paint();
  }

  on(again, "click", () => void fetchPlotly(), signal);
  on(plot, "pointerdown", () => { isHeld = true; }, signal);
  for (const end of ["pointerup", "pointercancel"] as const) on(window, end, () => { if (isHeld) { isHeld = false; setTimeout(() => void paint(), 0); } }, signal);
  on(plot, "pointerleave", () => events.hover(null), signal);
  watchSize(node, events.resized, signal);

  return {
    node,
    size: () => ({ width: Math.round(node.clientWidth), height: Math.round(node.clientHeight) }),
    draw(drawing, drawn) {
      attr(plot, "hidden", !drawing);
      wanted = drawing && { drawing, drawn };
      if (!drawing) { shown = null; return; }
      void (plotly ? paint() : fetchPlotly());
    },
    isDrawn: () => shown !== null,
    async download(fileName) {
      if (plotly && shown) await plotly.downloadImage(plot, { format: "png", filename: fileName, width: shown.width, height: shown.height, scale: 2 });
    },
    dispose: () => plotly?.purge(plot),
  };
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).replace(/\.+$/, "");

function watchSize(node: HTMLElement, resized: () => void, signal: AbortSignal): void {
  if (typeof ResizeObserver === "undefined") return;
  let last = "";
  const observer = new ResizeObserver(() => {
    const size = `${node.clientWidth}x${node.clientHeight}`;
    if (size !== last) { last = size; resized(); }
  });
  observer.observe(node);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}

function verticalTicks({ scale, zoom }: Drawing): readonly number[] {
  if (!scale) return [];
  if (!zoom) return scale.ticks;
  if (!scale.log) return roundTicks(zoom.y[0], zoom.y[1], 5);
  const marks = roundTicks(Math.log10(zoom.y[0]), Math.log10(zoom.y[1]), 5).map((power) => Number((10 ** power).toPrecision(2)));
  return [...new Set(marks)];
}

function hear(node: PlotlyNode, events: CanvasEvents, shown: () => Drawing | null): void {
  const first = (event: PlotlyEvent): number | null => {
    const i = event.points?.[0]?.customdata;
    return typeof i === "number" ? i : null;
  };
  node.on?.("plotly_click", (event) => { const i = first(event); if (i !== null) events.click(i); });
  node.on?.("plotly_hover", (event) => events.hover(first(event)));
  node.on?.("plotly_unhover", () => events.hover(null));
  node.on?.("plotly_doubleclick", () => events.doubleClick());
  node.on?.("plotly_relayout", (event) => {
    const drawing = shown(), zoom = drawing && zoomOf(event, drawing);
    if (zoom) events.zoom(zoom);
  });
}

/** What was dragged, in data units; null if the message is about something else. */
export function zoomOf(event: Record<string, unknown>, drawing: Drawing): Zoom | null {
  const span = (axis: string): Span | null => {
    const [low, high] = [event[`${axis}.range[0]`], event[`${axis}.range[1]`]];
    return typeof low === "number" && typeof high === "number" ? [low, high] : null;
  };
  const x = span("xaxis"), y = span("yaxis"), frame = frameOf(drawing);
  if (!x && !y) return null;
  const vertical: Span | null = y && frame.log ? [10 ** y[0], 10 ** y[1]] : y;
  return { x: x ?? frame.x, y: vertical ?? frame.y };
}
