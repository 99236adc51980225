/** The metric chart as plotly takes it: traces and layout from values and colours. No DOM; rings and tool-tip are not in it. */

import { short } from "../format";
import type { Step } from "../progress";
import { edgesOf, thinned, type Edge, type HorizontalScale, type Point, type Scale, type Span } from "./chart-data";

export interface Colours {
  bg: string; ink: string; text: string; dim: string; faint: string; control: string; line: string; accent: string; err: string;
  /** Font family. */
  font: string;
}

/** Everything that is drawn. `zoom` is what the user dragged, in data units. */
export interface Drawing {
  points: readonly Point[];
  best: Point | null;
  steps: readonly Step[];
  scale: Scale | null;
  across: HorizontalScale;
  zoom: { x: Span; y: Span } | null;
  width: number;
  height: number;
  write: (score: number) => string;
}

export const MARGIN = { l: 56, r: 16, t: 10, b: 40 } as const;
const MANY = 500;
type Trace = Record<string, unknown>;

/** Where things are in the node, in pixels: the only arithmetic that rings, tool-tip and plotly must agree on. */
export interface Frame { left: number; top: number; width: number; height: number; x: Span; y: Span; log: boolean; zoomed: boolean }

export function frameOf(drawing: Drawing): Frame {
  const { zoom, scale, across } = drawing;
  return {
    left: MARGIN.l, top: MARGIN.t,
    width: Math.max(1, drawing.width - MARGIN.l - MARGIN.r), height: Math.max(1, drawing.height - MARGIN.t - MARGIN.b),
    x: [across.low, across.high], y: zoom?.y ?? (scale ? [scale.low, scale.high] : [0, 1]), log: scale?.log ?? false, zoomed: zoom !== null,
  };
}

export const leftOf = (frame: Frame, x: number): number => frame.left + ((x - frame.x[0]) / (frame.x[1] - frame.x[0])) * frame.width;

/** Distance from the node's upper edge; beyond the range it stays at the edge. */
export function topOf(frame: Frame, y: number): number {
  const to = frame.log ? (value: number): number => Math.log10(Math.max(value, Number.MIN_VALUE)) : (value: number): number => value;
  const share = (to(y) - to(frame.y[0])) / (to(frame.y[1]) - to(frame.y[0]));
  return frame.top + (1 - Math.min(1, Math.max(0, share))) * frame.height;
}

/** Pixels between the axis and what stands on it. */
const STAND = 7;

/** The centre of a point's mark in pixels; null if the zoom leaves it out. */
export function markOf(frame: Frame, point: Point): { left: number; top: number } | null {
  const left = leftOf(frame, point.x);
  if (left < frame.left - 1 || left > frame.left + frame.width + 1) return null;
  const isOut = point.y !== null && (point.y < frame.y[0] || point.y > frame.y[1]);
  if (frame.zoomed && isOut) return null;
  if (point.y === null || point.y < frame.y[0]) return { left, top: frame.top + frame.height - STAND };
  return { left, top: point.y > frame.y[1] ? frame.top + STAND : topOf(frame, point.y) };
}

