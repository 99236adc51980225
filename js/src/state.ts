/** What only the page knows (selection, tab, filter, what was sent), and the words in which a view speaks to the app. */

import type { LogBook } from "./logbook";
import type { Model } from "./model";
import type { Command, Connection } from "./types";

/** A part of the screen: a function `(send, host) => View`. `update` is cheap when nothing it shows has changed. */
export type View<S> = { node: HTMLElement; update(state: S): void; dispose(): void };

export type Tab = "overview" | "log" | "charts" | "importance" | "code";
/** The chart's horizontal axis; `parameters` are parallel coordinates instead of one. */
export type Axis = "iteration" | "time" | "parameters";
/** Groups of states that the table can be narrowed to. */
export type StateFilter = "all" | "completed" | "running" | "queued" | "failed" | "canceled";
/** `key` is a column of views/columns, e.g. `score`, `duration`, `metric:accuracy`, `param:max_depth`; null is the default order. */
export type Sort = { key: string; descending: boolean } | null;

/** A command on its way: `sent` (no answer yet), `taken` by the engine, `queued` until it can be taken. It ends when the model shows its effect. */
export type Pending = "sent" | "taken" | "queued";
/** What is going on with reading a log: `problem` is a sentence for people. */
export interface Reading { asking: boolean; problem: string | null }

export interface AppState {
  readonly model: Model;
  /** The iteration that the panel shows; null when it is closed. */
  readonly selected: number | null;
  /** The iteration under the pointer, in chart or table. */
  readonly hovered: number | null;
  readonly metric: string;
  readonly xAxis: Axis;
  /** Logarithmic vertical axis of the chart. */
  readonly logScale: boolean;
  readonly tab: Tab;
  readonly filter: string;
  readonly stateFilter: StateFilter;
  /** The one algorithm that the table is narrowed to; empty for all. */
  readonly algorithm: string;
  /** The iterations ticked for comparison, in the order of ticking; the panel compares them while `isComparing`. */
  readonly ticked: readonly number[];
  readonly isComparing: boolean;
  readonly sort: Sort;
  /** Column keys that the user has switched on or off; the table's width decides on the others. */
  readonly columns: Readonly<Record<string, boolean>>;
  readonly connection: Connection;
  readonly logs: LogBook;
  readonly reading: ReadonlyMap<number, Reading>;
  /** By `commandKey`. */
  readonly pending: ReadonlyMap<string, Pending>;
  /** The engine's clock as the page guesses it, seconds since the epoch; changes once a second while the run lives. */
  readonly now: number;
  /** Changes when the host's colours change: computed colours must be read again. */
  readonly theme: string;
}

export type Action =
  /** Shows an iteration in the panel; `focus` moves the focus to the panel's tabs. */
  | { kind: "select"; iteration: number; tab?: Tab; focus?: boolean }
  | { kind: "close" }
  | { kind: "hover"; iteration: number | null }
  | { kind: "metric"; name: string }
  | { kind: "axis"; axis: Axis }
  | { kind: "logScale"; on: boolean }
  | { kind: "tab"; tab: Tab }
  | { kind: "filter"; text: string }
  | { kind: "stateFilter"; state: StateFilter }
  | { kind: "algorithm"; name: string }
  /** Ticks an iteration for comparison or takes the tick away. */
  | { kind: "tick"; iteration: number }
  /** Shows these iterations beside each other in the panel; without any, ends that. */
  | { kind: "compare"; iterations: readonly number[] }
  | { kind: "sort"; sort: Sort }
  | { kind: "column"; key: string; shown: boolean }
  | { kind: "command"; command: Command }
  /** Asks for what is missing of a log. */
  | { kind: "readLog"; iteration: number }
  /** Copies text; the live region says `<what> copied`. */
  | { kind: "copy"; text: string; what: string }
  /** A sentence for the live region only. */
  | { kind: "say"; text: string }
  /** A sentence to see, for some seconds, and to hear. */
  | { kind: "notice"; text: string }
  | { kind: "layout"; change: "full-width" | "reset" };

export type Send = (action: Action) => void;

/** One command is on its way at most once: `cancel`, `explain:11`, `block:KNN`. */
export function commandKey(command: Command): string {
  if ("iteration" in command) return `${command.kind}:${command.iteration}`;
  return "algorithm" in command ? `${command.kind}:${command.algorithm}` : command.kind;
}

/** Why a command cannot be sent now, for a tool-tip; null if it can. */
export function blocked(connection: Connection): string | null {
  if (connection.kind === "disconnected") return connection.who === "server" ? "The server does not answer" : "The kernel does not answer: reconnect or restart it first";
  if (connection.kind === "snapshot") return "This is a saved picture: no kernel is connected";
  return null;
}
