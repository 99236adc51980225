/** The node that plotly draws in: when it is fetched, drawn and measured, and what its events mean. */

import { attr, h, on, setText } from "../dom";
import type { Host, PlotlyLike } from "../types";
import { readColours } from "./chart-colours";
import { roundTicks, type Span } from "./chart-data";
import { CONFIG, frameOf, layoutOf, tracesOf, type Drawing } from "./chart-figure";

export type Zoom = NonNullable<Drawing["zoom"]>;

export interface CanvasEvents {
  click(i: number): void;
  hover(i: number | null): void;
  zoom(zoom: Zoom): void;
  doubleClick(): void;
  resized(): void;
}

/** What plotly puts on the node it has drawn in. */
interface PlotlyNode { on?(name: string, take: (event: PlotlyEvent) => void): void }
type PlotlyEvent = { points?: { customdata?: unknown }[] } & Record<string, unknown>;

export class PlotCanvas {
  private readonly plot = h("div", { class: "plotly-node" });
  private readonly line = h("p", { hidden: true });
  private readonly again = h("button", { hidden: true }, "Try again");
  readonly node = h("div", { class: "canvas" }, this.plot, h("div", { class: "waiting" }, this.line, this.again));
  private plotly: PlotlyLike | null = null;
  private hasAsked = false;
  private wanted: { drawing: Drawing; drawn: () => void } | null = null;
  private shown: Drawing | null = null;
  private isPainting = false;
  private isListening = false;
  /** A button is down in the plot: drawing now would break the drag. */
  private isHeld = false;

  constructor(private readonly host: Pick<Host, "plotly">, private readonly events: CanvasEvents, private readonly signal: AbortSignal) {
    on(this.again, "click", () => void this.fetch(), signal);
    on(this.plot, "pointerdown", () => { this.isHeld = true; }, signal);
    for (const end of ["pointerup", "pointercancel"] as const) on(window, end, () => this.release(), signal);
    on(this.plot, "pointerleave", () => events.hover(null), signal);
    watchSize(this.node, events.resized, signal);
  }

  get size(): { width: number; height: number } {
    return { width: Math.round(this.node.clientWidth), height: Math.round(this.node.clientHeight) };
  }

  get isDrawn(): boolean {
    return this.shown !== null;
  }

  /** Draws as soon as plotly is there and no button is held, then calls `drawn`; null clears. */
  draw(drawing: Drawing | null, drawn: () => void): void {
    attr(this.plot, "hidden", !drawing);
    this.wanted = drawing && { drawing, drawn };
    if (!drawing) { this.shown = null; return; }
    void (this.plotly ? this.paint() : this.fetch());
  }

  async download(fileName: string): Promise<void> {
    if (!this.plotly || !this.shown) return;
    const { width, height } = this.shown;
    await this.plotly.downloadImage(this.plot, { format: "png", filename: fileName, width, height, scale: 2 });
  }

  dispose(): void {
    this.plotly?.purge(this.plot);
  }

  private release(): void {
    if (!this.isHeld) return;
    this.isHeld = false;
    setTimeout(() => void this.paint(), 0);
  }

  private async fetch(): Promise<void> {
    if (this.hasAsked) return;
    this.hasAsked = true;
    attr(this.again, "hidden", true);
    this.say("Loading the chart…");
    try {
      this.plotly = await this.host.plotly();
      this.say("");
      void this.paint();
    } catch (error) {
      this.hasAsked = false;
      this.fail(error);
      attr(this.again, "hidden", false);
    }
  }

  private async paint(): Promise<void> {
    if (!this.plotly || this.isPainting || this.isHeld || !this.wanted || this.signal.aborted) return;
    const { drawing, drawn } = this.wanted;
    this.wanted = null;
    this.isPainting = true;
    try {
      const colours = readColours(this.node);
      await this.plotly.react(this.plot, tracesOf(drawing, colours), layoutOf(drawing, colours, verticalTicks(drawing)), { ...CONFIG });
      if (this.signal.aborted) return this.plotly.purge(this.plot);
      this.shown = drawing;
      if (!this.isListening) hear(this.plot as PlotlyNode, this.events, () => this.shown);
      this.isListening = true;
      drawn();
    } catch (error) {
      this.fail(error);
    } finally {
      this.isPainting = false;
    }
    if (this.wanted) void this.paint();
  }

  private fail(error: unknown): void {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\.+$/, "");
    this.say(`The chart cannot be drawn: ${reason}. The table has all its numbers.`);
  }

  private say(text: string): void {
    setText(this.line, text);
    attr(this.line, "hidden", text === "");
  }
}

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
