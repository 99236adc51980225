/** Runs beside each other, as values: who is better in what, and what differs in how they were made. No DOM. */

import { count, difference, duration, NONE, score, spread, visible } from "../format";
import { RUN_LOOKS } from "../views/looks";
import { differing, finished, wordsLine, type Cell, type Line, type Part } from "../views/compare-data";
import { seconds } from "./table";
import type { RunColumn } from "./types";

/** The parts of a comparison; the first run is what the others are measured against. */
export function partsOf(runs: readonly RunColumn[], now: number): readonly Part[] {
  const of = (field: "data" | "settings" | "parameters" | "versions"): Line[] =>
    namesIn(runs.map((run) => run[field])).map((one) => wordsLine(one, runs, (run) => run[field][one] ?? ""));
  return [
    { title: "Scores of the best iteration", lines: metricNames(runs).map((metric) => metricLine(runs, metric)), same: 0 },
    { title: "Outcome", lines: outcome(runs, now), same: 0 },
    { title: "Data", lines: of("data"), same: 0 },
    { title: "Settings", ...differing(of("settings")) },
    { title: "Hyper-parameters of the best iteration", ...differing(of("parameters")) },
    { title: "Packages", ...differing(of("versions")) },
  ].filter((part) => part.lines.length > 0 || part.same > 0);
}

/** Why scores of these runs must not be taken for a contest; null if they may. */
export function caution(runs: readonly RunColumn[]): string | null {
  const known = runs.filter((run) => run.fingerprint), differs = (of: (run: RunColumn) => string): boolean => new Set(known.map(of)).size > 1;
  if (new Set(runs.map((run) => run.task)).size > 1) return "The runs have different tasks: their scores cannot be compared.";
  if (differs((run) => run.fingerprint)) return "The runs were trained on different data: a better score may come from easier rows.";
  if (differs((run) => run.data["validation"] ?? "")) return "The runs held back rows in different ways: a better score may come from that.";
  return null;
}

function outcome(runs: readonly RunColumn[], now: number): readonly Line[] {
  const took = runs.map((run) => (run.ended_at === null ? null : seconds(run, now)));
  return [
    wordsLine("state", runs, (run) => RUN_LOOKS[run.state].label),
    wordsLine("best pipeline", runs, (run) => run.best_recipe),
    wordsLine("iterations ended", runs, (run) => count(run.n_ended)),
    finished("duration", took.map((value): Cell => ({ text: duration(value), tip: value === null ? "has not ended" : `${value.toFixed(1)} s`, isBest: false, bar: null })), took, false),
  ];
}

/** Primary metrics first, then by name. */
function metricNames(runs: readonly RunColumn[]): readonly string[] {
  const primary = new Set(runs.map((run) => run.primary_metric));
  return [...primary, ...namesIn(runs.map((run) => run.scores)).filter((metric) => !primary.has(metric))];
}

function metricLine(runs: readonly RunColumn[], metric: string): Line {
  const info = runs.flatMap((run) => run.metrics).find((one) => one.name === metric), values = runs.map((run) => run.scores[metric] ?? null);
  const style = { bounded: Boolean(info?.bounds) }, first = values[0] ?? null;
  const cells = runs.map((run, at): Cell => {
    const value = values[at] ?? null, pm = run.primary_metric === metric && value !== null ? ` ${spread(run.spread, value, style)}`.trimEnd() : "";
    const against = at > 0 && value !== null && first !== null ? `, ${difference(value - first, style)} against the first` : "";
    return { text: score(value, style) + pm, tip: value === null ? "no value" : `${value}${against}`, isBest: false, bar: null };
  });
  const line = finished(metric, cells, values, info?.goal !== "min");
  return info ? line : { ...line, cells: line.cells.map((cell) => ({ ...cell, isBest: false, bar: null })) }; // which way is better is not known
}

const namesIn = (records: readonly Record<string, unknown>[]): string[] =>
  [...new Set(records.flatMap((record) => Object.keys(record)))].sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), "en"));

export const titleOf = (run: Pick<RunColumn, "name" | "run_id">): string => visible(run.name || run.run_id) || NONE;
