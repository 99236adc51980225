/** Parallel coordinates as values: which axes, and where each iteration crosses them. No DOM. */

import { parameter, score, short } from "../format";
import { bestRow, goalOf, primaryMetric, scoreOf, styleOf, type Model } from "../model";
import { differing } from "../order";
import type { Row } from "../types";

/** One axis; ticks and crossings are shares of its height from its lower end. */
export interface Dimension { key: string; title: string; ticks: readonly { at: number; text: string }[]; hasMissing: boolean }
/** One iteration: its crossings, null where it has no such value; `quality` is 1 for the best and 0 for the worst that is drawn. */
export interface Path { i: number; at: readonly (number | null)[]; quality: number; isBest: boolean }
export interface Parallel { dimensions: readonly Dimension[]; paths: readonly Path[]; /** Scored iterations that were left out: only so many lines can be told apart. */ left: number }

/** The best are drawn first when there are more. */
export const MOST_PATHS = 400;
const MOST_CATEGORIES = 12;

type Value = number | string | null;
interface Axis { dimension: Dimension; place(row: Row): number | null }

/** The diagram of those `rows` that have a value of `metric`, with at most `most` axes, the metric's included. */
export function parallelOf(model: Model, rows: readonly Row[], metric: string, most: number): Parallel {
  const goal = goalOf(model, metric), sign = goal === "max" ? -1 : 1, best = bestRow(model)?.i;
  const scored = rows.flatMap((row) => { const value = scoreOf(model, row, metric); return value === null ? [] : [{ row, value }]; });
  scored.sort((a, b) => sign * (a.value - b.value) || a.row.i - b.row.i);
  const drawn = scored.slice(0, MOST_PATHS), only = drawn.map((one) => one.row);
  const axes = axesOf(model, only, metric, most);
  const paths = drawn.map(({ row }, at): Path => ({
    i: row.i, at: axes.map((axis) => axis.place(row)), quality: drawn.length > 1 ? 1 - at / (drawn.length - 1) : 1, isBest: row.i === best,
  }));
  return { dimensions: axes.map((axis) => axis.dimension), paths, left: scored.length - drawn.length };
}

function axesOf(model: Model, rows: readonly Row[], metric: string, most: number): readonly Axis[] {
  if (!rows.length) return [];
  const style = styleOf(model, metric), hasAlgorithms = new Set(rows.map((row) => row.alg)).size > 1;
  const names = differing(new Map(rows.map((row) => [row.i, row]))).slice(0, Math.max(1, most - (hasAlgorithms ? 2 : 1)));
  return [
    ...(hasAlgorithms ? [axisOf("algorithm", rows, (row) => row.alg || null, String)] : []),
    ...names.map((one) => axisOf(one, rows, (row) => valueOf(row, one), (value) => parameter(value))),
    axisOf(metric, rows, (row) => scoreOf(model, row, metric), (value) => (typeof value === "number" ? score(value, style) : String(value)), metric === primaryMetric(model)),
  ];
}

function valueOf(row: Row, key: string): Value {
  const value = row.params[key];
  if (value === undefined) return null;
  return typeof value === "number" && Number.isFinite(value) ? value : parameter(value);
}

/** Numbers lie on a line, logarithmic where they span much; words, and numbers mixed with words, are evenly spaced. */
function axisOf(title: string, rows: readonly Row[], of: (row: Row) => Value, write: (value: number | string) => string, isScore = false): Axis {
  const values = rows.map(of), known = values.filter((value): value is number | string => value !== null);
  const hasMissing = known.length < values.length, numbers = known.filter((value): value is number => typeof value === "number");
  const dimension = (ticks: Dimension["ticks"]): Dimension => ({ key: title, title, ticks, hasMissing });
  if (numbers.length === known.length && numbers.length > 0) return numberAxis(numbers, of, write, dimension, isScore);
  const words = [...new Set(known.map(String))].sort((a, b) => a.localeCompare(b, "en", { numeric: true })), place = new Map(words.map((word, at) => [word, words.length > 1 ? at / (words.length - 1) : 0.5]));
  const every = Math.ceil(words.length / MOST_CATEGORIES);
  return {
    dimension: dimension(words.filter((_, at) => at % every === 0).map((text) => ({ at: place.get(text) ?? 0, text }))),
    place: (row) => { const value = of(row); return value === null ? null : (place.get(String(value)) ?? null); },
  };
}

function numberAxis(numbers: readonly number[], of: (row: Row) => Value, write: (value: number) => string, dimension: (ticks: Dimension["ticks"]) => Dimension, isScore: boolean): Axis {
  const low = numbers.reduce((a, b) => Math.min(a, b)), high = numbers.reduce((a, b) => Math.max(a, b));
  const isLog = !isScore && low > 0 && high / low >= 50, to = isLog ? Math.log10 : (value: number): number => value;
  const share = (value: number): number => (high > low ? (to(value) - to(low)) / (to(high) - to(low)) : 0.5);
  const text = (value: number): string => (Math.abs(value) >= 1e4 ? short(value) : write(value));
  return {
    dimension: dimension(high > low ? [{ at: 0, text: text(low) }, { at: 1, text: text(high) }] : [{ at: 0.5, text: text(low) }]),
    place: (row) => { const value = of(row); return typeof value === "number" ? share(value) : null; },
  };
}
