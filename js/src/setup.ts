/** The script that brings a run's data, as a row: it has a state and a log, and is no iteration. Pure. */

import type { Model } from "./model";
import type { Row, Status } from "./types";

/** In the place of an iteration's number. */
export const SETUP = -1;

export const isSetup = (row: Pick<Row, "i">): boolean => row.i === SETUP;

/** What a row is called in a sentence. */
export const labelOf = (row: Pick<Row, "i">): string => (isSetup(row) ? "Setup" : `Iteration ${row.i}`);

/** The row of that number: an iteration, or the set-up. */
export function rowAt(model: Model, i: number | null): Row | undefined {
  if (i === null) return undefined;
  return i === SETUP ? (model.setup ?? undefined) : model.rows.get(i);
}

/** Where its log lies in the run's folder. */
export const logPath = (i: number): string => (i === SETUP ? "setup_log.txt" : `iterations/${i}/log.txt`);

const BLANK: Row = {
  i: SETUP, state: "queued", attempt: 0, pre: "", alg: "", origin: "portfolio", stage: null, score: null, spread: null, folds: [], n_folds: 0,
  metrics: {}, params: {}, changed: [], members: [], reason: null, error: null, started_at: null, ended_at: null, fit_s: null, refit_s: null,
  predict_ms: null, memory_mb: null, model_mb: null, pid: null, warnings: [],
};

/** The set-up of a status; `known` if that says the same. */
export function setupRow(known: Row | null, status: Status | null): Row | null {
  if (!status?.setup) return null;
  const { script, state, reason, started_at, ended_at } = status.setup, next: Row = { ...BLANK, alg: script, state, reason, started_at, ended_at };
  const isSame = known !== null && (["alg", "state", "reason", "started_at", "ended_at"] as const).every((key) => known[key] === next[key]);
  return isSame ? known : next;
}
