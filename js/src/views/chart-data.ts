/** What the metric chart shows, as values: points, best so far, range, ticks, edges. No DOM, no plotly, no colour. */

import { count, plural } from "../format";
import { bestRow, goalOf, hasEnded, isBetter, isFailed, isQueued, isRunning, meanSoFar, metricInfo, primaryMetric, scoreOf, type Model } from "../model";
import { bestSoFar, counts, positionOf, type Step } from "../progress";
import type { Axis } from "../state";
import type { Goal, Row } from "../types";

/** One iteration in the chart: `none` ended without a score, `running` stands at the mean of its folds so far. */
export interface Point { i: number; x: number; y: number | null; spread: number | null; kind: "scored" | "running" | "none" }
export type Span = readonly [number, number];

/** The iterations that have a place in the chart, from left to right. */
export function pointsOf(model: Model, metric: string, axis: Axis, now: number): readonly Point[] {
  const points: Point[] = [];
  for (const row of model.rows.values()) {
    const point = isQueued(row) ? null : isRunning(row) ? runningPoint(model, row, metric, axis, now) : endedPoint(model, row, metric, axis);
    if (point) points.push(point);
  }
  return points.sort((a, b) => a.x - b.x || a.i - b.i);
}

function runningPoint(model: Model, row: Row, metric: string, axis: Axis, now: number): Point | null {
  const y = metric === primaryMetric(model) ? meanSoFar(row) : null, start = model.status?.started_at ?? null;
  const x = axis === "iteration" ? row.i : start === null ? null : now - start;
  return x === null || y === null ? null : { i: row.i, x, y, spread: null, kind: "running" };
}

function endedPoint(model: Model, row: Row, metric: string, axis: Axis): Point | null {
  const y = scoreOf(model, row, metric), x = positionOf(model, row, axis);
  if (x === null) return null;
  if (y !== null) return { i: row.i, x, y, spread: metric === primaryMetric(model) ? row.spread : null, kind: "scored" };
  const hasTried = isFailed(row) || row.started_at !== null;
  return hasTried ? { i: row.i, x, y, spread: null, kind: "none" } : null;
}

/** The point filled in accent: the run's best in its primary metric, the highest or lowest in any other. */
export function bestPoint(model: Model, metric: string, points: readonly Point[]): Point | null {
  const named = metric === primaryMetric(model) ? bestRow(model)?.i : undefined;
  const goal = goalOf(model, metric);
  let best: Point | null = null;
  for (const point of points) {
    if (point.kind !== "scored" || point.y === null) continue;
    if (point.i === named) return point;
    if (best?.y == null || isBetter(point.y, best.y, goal)) best = point;
  }
  return best;
}

// The vertical range

/** `ticks` are grid lines in data units; five of them on a linear axis. */
export interface Scale { low: number; high: number; ticks: readonly number[]; log: boolean }
export interface ScaleOptions { goal: Goal; bounds: Span | null; log: boolean; all: boolean }

function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1), below = Math.floor(at);
  const low = sorted[below] as number, high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (at - below);
}

/** The scores that the range must hold: all, or those that are not outliers on the bad side (beyond 1.5 quartile ranges). */
function inRange(values: readonly number[], { goal, all }: ScaleOptions): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const q1 = quantile(sorted, 0.25), q3 = quantile(sorted, 0.75), reach = 1.5 * (q3 - q1);
  if (all || sorted.length < 4) return sorted;
  return goal === "max" ? sorted.filter((value) => value >= q1 - reach) : sorted.filter((value) => value <= q3 + reach);
}

/** The vertical range for these points; null if there is no score to draw. */
export function scaleOf(points: readonly Point[], options: ScaleOptions): Scale | null {
  const drawable = points.filter((point) => point.y !== null && (!options.log || point.y > 0));
  if (!drawable.length) return null;
  const to = options.log ? Math.log10 : (value: number): number => value;
  const kept = inRange(drawable.map((point) => to(point.y as number)), options);
  const low = kept[0] as number, high = kept[kept.length - 1] as number;
  if (options.log) return logScale(low, high);
  const whiskers = drawable.filter((point) => (point.y as number) >= low && (point.y as number) <= high && point.spread !== null);
  const ends = whiskers.flatMap((point) => [(point.y as number) - (point.spread as number), (point.y as number) + (point.spread as number)]);
  return linearScale(ends.reduce((a, b) => Math.min(a, b), low), ends.reduce((a, b) => Math.max(a, b), high), { low, high }, options.bounds);
}

const LADDER = [1, 2, 2.5, 5, 10] as const;
const N_GAPS = 4;

/** Rounds away what binary fractions leave behind. */
const clean = (value: number): number => Number(value.toPrecision(12));

