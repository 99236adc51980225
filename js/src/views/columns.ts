/** The table's columns: which there are, which fit a width, and in what words a row fills them. No DOM. */

import { duration, fixed, memory, NONE, parameter, parameterInFull, pipeline, plural, score, short, spread, visible } from "../format";
import { isQueued, isRunning, meanSoFar, memo, metricInfo, primaryMetric, styleOf, type Model } from "../model";
import { differing, ranks } from "../order";
import { bestThen, durationOf } from "../progress";
import { isSetup } from "../setup";
import type { AppState, Pending } from "../state";
import type { Row } from "../types";
import { pointsOf, scaleOf } from "./chart-data";

/** What a cell needs to know besides its row. */
export interface Context {
  model: Model;
  metric: string;
  bounded: boolean;
  ranks: ReadonlyMap<number, number>;
  then: ReadonlyMap<number, number>;
  best: number | null;
  range: { low: number; high: number } | null;
  pending: ReadonlyMap<string, Pending>;
  ended: boolean;
  /** The iterations ticked for comparison. */
  ticked: readonly number[];
  now: number;
  /** The table is narrower than 600 px. */
  narrow: boolean;
}

/** Before a rank: the row is ticked. */
export const TICKED = "\u2713";
export type Shape = "plain" | "rank" | "pipeline" | "score" | "interval" | "state" | "menu";
export interface Column {
  key: string;
  title: string;
  tip: string;
  /** Width in px; the pipeline's is its least. */
  width: number;
  className: string;
  shape: Shape;
  /** The cell in words: it is drawn again only when they change. */
  text(row: Row, context: Context): string;
}

/** Why an iteration has no score, in the words of the table. */
export const CAUSES: Partial<Record<Row["state"], string>> = {
  timeout: "timed out", crashed: "crashed", oom: "out of memory", lost: "lost", failed: "failed",
};

/** The state in words: the cause where it failed, the fold while it runs. */
export function stateWords(row: Row, { pending, ended, narrow }: Pick<Context, "pending" | "ended" | "narrow">): string {
  if (row.state === "canceling" || (pending.has(`cancel_iteration:${row.i}`) && !hasStopped(row))) return "cancelling";
  if (row.state === "running") return runningWords(row, narrow);
  if (isQueued(row)) return row.attempt ? `queued, try ${row.attempt + 1}` : ended ? "not started" : "queued";
  if (row.state === "canceled") return row.started_at === null ? "not started" : "cancelled";
  if (row.state === "failed") return visible(row.reason ?? "") || "failed";
  return CAUSES[row.state] ?? (row.attempt && !narrow ? `${row.state}, try ${row.attempt + 1}` : row.state);
}

const hasStopped = (row: Row): boolean => !isRunning(row) && !isQueued(row);

function runningWords(row: Row, narrow: boolean): string {
  const isFold = row.n_folds > 1 && row.folds.length < row.n_folds && (row.stage === null || /^fold/i.test(row.stage));
  if (isFold) return `${narrow ? "" : "fold "}${row.folds.length + 1}/${row.n_folds}`;
  return visible(row.stage ?? "") || "running";
}

function scoreWords(row: Row, { bounded, narrow }: Context): string {
  if (row.score !== null) return [score(row.score, { bounded }), narrow ? "" : spread(row.spread, row.score, { bounded })].join("|");
  const mean = isRunning(row) ? meanSoFar(row) : null;
  return mean === null ? NONE : [score(mean, { bounded }), narrow ? "" : plural(row.folds.length, "fold")].join("|");
}

const dash = (text: string): string => text || NONE;

