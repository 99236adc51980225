/** How far and how good: best so far, what was best then, counts by state, median duration, time remaining. Pure. */

import { bestRow, goalOf, hasEnded, isBetter, isEnded, isFailed, isQueued, isRunning, memo, primaryMetric, scoreOf, secondsAsked, type Model } from "./model";
import type { Axis } from "./state";
import type { Row } from "./types";

/** Ended rows in the order in which they ended. */
const asEnded = memo((rows: Model["rows"]): readonly Row[] =>
  [...rows.values()].filter(isEnded).sort((a, b) => (a.ended_at ?? Infinity) - (b.ended_at ?? Infinity) || a.i - b.i));

/** For each ended iteration the best score at the moment it ended, its own included. */
export const bestThen = memo((model: Model): ReadonlyMap<number, number> => {
  const goal = goalOf(model, primaryMetric(model));
  const result = new Map<number, number>();
  let best: number | null = null;
  for (const row of asEnded(model.rows)) {
    if (row.score !== null && (best === null || isBetter(row.score, best, goal))) best = row.score;
    if (best !== null) result.set(row.i, best);
  }
  return result;
});

/** One rise of the best-so-far line: from `x` on (iteration number, or seconds since the start) `y` is the best, by iteration `i`. */
export interface Step { x: number; y: number; i: number }

/** Where an ended iteration stands on the horizontal axis; null if its time is not known. */
export function positionOf(model: Model, row: Row, axis: Axis): number | null {
  if (axis !== "time") return row.i;
  const start = model.status?.started_at ?? model.facts?.created_at ?? null;
  return row.ended_at === null || start === null ? null : row.ended_at - start;
}

/** The best-so-far line of any metric, in its direction. */
export function bestSoFar(model: Model, metric: string, axis: Axis): readonly Step[] {
  const goal = goalOf(model, metric);
  const rows = axis === "time" ? asEnded(model.rows) : [...asEnded(model.rows)].sort((a, b) => a.i - b.i);
  const steps: Step[] = [];
  for (const row of rows) {
    const y = scoreOf(model, row, metric), x = positionOf(model, row, axis), last = steps[steps.length - 1];
    if (y === null || x === null || (last && !isBetter(y, last.y, goal))) continue;
    steps.push({ x, y, i: row.i });
  }
  return steps;
}

export interface Counts {
  /** Ended, whatever the outcome. */
  ended: number;
  completed: number;
  failed: number;
  canceled: number;
  running: number;
  /** Waiting: those sent and those only implied by the number of iterations. */
  queued: number;
  total: number;
}

export const counts = memo((model: Model): Counts => {
  const result: Counts = { ended: 0, completed: 0, failed: 0, canceled: 0, running: 0, queued: 0, total: 0 };
  for (const row of model.rows.values()) {
    if (isRunning(row)) result.running += 1;
    else if (isQueued(row)) result.queued += 1;
    else {
      result.ended += 1;
      result[isFailed(row) ? "failed" : row.state === "completed" ? "completed" : "canceled"] += 1;
    }
  }
  result.total = Math.max(model.status?.n_iterations ?? 0, model.rows.size);
  result.queued = Math.max(0, result.total - result.ended - result.running);
  return result;
});

export function median(values: readonly number[]): number | null {
  if (!values.length) return null;
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** How long a row has run or ran, in seconds: between its stamps, or until now. Null if it has not started. */
export function durationOf(row: Row, now: number): number | null {
  if (row.started_at === null) return row.fit_s;
  return Math.max(0, (isRunning(row) ? now : (row.ended_at ?? now)) - row.started_at);
}

/** Median duration of the last ten iterations that ended after having started. */
export const medianDuration = memo((rows: Model["rows"]): number | null => {
  const ran = asEnded(rows).filter((row) => row.started_at !== null && row.ended_at !== null && row.state !== "canceled");
  return median(ran.slice(-10).map((row) => (row.ended_at as number) - (row.started_at as number)));
});

export type Remaining =
  | { kind: "ended"; at: number | null; reason: string | null }
  /** Too little has ended to guess the whole; `seconds` to the first score, or null. */
  | { kind: "first"; seconds: number | null }
  | { kind: "about"; seconds: number }
  /** Nothing is known but the time limit. */
  | { kind: "most"; seconds: number };

/** The smaller of the seconds left and median duration × iterations left ÷ slots. */
export function remaining(model: Model, now: number): Remaining {
  const { status, facts } = model;
  if (status && hasEnded(model)) return { kind: "ended", at: status.ended_at, reason: status.reason };
  const left = secondsLeft(model, now), each = medianDuration(model.rows) ?? projected(model, now), { running, queued } = counts(model);
  if (!bestRow(model) && !counts(model).ended) return { kind: "first", seconds: firstScore(model, now) };
  if (each === null) return left === null ? { kind: "first", seconds: null } : { kind: "most", seconds: left };
  const slots = Math.max(1, status?.n_slots ?? facts?.n_slots ?? 1);
  const started = [...model.rows.values()].filter(isRunning);
  const done = started.reduce((sum, row) => sum + Math.min(each, durationOf(row, now) ?? 0), 0);
  const work = Math.max(0, (each * (queued + running) - done) / slots);
  return { kind: "about", seconds: left === null ? work : Math.min(left, work) };
}

function secondsLeft(model: Model, now: number): number | null {
  const asked = secondsAsked(model), used = secondsUsed(model, now);
  return asked === null || used === null ? null : Math.max(0, asked - used);
}

/** How long an iteration takes, from the pace of the folds of those that run. */
function projected(model: Model, now: number): number | null {
  const whole = [...model.rows.values()].filter((row) => isRunning(row) && row.folds.length > 0)
    .map((row) => ((durationOf(row, now) ?? 0) / row.folds.length) * row.n_folds);
  return median(whole);
}

/** From the pace of the folds of whatever is furthest. */
function firstScore(model: Model, now: number): number | null {
  const guesses: number[] = [];
  for (const row of model.rows.values()) {
    const ran = isRunning(row) ? durationOf(row, now) : null;
    if (ran !== null && row.folds.length > 0) guesses.push(Math.max(1, (ran / row.folds.length) * row.n_folds - ran));
  }
  return guesses.length ? Math.min(...guesses) : null;
}

/** Seconds that engines have worked on the run until now or until its end: gaps between them do not count. */
export function secondsUsed(model: Model, now: number): number | null {
  const { status } = model, start = status?.resumed_at ?? status?.started_at ?? null;
  return start === null ? null : (status?.used_s ?? 0) + Math.max(0, (hasEnded(model) ? (status?.ended_at ?? now) : now) - start);
}