/** Traces for `react`, back to front. The second vertical axis counts pixels from the lower edge. */
export function tracesOf(drawing: Drawing, colours: Colours): Trace[] {
  const frame = frameOf(drawing), { scale, best } = drawing;
  const isMany = drawing.points.length > MANY;
  const seen = thinned(drawing.points, (point) => cellOf(frame, point), new Set([...drawing.steps.map((step) => step.i), ...(best ? [best.i] : [])]));
  const none = seen.filter((point) => point.kind === "none");
  const outside = scale && !drawing.zoom ? edgesOf(seen, scale, (x) => leftOf(frame, x)) : { edges: [], labelled: [] };
  const isOutside = new Set(outside.edges.map((edge) => edge.point.i));
  const inside = seen.filter((point) => point.y !== null && !isOutside.has(point.i) && !(scale?.log && point.y <= 0));
  return [
    ...(isMany ? [] : [whiskers(inside, frame, colours)]),
    stepLine(drawing, colours),
    marks(inside.filter((point) => point.kind === "scored" && point.i !== best?.i), { color: colours.control, size: isMany ? 4 : 7, opacity: 1 }),
    marks(inside.filter((point) => point.kind === "running"), { color: colours.bg, size: 7, opacity: 1, line: { color: colours.accent, width: 1.5 } }),
    ...(best && !isOutside.has(best.i) ? [marks([best], { color: colours.accent, size: 8, opacity: 1 })] : []),
    ...edgeTraces(outside, frame, drawing, colours),
    onAxis(none.map((point) => [point, STAND]), { symbol: "x-thin", size: 7, line: { color: colours.err, width: 1.75 } }),
  ];
}

function cellOf(frame: Frame, point: Point): string {
  const at = markOf(frame, point);
  return at ? `${Math.round(at.left / 3)}:${Math.round(at.top / 3)}` : "outside";
}

function marks(points: readonly Point[], marker: Record<string, unknown>): Trace {
  return {
    type: "scatter", mode: "markers", hoverinfo: "none", cliponaxis: false, showlegend: false, marker,
    x: points.map((point) => point.x), y: points.map((point) => point.y), customdata: points.map((point) => point.i),
  };
}

/** Marks at fixed pixels over the lower edge. */
function onAxis(points: readonly (readonly [Point, number])[], marker: Record<string, unknown>): Trace {
  return {
    ...marks(points.map(([point]) => point), { opacity: 1, ...marker }), yaxis: "y2", y: points.map(([, height]) => height),
  };
}

const LINES = { type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: false } as const;

function whiskers(points: readonly Point[], frame: Frame, colours: Colours): Trace {
  const x: (number | null)[] = [], y: (number | null)[] = [];
  for (const point of points) {
    if (point.y === null || point.spread === null || point.spread === 0) continue;
    const low = point.y - point.spread, floor = frame.log ? frame.y[0] : low;
    x.push(point.x, point.x, null);
    y.push(Math.max(low, floor), point.y + point.spread, null);
  }
  return { ...LINES, x, y, line: { color: colours.faint, width: 1 } };
}

/** The best so far goes on to the last point. */
function stepLine({ steps, points, scale }: Drawing, colours: Colours): Trace {
  const drawn = steps.filter((step) => !(scale?.log && step.y <= 0));
  const last = drawn[drawn.length - 1], end = points.reduce((most, point) => Math.max(most, point.x), last?.x ?? 0);
  const tail = last && end > last.x ? [{ x: end, y: last.y }] : [];
  const all = [...drawn, ...tail];
  return { ...LINES, x: all.map((step) => step.x), y: all.map((step) => step.y), line: { color: colours.accent, width: 1.5, shape: "hv" } };
}

function edgeTraces({ edges, labelled }: { edges: readonly Edge[]; labelled: readonly Edge[] }, frame: Frame, drawing: Drawing, colours: Colours): Trace[] {
  const heightOf = (edge: Edge): number => (edge.side === "below" ? STAND : frame.height - STAND);
  const place = (edge: Edge): readonly [Point, number] => [edge.point, heightOf(edge)];
  const of = (side: Edge["side"], kind: Point["kind"]): Edge[] => edges.filter((edge) => edge.side === side && (edge.point.kind === "running") === (kind === "running"));
  const hollow = { color: colours.bg, line: { color: colours.accent, width: 1.5 } };
  return [
    ...(["below", "above"] as const).flatMap((side) => {
      const symbol = side === "below" ? "triangle-down" : "triangle-up";
      return [onAxis(of(side, "scored").map(place), { symbol, size: 9, color: colours.control }), onAxis(of(side, "running").map(place), { symbol, size: 9, ...hollow })];
    }),
    {
      ...LINES, mode: "text", yaxis: "y2", cliponaxis: false, textfont: { size: 11, color: colours.dim, family: colours.font },
      x: labelled.map((edge) => edge.point.x), y: labelled.map((edge) => (edge.side === "below" ? STAND + 12 : frame.height - STAND - 12)),
      text: tickTexts(labelled.map((edge) => edge.point.y as number), drawing.scale), textposition: "middle center",
    },
  ];
}

