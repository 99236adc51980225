/** The rows in order: default order, ranks, sort by any column, filter. Pure, and computed once for each model. */

import type { Sort, StateFilter } from "./state";
import { durationOf } from "./progress";
import { goalOf, isFailed, isQueued, isRunning, matches, memo, primaryMetric, type Model } from "./model";
import type { Row, Scalar } from "./types";

/** 0 running, 1 scored, 2 without score, 3 queued. */
const groupOf = (row: Row): number => (isRunning(row) ? 0 : isQueued(row) ? 3 : row.score !== null ? 1 : 2);

/** Running on top, then by score in the metric's direction, then without score, then queued; ties by number. */
export const ordered = memo((model: Model): readonly Row[] => {
  const sign = goalOf(model, primaryMetric(model)) === "max" ? -1 : 1;
  const groups: [Row[], Row[], Row[], Row[]] = [[], [], [], []];
  for (const row of model.rows.values()) (groups[groupOf(row)] as Row[]).push(row);
  const byNumber = (a: Row, b: Row): number => a.i - b.i;
  const byScore = (a: Row, b: Row): number => sign * ((a.score ?? 0) - (b.score ?? 0)) || a.i - b.i;
  return [...groups[0].sort(byNumber), ...groups[1].sort(byScore), ...groups[2].sort(byNumber), ...groups[3].sort(byNumber)];
});

/** Rank by score from 1; equal scores share it (1, 2, 2, 4). Rows without a score have none. */
export const ranks = memo((model: Model): ReadonlyMap<number, number> => {
  const result = new Map<number, number>();
  let place = 0, rank = 0, last: number | null = null;
  for (const row of ordered(model)) {
    if (groupOf(row) !== 1) continue;
    place += 1;
    if (row.score !== last) rank = place;
    last = row.score;
    result.set(row.i, rank);
  }
  return result;
});

const IN_STATE: Record<StateFilter, (row: Row) => boolean> = {
  all: () => true,
  completed: (row) => row.state === "completed",
  running: isRunning,
  queued: isQueued,
  failed: isFailed,
  canceled: (row) => row.state === "canceled",
};

type Key = number | string | null;

/** What a column sorts by; the keys are those of views/columns. */
export function sortKey(model: Model, key: string, then: ReadonlyMap<number, number>): (row: Row) => Key {
  if (key.startsWith("metric:")) { const metric = key.slice(7); return (row) => row.metrics[metric] ?? null; }
  if (key.startsWith("param:")) { const parameter = key.slice(6); return (row) => comparable(row.params[parameter]); }
  const place = ranks(model);
  const keys: Record<string, (row: Row) => Key> = {
    rank: (row) => place.get(row.i) ?? null,
    iteration: (row) => row.i,
    pipeline: (row) => `${row.alg}\u0000${row.pre}`.toLowerCase() || null,
    score: (row) => row.score,
    interval: (row) => row.spread,
    best: (row) => then.get(row.i) ?? null,
    state: (row) => row.state,
    duration: (row) => durationOf(row, model.status?.now ?? 0),
    refit: (row) => row.refit_s,
    memory: (row) => row.memory_mb,
  };
  return keys[key] ?? ((row) => row.i);
}

function comparable(value: Row["params"][string] | undefined): Key {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "object" ? JSON.stringify(value) : (value as Exclude<Scalar, boolean | null>);
}

/** Numbers before words, missing ones last whatever the direction. */
function compare(a: Key, b: Key, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === typeof b) return a < b ? -sign : a > b ? sign : 0;
  return typeof a === "number" ? -sign : sign;
}

/** Whether text, state or algorithm leave something out. */
export const isNarrowed = (view: { filter: string; stateFilter: StateFilter; algorithm: string }): boolean =>
  view.stateFilter !== "all" || view.algorithm !== "" || view.filter.trim() !== "";

/** The algorithms of a run, in the order of their names. */
export const algorithms = memo((rows: Model["rows"]): readonly string[] =>
  [...new Set([...rows.values()].map((row) => row.alg))].filter(Boolean).sort((a, b) => a.localeCompare(b, "en")));

/** The rows that the table shows: filtered, and in the order of the header that was clicked. */
export function shown(
  model: Model, view: { filter: string; stateFilter: StateFilter; algorithm: string; sort: Sort }, then: ReadonlyMap<number, number>,
): readonly Row[] {
  const all = ordered(model);
  const isIn = IN_STATE[view.stateFilter];
  const { algorithm } = view;
  const rows = isNarrowed(view) ? all.filter((row) => isIn(row) && (!algorithm || row.alg === algorithm) && matches(row, view.filter)) : all;
  if (!view.sort) return rows;
  const key = sortKey(model, view.sort.key, then);
  const sign = view.sort.descending ? -1 : 1;
  return rows.map((row) => ({ row, key: key(row) })).sort((a, b) => compare(a.key, b.key, sign) || a.row.i - b.row.i).map((pair) => pair.row);
}

/** The same under the set-up, which stands first whatever the order, where the filter leaves it. */
export function listed(model: Model, view: Parameters<typeof shown>[1], then: ReadonlyMap<number, number>): readonly Row[] {
  const rows = shown(model, view, then), { setup } = model;
  const isIn = setup !== null && IN_STATE[view.stateFilter](setup) && view.algorithm === "" && matches(setup, view.filter);
  return isIn ? below(rows)(setup) : rows;
}

/** One list for the same rows: the table does nothing anew for it. */
const below = memo((rows: readonly Row[]) => memo((setup: Row): readonly Row[] => [setup, ...rows]));

const SAMPLE = 400;

/** Names of the hyper-parameters that tell the first rows apart: most distinct values in most rows first. */
export const differing = memo((rows: Model["rows"]): readonly string[] => {
  const values = new Map<string, { distinct: Set<string>; rows: number }>();
  let seen = 0;
  for (const row of rows.values()) {
    if ((seen += 1) > SAMPLE) break;
    for (const [key, value] of Object.entries(row.params)) {
      const one = values.get(key) ?? { distinct: new Set<string>(), rows: 0 };
      one.rows += 1;
      one.distinct.add(typeof value === "object" ? JSON.stringify(value) : String(value));
      values.set(key, one);
    }
  }
  const spread = ({ distinct, rows: n }: { distinct: Set<string>; rows: number }): number => distinct.size * n;
  return [...values].filter(([, one]) => one.distinct.size > 1)
    .sort((a, b) => spread(b[1]) - spread(a[1]) || (a[0] < b[0] ? -1 : 1)).map(([key]) => key);
});
