/** States for the tests of chart and panel: a model from rows, an app state from a model, and an ear for actions. */

import { facts, row, status } from "../dev/recordings";
import type { Action, AppState } from "../src/state";
import type { Model } from "../src/model";
import type { Facts, Importance, Row, Status } from "../src/types";
import { setupRow } from "../src/setup";
import { START } from "../src/ui";

export { facts, row, status };

export const T0 = 1_780_000_000;

/** An ended iteration with a score; its metrics hold `accuracy`, 0.02 less, and `log_loss`. */
export function done(i: number, score: number, change: Partial<Row> = {}): Row {
  return row(i, {
    state: "completed", score, spread: 0.001, folds: [score - 0.001, score, score + 0.001], n_folds: 3,
    metrics: { AUC_weighted: score, accuracy: score - 0.02, log_loss: 1 - score }, params: { max_depth: 7, learning_rate: 0.0842 }, changed: ["learning_rate"],
    started_at: T0 + 10 * i, ended_at: T0 + 10 * i + 8, refit_s: 1.5, pid: 4711, ...change,
  });
}

export const failed = (i: number, change: Partial<Row> = {}): Row =>
  row(i, { state: "failed", reason: "Input X contains infinity.", error: "Traceback (most recent call last):\n  fit()\nValueError: Input X contains infinity.", started_at: T0 + 10 * i, ended_at: T0 + 10 * i + 3, ...change });

export const running = (i: number, folds: number[] = [], change: Partial<Row> = {}): Row =>
  row(i, { state: "running", folds, n_folds: 5, started_at: T0 + 10 * i, ...change });

export function model(rows: readonly Row[], change: { status?: Partial<Status>; facts?: Partial<Facts>; importance?: Importance[] } = {}): Model {
  const now = status({ best: null, ...change.status });
  return {
    run: "AutoML_1", seq: 1, heard: 1, gap: false, facts: facts(change.facts), status: now, setup: setupRow(null, now),
    rows: new Map(rows.map((one) => [one.i, one])), guardrails: [], importance: new Map((change.importance ?? []).map((one) => [one.i, one])),
  };
}

export function state(rows: readonly Row[], change: Partial<AppState> = {}, more: Parameters<typeof model>[1] = {}): AppState {
  return { ...START, model: model(rows, more), metric: "AUC_weighted", selected: rows[0]?.i ?? null, now: T0 + 100, theme: "light", ...change };
}

/** What a view has sent. */
export function ear(): { send: (action: Action) => void; actions: Action[]; of<K extends Action["kind"]>(kind: K): Extract<Action, { kind: K }>[] } {
  const actions: Action[] = [];
  return {
    actions, send: (action) => { actions.push(action); },
    of: (kind) => actions.filter((one): one is Extract<Action, { kind: typeof kind }> => one.kind === kind),
  };
}

export const importance = (change: Partial<Importance> = {}): Importance => ({
  i: 0, state: "completed", reason: null, features: ["a", "b", "c"], overall: [0.5, 0.3, 0.2], classes: ["no", "yes"], per_class: [[0.1, 0.4, 0.2], [0.8, 0.2, 0.1]],
  rest: 0.25, n_features: 5, method: "tree contributions", unit: "log-odds", n_rows: 500, n_background: 100, seconds: 2.1, ...change,
});

export const key = (name: string, more: KeyboardEventInit = {}): KeyboardEvent => new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, composed: true, ...more });

export const find = <E extends HTMLElement = HTMLElement>(root: ParentNode, selector: string): E => {
  const found = root.querySelector<E>(selector);
  if (!found) throw new Error(`nothing matches ${selector}`);
  return found;
};

/** Lets promises settle. */
export const settled = async (): Promise<void> => { for (let turn = 0; turn < 8; turn += 1) await Promise.resolve(); };