/** How many points lie outside without a label, for a word in the chart's corner. */
export function unlabelled(drawing: Drawing): { below: number; above: number } {
  if (!drawing.scale || drawing.zoom) return { below: 0, above: 0 };
  const frame = frameOf(drawing);
  const { edges, labelled } = edgesOf(drawing.points, drawing.scale, (x) => leftOf(frame, x));
  const n = (side: Edge["side"]): number => edges.filter((edge) => edge.side === side && !labelled.includes(edge)).length;
  return { below: n("below"), above: n("above") };
}

/** Numbers on the vertical axis, with the decimals that the distance of its grid lines needs. */
export function tickTexts(numbers: readonly number[], scale: Pick<Scale, "ticks" | "log"> | null): string[] {
  const [first = 0, second = first + 1] = scale?.ticks ?? [];
  const gap = Math.abs(second - first);
  return numbers.map((tick) => {
    if (Math.abs(tick) >= 1e4) return short(tick);
    if (scale?.log) return tick > 0 && tick < 1e-4 ? tick.toExponential(0).replace("-", "−") : String(Number(tick.toPrecision(2)));
    const decimals = Math.min(10, Math.max(0, (gap.toPrecision(6).replace(/0+$/, "").split(".")[1] ?? "").length));
    return (gap < 1e-6 && gap > 0 ? tick.toExponential(2) : tick.toFixed(decimals)).replace(/-/g, "−").replace(/^−(0(\.0*)?)$/, "$1");
  });
}

export function layoutOf(drawing: Drawing, colours: Colours, verticalTicks: readonly number[]): Record<string, unknown> {
  const frame = frameOf(drawing), { across, scale } = drawing;
  const font = { size: 11, color: colours.dim, family: colours.font };
  const axis = { zeroline: false, showline: false, ticks: "", tickfont: font, automargin: false, autorange: false, tickmode: "array" };
  return {
    width: drawing.width, height: drawing.height, margin: { ...MARGIN, pad: 0 },
    paper_bgcolor: colours.bg, plot_bgcolor: colours.bg, font, showlegend: false, dragmode: scale ? "zoom" : false,
    hovermode: "closest", hoverdistance: 14, clickmode: "event", separators: ".,", uirevision: null, autosize: false,
    xaxis: {
      ...axis, range: [...frame.x], showgrid: false, showline: true, linecolor: colours.control, linewidth: 1, layer: "below traces",
      tickvals: across.ticks.map((tick) => tick.at), ticktext: across.ticks.map((tick) => tick.text),
      title: { text: across.title, font, standoff: 6 },
    },
    yaxis: {
      ...axis, type: frame.log ? "log" : "linear", range: frame.log ? frame.y.map(Math.log10) : [...frame.y], fixedrange: !scale,
      showgrid: true, gridcolor: colours.line, gridwidth: 1, tickvals: scale ? verticalTicks : [], ticktext: scale ? tickTexts(verticalTicks, { ticks: verticalTicks, log: frame.log }) : [],
      ticklabelstandoff: 6,
    },
    yaxis2: { overlaying: "y", range: [0, frame.height], fixedrange: true, visible: false, autorange: false },
  };
}

export const CONFIG = {
  displayModeBar: false, doubleClick: false, scrollZoom: false, responsive: false, showTips: false, displaylogo: false,
  showAxisDragHandles: false, showAxisRangeEntryBoxes: false,
} as const;