function fixedColumns(metric: string, bounded: boolean, narrow: boolean, range: string): Record<string, Column> {
  const column = (key: string, title: string, tip: string, width: number, className: string, text: Column["text"], shape: Shape = "plain"): Column =>
    ({ key, title, tip, width, className, shape, text });
  return {
    rank: column("rank", "Rank", "Rank by score", 38, "rank", (row, { ranks: places, best, ticked }) => (ticked.includes(row.i) ? TICKED : "") + (row.i === best ? "best" : String(places.get(row.i) ?? "")), "rank"),
    iteration: column("iteration", "Iter.", "Iteration", 48, "num", (row) => (isSetup(row) ? "Setup" : String(row.i))),
    pipeline: column("pipeline", "Pipeline", "Preprocessing and algorithm", narrow ? 110 : 150, "pipe", (row) => `${row.pre}\u0000${row.alg}`, "pipeline"),
    score: column("score", visible(metric) || "Score", metric, narrow ? (bounded ? 104 : 110) : bounded ? 122 : 160, "sc", scoreWords, "score"),
    interval: column("interval", range, "Score and spread, drawn", 100, "", intervalWords, "interval"),
    best: column("best", "Best then", "Best score when the iteration ended", bounded ? 72 : 86, "num", (row, { then }) => score(then.get(row.i), { bounded })),
    state: column("state", "State", "State", narrow ? 100 : 138, "st", (row, context) => stateWords(row, context), "state"),
    duration: column("duration", "Duration", "From start to end", 72, "num", (row, { now }) => duration(durationOf(row, now))),
    refit: column("refit", "Refit", "Time to fit on all rows", 62, "num dim", (row) => duration(row.refit_s)),
    memory: column("memory", "Memory", "Largest memory of the worker", 70, "num dim", (row) => memory(row.memory_mb)),
    menu: column("menu", "", "", 28, "more", () => "", "menu"),
  };
}

/** Where the drawing lies, in per cent of the column: centre, left and right end; `<` or `>` beyond the range. */
export function intervalWords(row: Row, { range }: Pick<Context, "range">): string {
  if (row.score === null || !range || range.high <= range.low) return "";
  const at = (value: number): number => Math.max(0, Math.min(100, (100 * (value - range.low)) / (range.high - range.low)));
  if (row.score < range.low) return "<";
  if (row.score > range.high) return ">";
  return [row.score, row.score - (row.spread ?? 0), row.score + (row.spread ?? 0)].map((value) => at(value).toFixed(1)).join("|");
}

function extraColumn(key: string, bounded: (metric: string) => boolean): Column | null {
  const name = key.slice(key.indexOf(":") + 1), title = visible(name);
  if (key.startsWith("metric:")) return { key, title, tip: title, width: 84, className: "num", shape: "plain", text: (row) => score(row.metrics[name], { bounded: bounded(name) }) };
  if (key.startsWith("param:")) return { key, title, tip: title, width: 84, className: "num param", shape: "plain", text: (row) => (name in row.params ? dash(parameter(row.params[name])) : NONE) };
  return null;
}

/** The range that the interval drawing spans: the chart's. */
const rangeOf = memo((model: Model): { low: number; high: number } | null => {
  const metric = primaryMetric(model), { goal, bounds } = metricInfo(model, metric);
  const scored = pointsOf(model, metric, "iteration", 0).filter((point) => point.kind === "scored");
  return scaleOf(scored, { goal, bounds, log: false, all: false });
});

export function contextOf(state: AppState, best: number | null, ended: boolean, narrow: boolean): Context {
  const { model } = state, metric = primaryMetric(model);
  return {
    model, metric, bounded: styleOf(model, metric).bounded, ranks: ranks(model), then: bestThen(model), best, range: rangeOf(model),
    pending: state.pending, ended, ticked: state.ticked, now: state.now, narrow,
  };
}

/** From which width of the table a column shows by itself, and in what order they give way: the last first. */
const SHOWN_FROM: readonly (readonly [key: string, from: number])[] = [
  ["rank", 0], ["iteration", 0], ["pipeline", 0], ["score", 0], ["state", 0], ["menu", 0], ["duration", 0], ["best", 600], ["interval", 900], ["refit", 900], ["memory", 900],
];
const ALWAYS = 6;
const IN_ORDER = ["rank", "iteration", "pipeline", "score", "interval", "best", "state", "duration", "refit", "memory"];
/** Padding of a row and the scroll bar. */
const EDGES = 26;

/** Where even the columns that always show do not fit. */
const LEAST_PIPELINE = 60;

export interface Layout { columns: readonly Column[]; template: string; narrow: boolean }

