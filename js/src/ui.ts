/** How an action changes what the page shows. Pure; what reaches out of the page (commands, clipboard, logs) is done by the app. */

import { NO_LOGS } from "./logbook";
import { EMPTY, isEnded, primaryMetric, secondsAsked, type Model } from "./model";
import { rowAt, SETUP } from "./setup";
import type { Action, AppState, Tab } from "./state";

export const START: AppState = {
  model: EMPTY, selected: null, hovered: null, metric: "", xAxis: "iteration", logScale: false, tab: "overview",
  filter: "", stateFilter: "all", algorithm: "", ticked: [], isComparing: false, sort: null, columns: {},
  connection: { kind: "live" }, logs: NO_LOGS, reading: new Map(), pending: new Map(), now: 0, theme: "",
};

/** The state after an action; the same state if it changes nothing that is shown. */
export function act(state: AppState, action: Action): AppState {
  switch (action.kind) {
    case "select": return select(state, action.iteration, action.tab);
    case "close": return put(state, state.isComparing ? { isComparing: false } : { selected: null });
    case "hover": return put(state, { hovered: action.iteration });
    case "metric": return put(state, { metric: action.name });
    case "axis": return put(state, { xAxis: action.axis });
    case "logScale": return put(state, { logScale: action.on });
    case "tab": return put(state, { tab: action.tab });
    case "filter": return put(state, { filter: action.text });
    case "stateFilter": return put(state, { stateFilter: action.state });
    case "algorithm": return put(state, { algorithm: action.name });
    case "tick": return tick(state, action.iteration);
    case "compare": return compare(state, action.iterations);
    case "sort": return put(state, { sort: action.sort });
    case "column": return put(state, { columns: { ...state.columns, [action.key]: action.shown } });
    case "layout": return action.change === "reset" ? put(state, { columns: {}, sort: null }) : state;
    default: return state;
  }
}

function put(state: AppState, change: Partial<AppState>): AppState {
  const keys = Object.keys(change) as (keyof AppState)[];
  return keys.every((key) => Object.is(state[key], change[key])) ? state : { ...state, ...change };
}

const select = (state: AppState, iteration: number, tab = state.tab): AppState =>
  rowAt(state.model, iteration) ? put(state, { selected: iteration, tab, isComparing: false }) : state;

/** The tab that is open; of the set-up there is the log alone. */
export const openTab = ({ selected, tab }: AppState): Tab => (selected === SETUP ? "log" : tab);

/** So many iterations stand beside each other at most. */
export const MOST_COMPARED = 5;

/** From the second tick on the panel compares; a sixth is not taken. */
function tick(state: AppState, iteration: number): AppState {
  const { ticked, model } = state;
  if (ticked.includes(iteration)) {
    const left = ticked.filter((one) => one !== iteration);
    return put(state, { ticked: left, isComparing: state.isComparing && left.length > 1 });
  }
  if (ticked.length >= MOST_COMPARED || !model.rows.has(iteration)) return state;
  return put(state, { ticked: [...ticked, iteration], isComparing: ticked.length > 0 });
}

function compare(state: AppState, iterations: readonly number[]): AppState {
  const known = [...new Set(iterations)].filter((one) => state.model.rows.has(one)).slice(0, MOST_COMPARED);
  return put(state, { ticked: known, isComparing: known.length > 1 });
}

/** A new model in the state: the metric starts as the primary one, and a command that has taken effect is no longer on its way. */
export function withModel(state: AppState, model: Model): AppState {
  if (model === state.model) return state;
  const metric = state.metric || primaryMetric(model);
  const pending = new Map([...state.pending].filter(([key]) => !hasTakenEffect(key, model, state.model)));
  return { ...state, model, metric, pending: pending.size === state.pending.size ? state.pending : pending };
}

const ENDING = new Set(["stopping", "finalizing", "completed", "failed", "canceled", "interrupted"]);

/** Whether the model shows what the command of this key was sent for, or it can no longer come; some show only against what was `before`. */
export function hasTakenEffect(key: string, model: Model, before: Model = model): boolean {
  const [kind, iteration] = key.split(":");
  const state = model.status?.state ?? "preparing", row = model.rows.get(Number(iteration));
  if (kind === "resume") return state !== "paused" && state !== "interrupted";
  if (ENDING.has(state) && kind !== "explain") return true;
  if (kind === "pause") return state === "paused";
  if (kind === "cancel_iteration") return row !== undefined && row.state !== "running" && row.state !== "queued";
  if (kind === "retry") return row !== undefined && !isEnded(row);
  if (kind === "more" || kind === "like") return limits(model) !== limits(before) || model.rows.size > before.rows.size;
  if (kind === "explain") return model.importance.has(Number(iteration));
  return false;
}

const limits = (model: Model): string => `${model.status?.n_iterations} ${secondsAsked(model)}`;
