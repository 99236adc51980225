/** Iterations beside each other, as values: what differs, who is best in what. No DOM. */

import { difference, duration, memory, NONE, parameter, parameterInFull, score, spread } from "../format";
import { goalOf, isBetter, primaryMetric, scoreOf, styleOf, type Model } from "../model";
import { durationOf } from "../progress";
import type { Row } from "../types";

export interface Cell { text: string; tip: string; isBest: boolean; /** Share of a bar, 0 to 1; null for none. */ bar: number | null }
export interface Line { name: string; cells: readonly Cell[]; differs: boolean }
export interface Part { title: string; lines: readonly Line[]; /** Lines that are the same for all and were left out. */ same: number }

/** The parts of a comparison; the first row is what the others are measured against. */
export function partsOf(model: Model, rows: readonly Row[], now: number): readonly Part[] {
  const metrics = metricNames(model, rows).map((metric) => metricLine(model, rows, metric));
  const steps = [wordsLine("preprocessing", rows, (row) => row.pre), wordsLine("algorithm", rows, (row) => row.alg), wordsLine("proposed by", rows, (row) => row.origin)];
  const parameters = parameterNames(rows).map((one) => parameterLine(one, rows));
  const costs = [
    costLine("duration", rows, (row) => (row.started_at === null && row.fit_s === null ? null : durationOf(row, now)), duration),
    costLine("refit on all rows", rows, (row) => row.refit_s, duration), costLine("memory", rows, (row) => row.memory_mb, memory),
    costLine("model size", rows, (row) => row.model_mb, memory),
  ];
  return [
    { title: "Scores", lines: metrics, same: 0 }, { title: "Pipeline", lines: steps, same: 0 },
    { title: "Hyper-parameters", ...differing(parameters) }, { title: "Cost", lines: costs.filter((line) => line.cells.some((cell) => cell.text !== NONE)), same: 0 },
  ].filter((part) => part.lines.length > 0 || part.same > 0);
}

export const differing = (lines: readonly Line[]): { lines: readonly Line[]; same: number } => {
  const kept = lines.filter((line) => line.differs);
  return { lines: kept, same: lines.length - kept.length };
};

function metricNames(model: Model, rows: readonly Row[]): string[] {
  const primary = primaryMetric(model), names = new Set(rows.flatMap((row) => Object.keys(row.metrics)));
  names.delete(primary);
  return [primary, ...[...names].sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), "en"))];
}

function metricLine(model: Model, rows: readonly Row[], metric: string): Line {
  const values = rows.map((row) => scoreOf(model, row, metric)), style = styleOf(model, metric), isPrimary = metric === primaryMetric(model);
  const first = values[0] ?? null;
  const cells = values.map((value, at): Cell => {
    const against = at > 0 && value !== null && first !== null ? `, ${difference(value - first, style)} against ${rows[0]?.i}` : "";
    const pm = isPrimary && value !== null ? ` ${spread(rows[at]?.spread, value, style)}`.trimEnd() : "";
    return { text: score(value, style) + pm, tip: value === null ? "no value" : `${value}${against}`, isBest: false, bar: null };
  });
  return finished(metric, cells, values, goalOf(model, metric) === "max");
}

function costLine(title: string, rows: readonly Row[], of: (row: Row) => number | null, write: (value: number | null) => string): Line {
  const values = rows.map(of);
  return finished(title, values.map((value) => ({ text: write(value), tip: value === null ? "not known" : String(value), isBest: false, bar: null })), values, false);
}

/** Marks the best and gives each value a bar over the range of the line. */
export function finished(title: string, cells: readonly Cell[], values: readonly (number | null)[], isHigher: boolean): Line {
  const known = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const low = Math.min(...known), high = Math.max(...known), differs = known.length > 1 && high > low;
  const best = known.reduce((a, b) => (isBetter(b, a, isHigher ? "max" : "min") ? b : a), known[0] ?? NaN);
  const bar = (value: number | null): number | null => (value === null || !differs ? null : 0.15 + (0.85 * (isHigher ? value - low : high - value)) / (high - low));
  return { name: title, differs, cells: cells.map((cell, at) => ({ ...cell, isBest: differs && values[at] === best, bar: bar(values[at] ?? null) })) };
}

/** A line of words, one for each of what is compared. */
export function wordsLine<T>(title: string, rows: readonly T[], of: (row: T) => string): Line {
  const words = rows.map((row) => of(row) || NONE);
  return { name: title, differs: new Set(words).size > 1, cells: words.map((text) => ({ text, tip: text, isBest: false, bar: null })) };
}

const parameterNames = (rows: readonly Row[]): string[] => [...new Set(rows.flatMap((row) => Object.keys(row.params)))].sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase(), "en"));

function parameterLine(title: string, rows: readonly Row[]): Line {
  const cells = rows.map((row): Cell => (title in row.params
    ? { text: parameter(row.params[title]), tip: parameterInFull(row.params[title]), isBest: false, bar: null }
    : { text: NONE, tip: "no such hyper-parameter", isBest: false, bar: null }));
  return { name: title, cells, differs: new Set(cells.map((cell) => cell.tip)).size > 1 };
}