/** The columns that a table of this width shows: the user's choice first, then as many as fit. */
export function layoutOf(width: number, model: Model, choice: Readonly<Record<string, boolean>>): Layout {
  const narrow = width < 600, metric = primaryMetric(model), { bounded } = styleOf(model, metric), range = rangeOf(model);
  const title = range ? rangeWords(range.low, range.high) : "";
  const fixed = fixedColumns(metric, bounded, narrow, title);
  if (width >= 900) fixed["pipeline"] = { ...(fixed["pipeline"] as Column), width: 186 };
  const extra = (keys: readonly string[]): Column[] => keys.flatMap((key) => extraColumn(key, (name) => styleOf(model, name).bounded) ?? []);
  const wanted = SHOWN_FROM.map(([key, from], at) => ({ key, shown: at < ALWAYS || (choice[key] ?? width >= from) })).filter((one) => one.shown).map((one) => fixed[one.key] as Column);
  const chosen = extra(Object.keys(choice).filter((key) => choice[key]));
  const offered = width < 1200 ? [] : extra(differing(model.rows).map((key) => `param:${key}`).filter((key) => choice[key] === undefined).slice(0, 4));
  const kept = fitting(width - EDGES, [...wanted.slice(0, ALWAYS), ...chosen, ...wanted.slice(ALWAYS), ...offered]);
  const columns = [
    ...IN_ORDER.flatMap((key) => kept.find((one) => one.key === key) ?? []),
    ...kept.filter((one) => one.key.includes(":")), fixed["menu"] as Column,
  ];
  const template = columns.map(({ key, width: px }) => (key === "pipeline" ? `minmax(${narrow ? LEAST_PIPELINE : px}px, 1fr)` : `${px}px`)).join(" ");
  return { columns, template, narrow };
}

/** As many columns as fit, in the order in which they matter. */
function fitting(room: number, columns: readonly Column[]): readonly Column[] {
  let used = 0;
  return columns.filter((column, at) => {
    if (at >= ALWAYS && used + column.width > room) return false;
    used += column.width;
    return true;
  });
}

/** `0.98 to 1.00`: with as many decimals as tell the ends apart from what they are near. */
export function rangeWords(low: number, high: number): string {
  if (Math.max(Math.abs(low), Math.abs(high)) >= 1000) return `${short(low)} to ${short(high)}`;
  const isTrue = (decimals: number): boolean => [low, high].every((value) => Math.abs(Number(value.toFixed(decimals)) - value) <= (high - low) / 100);
  const decimals = [0, 1, 2, 3, 4, 5].find((n) => n >= (high <= 10 ? 2 : 0) && isTrue(n)) ?? 5;
  return `${fixed(low, decimals)} to ${fixed(high, decimals)}`;
}

/** What the column chooser offers, in groups. */
export function choices(model: Model): { heading: string; columns: { key: string; title: string }[] }[] {
  const metric = primaryMetric(model), fixed = fixedColumns(metric, true, false, "Score, drawn");
  const names = (model.facts?.metrics ?? []).map((one) => one.name).filter((name) => name !== metric);
  const parameters = differing(model.rows).slice(0, 30);
  return [
    { heading: "Columns", columns: ["interval", "best", "duration", "refit", "memory"].map((key) => ({ key, title: fixed[key]?.title || "Score, drawn" })) },
    { heading: "Metrics", columns: names.map((name) => ({ key: `metric:${name}`, title: visible(name) })) },
    { heading: "Hyper-parameters", columns: parameters.map((name) => ({ key: `param:${name}`, title: visible(name) })) },
  ].filter((group) => group.columns.length > 0);
}

/** What a cell's tool-tip adds; null where the cell says it all. */
export function tipOf(column: Column, row: Row): string | null {
  if (column.key === "pipeline") return pipeline(row);
  if (column.key === "state") return [visible(row.reason ?? ""), visible(row.stage ?? ""), visible(row.retried ?? "")].filter(Boolean).join("\n") || null;
  if (column.key === "score" && row.score !== null) return String(row.score);
  if (column.key.startsWith("param:")) { const name = column.key.slice(6); return name in row.params ? visible(`${name} = ${parameterInFull(row.params[name])}`) : null; }
  return null;
}
