/** How an action changes what the page shows. Pure; what reaches out of the page (commands, clipboard, logs) is done by the app. */

import { NO_LOGS } from "./logbook";
import { EMPTY, primaryMetric, type Model } from "./model";
import type { Action, AppState } from "./state";

export const START: AppState = {
  model: EMPTY, selected: null, hovered: null, metric: "", xAxis: "iteration", logScale: false, tab: "overview",
  filter: "", stateFilter: "all", sort: null, columns: {},
  connection: { kind: "live" }, logs: NO_LOGS, reading: new Map(), pending: new Map(), now: 0, theme: "",
};

/** The state after an action; the same state if it changes nothing that is shown. */
export function act(state: AppState, action: Action): AppState {
  switch (action.kind) {
    case "select": return select(state, action.iteration, action.tab);
    case "close": return put(state, { selected: null });
    case "hover": return put(state, { hovered: action.iteration });
    case "metric": return put(state, { metric: action.name });
    case "axis": return put(state, { xAxis: action.axis });
    case "logScale": return put(state, { logScale: action.on });
    case "tab": return put(state, { tab: action.tab });
    case "filter": return put(state, { filter: action.text });
    case "stateFilter": return put(state, { stateFilter: action.state });
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
  state.model.rows.has(iteration) ? put(state, { selected: iteration, tab }) : state;

/** A new model in the state: the metric starts as the primary one, and a command that has taken effect is no longer on its way. */
export function withModel(state: AppState, model: Model): AppState {
  if (model === state.model) return state;
  const metric = state.metric || primaryMetric(model);
  const pending = new Map([...state.pending].filter(([key]) => !hasTakenEffect(key, model)));
  return { ...state, model, metric, pending: pending.size === state.pending.size ? state.pending : pending };
}

const ENDING = new Set(["stopping", "finalizing", "completed", "failed", "canceled", "interrupted"]);

/** Whether the model shows what the command of this key was sent for, or it can no longer come. */
export function hasTakenEffect(key: string, model: Model): boolean {
  const [kind, iteration] = key.split(":");
  const state = model.status?.state ?? "preparing", row = model.rows.get(Number(iteration));
  if (ENDING.has(state) && kind !== "explain") return true;
  if (kind === "pause") return state === "paused";
  if (kind === "resume") return state !== "paused";
  if (kind === "cancel_iteration") return row !== undefined && row.state !== "running" && row.state !== "queued";
  if (kind === "explain") return model.importance.has(Number(iteration));
  return false;
}