/** Five grid lines with round numbers around the scores and, where there is room, their whiskers; a bound is never crossed. */
function linearScale(low: number, high: number, scores: { low: number; high: number }, bounds: Span | null): Scale {
  let [bottom, top] = [low, high];
  if (scores.low === scores.high && high - low <= Math.abs(scores.low) * 1e-9) {
    const margin = Math.abs(scores.low) * 0.05 || 0.05;
    [bottom, top] = [scores.low - margin, scores.high + margin];
  }
  const [least, most] = bounds ? [Math.min(...bounds), Math.max(...bounds)] : [-Infinity, Infinity];
  bottom = Math.max(bottom, least);
  top = Math.min(top, most);
  const power = 10 ** Math.floor(Math.log10((top - bottom) / N_GAPS));
  for (const rung of [...LADDER, ...LADDER.map((one) => one * 10)]) {
    const step = clean(rung * power);
    let first = Math.floor(clean(bottom / step));
    while (clean((first + N_GAPS) * step) > most && clean(first * step) > least) first -= 1;
    if (clean((first + N_GAPS) * step) >= clean(top)) {
      const ticks = Array.from({ length: N_GAPS + 1 }, (_, k) => clean((first + k) * step));
      return { low: ticks[0] as number, high: ticks[N_GAPS] as number, ticks, log: false };
    }
  }
  return { low: bottom, high: top, ticks: [bottom, top], log: false };
}

/** A logarithmic range between round numbers; `low` and `high` are powers of ten. */
function logScale(low: number, high: number): Scale {
  const isWide = high - low > 2;
  const rungs = isWide ? [1] : [1, 2, 5];
  const marks: number[] = [];
  for (let power = Math.floor(low) - 1; power <= Math.ceil(high) + 1; power += 1) for (const rung of rungs) marks.push(clean(rung * 10 ** power));
  const from = Math.max(0, marks.filter((mark) => Math.log10(mark) <= low + 1e-9).length - 1);
  const to = marks.findIndex((mark, at) => at > from && Math.log10(mark) >= high - 1e-9);
  const inside = marks.slice(from, to + 1), every = Math.ceil(inside.length / 8);
  const ticks = inside.filter((_, at) => at % every === 0);
  return { low: inside[0] as number, high: inside[inside.length - 1] as number, ticks, log: true };
}

// The horizontal range

const ROUND_COUNTS = [10, 15, 20, 30, 50, 75];

/** Where the iterations' axis ends: the plan's end once it is near, else the next round number, so that early points have room. */
export function iterationsEnd(seen: number, planned: number): number {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(seen, 1) / 10)));
  const round = [...ROUND_COUNTS, 100].map((one) => one * power).find((one) => one >= seen) ?? seen;
  return planned > seen ? Math.min(planned, planned <= 20 ? planned : round) : Math.max(seen, 1);
}

/** Numbers on the horizontal axis: `text` in the unit that the axis title names. */
export interface HorizontalScale { low: number; high: number; ticks: readonly { at: number; text: string }[]; title: string }

export function horizontalOf(model: Model, points: readonly Point[], axis: Axis, room: number, zoom: Span | null): HorizontalScale {
  const furthest = points.reduce((most, point) => Math.max(most, axis === "time" ? point.x : point.i + 1), 0);
  const planned = model.status?.n_iterations ?? 0;
  const end = axis === "time" ? Math.max(furthest * 1.02, 1) : iterationsEnd(furthest, hasEnded(model) ? Math.max(furthest, Math.min(planned, 20)) : planned);
  const span: Span = zoom ?? (axis === "time" ? [0, end] : [-0.5, end - 0.5]);
  const [unit, title] = axis === "iteration" ? [1, "iteration"] : timeUnit(span[1] - span[0]);
  const ticks = roundTicks(span[0] / unit, span[1] / unit, Math.min(12, Math.max(2, Math.floor(room / roomOf(axis, span)))), axis === "iteration")
    .map((value) => ({ at: value * unit, text: axis === "iteration" ? value.toLocaleString("en-US") : String(value) }));
  return { low: span[0], high: span[1], ticks, title };
}

/** Pixels that a number on the axis needs. */
const roomOf = (axis: Axis, span: Span): number => (axis === "time" ? 56 : 16 + 7 * String(Math.round(span[1])).length);

function timeUnit(seconds: number): [number, string] {
  if (seconds <= 180) return [1, "seconds since the start"];
  return seconds <= 3 * 3600 ? [60, "minutes since the start"] : [3600, "hours since the start"];
}

