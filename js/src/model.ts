/** The page's replica of a run: patches in, model out, and what one reads from it. No DOM, no clock, no host. */

import { pipeline } from "./format";
import { isSetup, setupRow } from "./setup";
import type { Facts, Goal, Guardrail, Importance, MetricInfo, Patch, Row, RunState, Status, TrialState } from "./types";

export interface Model {
  readonly run: string;
  /** Everything up to this number is known. */
  readonly seq: number;
  /** The highest number heard of. */
  readonly heard: number;
  /** Something between was lost: the caller says hello. */
  readonly gap: boolean;
  readonly facts: Facts | null;
  readonly status: Status | null;
  /** The script that brings the data; null where they were given. It is none of the rows. */
  readonly setup: Row | null;
  readonly rows: ReadonlyMap<number, Row>;
  readonly guardrails: readonly Guardrail[];
  readonly importance: ReadonlyMap<number, Importance>;
}

export const EMPTY: Model = {
  run: "", seq: 0, heard: 0, gap: false, facts: null, status: null, setup: null,
  rows: new Map(), guardrails: [], importance: new Map(),
};

/**
 * The model with a patch in it. Duplicates and patches of another run change nothing, late ones neither;
 * one that starts after what is known is not applied but noted as a gap.
 */
export function apply(model: Model, patch: Patch): Model {
  if (patch.v !== 1 || (model.run !== "" && patch.run !== model.run)) return model;
  if (patch.seq < model.seq) return model;
  if (patch.seq === model.seq && model.run !== "") return refreshed(model, patch);
  if (patch.after > model.seq) {
    return patch.seq <= model.heard && model.gap ? model : { ...model, heard: Math.max(model.heard, patch.seq), gap: true };
  }
  const heard = Math.max(model.heard, patch.seq);
  return {
    run: patch.run, seq: patch.seq, heard, gap: heard > patch.seq,
    facts: patch.facts ?? model.facts,
    status: patch.status ?? model.status,
    setup: patch.status ? setupRow(model.setup, patch.status) : model.setup,
    rows: merged(model.rows, patch.rows),
    guardrails: patch.guardrails ?? model.guardrails,
    importance: merged(model.importance, patch.importance),
  };
}

/** Nothing new is stored, but the state may have been derived anew: a run is interrupted without a write. */
function refreshed(model: Model, patch: Patch): Model {
  const isNewer = patch.status !== undefined && patch.status.now > (model.status?.now ?? -Infinity);
  return isNewer && patch.status ? { ...model, status: patch.status, setup: setupRow(model.setup, patch.status) } : model;
}

function merged<T extends { i: number }>(known: ReadonlyMap<number, T>, news: readonly T[] | undefined): ReadonlyMap<number, T> {
  if (!news?.length) return known;
  const result = new Map(known);
  for (const record of news) result.set(record.i, record);
  return result;
}

// States

const RUN_ENDED: ReadonlySet<RunState> = new Set(["completed", "failed", "canceled", "interrupted"]);
const TRIAL_FAILED: ReadonlySet<TrialState> = new Set(["failed", "timeout", "crashed", "oom", "lost"]);

export const hasEnded = (model: Model): boolean => model.status !== null && RUN_ENDED.has(model.status.state);
export const isRunning = (row: Row): boolean => row.state === "running" || row.state === "canceling";
export const isQueued = (row: Row): boolean => row.state === "queued";
/** It ended without a score for which it is itself to blame: also timed out, crashed, out of memory, lost. */
export const isFailed = (row: Row): boolean => TRIAL_FAILED.has(row.state);
export const isEnded = (row: Row): boolean => !isRunning(row) && !isQueued(row);

/** The run's time limit in seconds, as it is now: it may have been moved since the start. */
export const secondsAsked = (model: Model): number | null => model.status?.seconds_asked ?? model.facts?.seconds_asked ?? null;

// Scores

/** A value computed once for each value of `key`. */
export function memo<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    if (known.has(key)) return known.get(key) as V;
    const value = compute(key);
    known.set(key, value);
    return value;
  };
}

export function metricInfo(model: Model, metric: string): MetricInfo {
  return model.facts?.metrics.find((one) => one.name === metric) ?? { name: metric, goal: "max", bounds: null };
}
export const primaryMetric = (model: Model): string => model.facts?.primary_metric ?? "";
export const goalOf = (model: Model, metric: string): Goal => metricInfo(model, metric).goal;
/** For format.score: whether both ends of the metric are known. */
export const styleOf = (model: Model, metric: string): { bounded: boolean } => ({ bounded: metricInfo(model, metric).bounds !== null });
export const isBetter = (a: number, b: number, goal: Goal): boolean => (goal === "max" ? a > b : a < b);

/** An ended iteration's value of a metric; null where there is none. */
export function scoreOf(model: Model, row: Row, metric: string): number | null {
  const value = metric === primaryMetric(model) ? (row.score ?? row.metrics[metric]) : row.metrics[metric];
  return value ?? null;
}

/** Mean of the folds that a running iteration has ended, in the primary metric. */
export function meanSoFar(row: Row): number | null {
  const folds = row.folds.filter(Number.isFinite);
  return folds.length ? folds.reduce((sum, fold) => sum + fold, 0) / folds.length : null;
}

/** The best row by the primary metric: the engine's word, or the page's own reckoning while that is not there. */
export function bestRow(model: Model): Row | null {
  const named = model.status?.best === null || model.status?.best === undefined ? undefined : model.rows.get(model.status.best);
  if (named && named.score !== null) return named;
  const goal = goalOf(model, primaryMetric(model));
  let best: Row | null = null;
  for (const row of model.rows.values()) {
    if (row.score !== null && (best?.score == null || isBetter(row.score, best.score, goal))) best = row;
  }
  return best;
}

const HAYSTACK = memo((row: Row): string => {
  const parameters = Object.entries(row.params).map(([key, value]) => `${key}=${typeof value === "object" ? JSON.stringify(value) : String(value)}`);
  return `${isSetup(row) ? "setup" : row.i} ${pipeline(row)} ${row.state} ${row.reason ?? ""} ${parameters.join(" ")}`.toLowerCase();
});

/** All words are found in pipeline, algorithm, state, reason or hyper-parameters (`max_depth=7`). */
export function matches(row: Row, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => HAYSTACK(row).includes(word));
}
