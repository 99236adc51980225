/** The shapes of the portal's list, as Python's view/portal/listing writes them. */

import type { MetricInfo, RunState } from "../types";

export interface RunRow {
  run_id: string;
  experiment: string;
  name: string;
  state: RunState;
  reason: string | null;
  task: "classification" | "regression";
  primary_metric: string;
  n_iterations: number;
  n_ended: number;
  best_iteration: number | null;
  best_score: number | null;
  best_recipe: string;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  used_s: number;
  resumed_at: number | null;
  tags: Record<string, string>;
  /** Where its workspace lies on the server, and what that is called. */
  workspace: string;
  workspace_name: string;
}

/** A run as it stands beside others: Python's view/portal/beside writes it. Texts are for people. */
export interface RunColumn extends RunRow {
  metrics: MetricInfo[];
  /** Of the best iteration. */
  scores: Record<string, number | null>;
  spread: number | null;
  parameters: Record<string, string>;
  settings: Record<string, string>;
  data: Record<string, string>;
  /** The same for the same data; empty where it is not known. */
  fingerprint: string;
  versions: Record<string, string>;
}

/** A change of tags: what is not named stays. */
export interface TagChange { set: Record<string, string>; remove: string[] }

export interface WorkspaceInfo { place: string; name: string; runs: number; /** Why it cannot be read. */ trouble: string | null }

export interface RunList {
  /** Runs in all, and those that match. */
  total: number;
  found: number;
  offset: number;
  experiments: string[];
  states: RunState[];
  rows: RunRow[];
  workspaces: WorkspaceInfo[];
  /** Every folder was looked into. */
  is_whole: boolean;
}

export type SortKey = "created" | "name" | "experiment" | "workspace" | "state" | "metric" | "score" | "iterations" | "duration";

/** What the page asks for; it is kept in the page's address. */
export interface Asked {
  search: string;
  workspace: string;
  experiment: string;
  state: string;
  sort: SortKey;
  order: "ascending" | "descending";
  offset: number;
}

/** What names a run on this server: an id has no slash. */
export const keyOf = (row: Pick<RunRow, "workspace" | "run_id">): string => `${row.workspace}/${row.run_id}`;
/** The address of a run's page, from that of the list. */
export const addressOf = (row: Pick<RunRow, "workspace" | "run_id">): string => `run?${new URLSearchParams({ workspace: row.workspace, run: row.run_id })}`;

/** So many runs are compared. */
export const LEAST = 2, MOST = 5;