/** At most `most` round numbers from `low` to `high`. */
export function roundTicks(low: number, high: number, most: number, whole = false): number[] {
  if (!(high > low)) return [low];
  let power = 10 ** Math.floor(Math.log10((high - low) / most));
  if (whole) power = Math.max(1, power);
  const step = LADDER.map((rung) => clean(rung * power)).find((one) => (high - low) / one <= most && (!whole || Number.isInteger(one))) ?? power * 10;
  const first = Math.ceil(clean(low / step)), n = Math.floor(clean(high / step)) - first + 1;
  return Array.from({ length: Math.max(0, n) }, (_, k) => clean((first + k) * step));
}

// What lies outside, and how much is drawn

export interface Edge { point: Point; side: "below" | "above" }

const MAX_LABELS = 6;

/** The points that a range does not hold, and which of them carry their value: the furthest first, none over another. */
export function edgesOf(points: readonly Point[], scale: Scale, pixelOf: (x: number) => number): { edges: readonly Edge[]; labelled: readonly Edge[] } {
  const edges: Edge[] = [];
  for (const point of points) {
    if (point.y === null) continue;
    if (point.y < scale.low) edges.push({ point, side: "below" });
    else if (point.y > scale.high) edges.push({ point, side: "above" });
  }
  const distance = ({ point, side }: Edge): number => (side === "below" ? scale.low - (point.y as number) : (point.y as number) - scale.high);
  const labelled: Edge[] = [];
  for (const edge of [...edges].sort((a, b) => distance(b) - distance(a))) {
    const at = pixelOf(edge.point.x);
    if (labelled.length < MAX_LABELS && labelled.every((other) => Math.abs(pixelOf(other.point.x) - at) > 40)) labelled.push(edge);
  }
  return { edges, labelled };
}

const MAX_DRAWN = 2_500;

/** At most 2,500 points: one for each 3 x 3 pixels, those of `kept` always, then evenly. */
export function thinned(points: readonly Point[], cellOf: (point: Point) => string, kept: ReadonlySet<number>): readonly Point[] {
  if (points.length <= MAX_DRAWN) return points;
  const cells = new Set<string>();
  const apart = points.filter((point) => {
    const cell = cellOf(point), isFirst = !cells.has(cell);
    cells.add(cell);
    return isFirst || kept.has(point.i);
  });
  const every = Math.ceil(apart.length / MAX_DRAWN);
  return every === 1 ? apart : apart.filter((point, at) => at % every === 0 || kept.has(point.i));
}

// In words

/** The chart in one sentence, for those who cannot see it. */
export function sentence(model: Model, metric: string, points: readonly Point[], write: (score: number) => string): string {
  const scored = points.filter((point) => point.kind === "scored");
  if (!scored.length) return nothingYet(model, metric);
  const steps: readonly Step[] = bestSoFar(model, metric, "iteration");
  const first = steps[0], last = steps[steps.length - 1];
  const way = goalOf(model, metric) === "max" ? "rises" : "falls";
  const best = !last || !first ? "" : first === last ? `; the best is ${write(last.y)}` : `; best so far ${way} from ${write(first.y)} to ${write(last.y)}`;
  return `${metric} of ${plural(scored.length, "iteration")}${best}`;
}

/** Why nothing is drawn. */
export function nothingYet(model: Model, metric: string): string {
  const n = counts(model);
  if (n.completed > 0) return `No iteration has a value of ${metric}.`;
  if (!hasEnded(model)) return n.ended === 0 ? "The first point appears when the first iteration ends." : "No score to draw yet.";
  const cancelled = [...model.rows.values()].filter((row) => row.state === "canceled" && row.started_at !== null).length;
  const off = n.canceled - cancelled + n.queued;
  const parts = [n.failed && `${plural(n.failed, "iteration")} failed`, cancelled && `${count(cancelled)} cancelled`, off && `${count(off)} ${off === 1 ? "was" : "were"} not started`];
  return `No score to draw. ${parts.filter(Boolean).join(", ")}.`.replace(" .", "");
}

/** Every scalar metric of the run, without regard to case. */
export function metricNames(model: Model): readonly string[] {
  const names = new Set((model.facts?.metrics ?? []).map((one) => one.name));
  if (primaryMetric(model)) names.add(primaryMetric(model));
  for (const row of model.rows.values()) for (const name of Object.keys(row.metrics)) names.add(name);
  return [...names].sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), "en") || (a < b ? -1 : 1));
}

/** A logarithmic axis is for losses: for what is to be as high as possible it is left out. */
export function scaleOptions(model: Model, metric: string, log: boolean, all: boolean): ScaleOptions {
  const { goal, bounds } = metricInfo(model, metric);
  return { goal, bounds, log: log && goal === "min", all };
}
