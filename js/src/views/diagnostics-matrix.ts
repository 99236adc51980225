/** The confusion matrix: what is right is neutral, errors carry the colour, for errors are what one looks for. */

import { h } from "../dom";
import { count, share, visible } from "../format";
import type { Diagnostics } from "../types";
import { block, segments, type Block, type Content } from "./diagnostics-block";

/** More classes than this: no numbers in the cells. More than `MOST`: only the classes with most errors. */
const NUMBERED = 20, MOST = 50, FEWER = 20;
const BETWEEN = 2;

export interface Matrix { classes: readonly number[]; counts: readonly (readonly number[])[] }

/** The classes that are shown: all, or the 20 with most errors of more than 50. */
export function shownMatrix(found: Diagnostics): Matrix {
  const { classes, counts } = found.confusion as NonNullable<Diagnostics["confusion"]>;
  if ((found.n_classes ?? 0) <= MOST) return { classes, counts };
  const errors = classes.map((_, k) => counts.reduce((sum, row, j) => sum + (j === k ? 0 : (row[k] ?? 0) + (counts[k]?.[j] ?? 0)), 0));
  const kept = classes.map((_, k) => k).sort((a, b) => (errors[b] ?? 0) - (errors[a] ?? 0)).slice(0, FEWER).sort((a, b) => a - b);
  return { classes: kept.map((k) => classes[k] ?? 0), counts: kept.map((k) => kept.map((j) => counts[k]?.[j] ?? 0)) };
}

export function matrixBlock(signal: AbortSignal): Block & { update(found: Diagnostics): void } {
  let isShare = false, latest: Diagnostics | null = null;
  const redraw = (): void => { if (latest) one.show(latest.confusion ? contentOf(latest, isShare) : null); };
  const one = block("Confusion matrix", signal, segments("Cells", [["counts", "Counts"], ["shares", "Shares"]], (choice) => { isShare = choice === "shares"; redraw(); }, signal));
  return { ...one, update(found) { latest = found; redraw(); } };
}

function contentOf(found: Diagnostics, isShare: boolean): Content {
  const matrix = shownMatrix(found), label = (code: number): string => found.labels?.[code] ?? String(code);
  const written = (value: number, k: number): string => (isShare ? share(value / Math.max(1, sumOf(matrix.counts[k]))) : count(value));
  const rows = matrix.counts.flatMap((row, k) => row.map((value, j) => [label(matrix.classes[k] ?? 0), label(matrix.classes[j] ?? 0), count(value), share(value / Math.max(1, sumOf(row)))] as const));
  return { picture: [gridOf(matrix, label, written, captionOf(found))], caption: captionOf(found), table: { columns: ["True", "Predicted", "Rows", "Share of the true class"], names: BETWEEN, rows: rows.filter((row) => row[2] !== "0") } };
}

const sumOf = (row: readonly number[] | undefined): number => (row ?? []).reduce((a, b) => a + b, 0);

function gridOf({ classes, counts }: Matrix, label: (code: number) => string, written: (value: number, k: number) => string, words: string): HTMLElement {
  const isNumbered = classes.length <= NUMBERED, worst = counts.reduce((most, row, k) => row.reduce((a, value, j) => (j === k ? a : Math.max(a, value)), most), 0);
  const head = (code: number): HTMLElement => h("span", { class: "h cut", title: visible(label(code)) }, isNumbered ? h("bdi", {}, visible(label(code))) : null);
  const cells = counts.flatMap((row, k) => [head(classes[k] ?? 0), ...row.map((value, j) => {
    const cell = h("span", { class: k === j ? "d" : value ? "q" : "z", title: `${visible(label(classes[k] ?? 0))} read as ${visible(label(classes[j] ?? 0))}: ${written(value, k)}` }, isNumbered ? (k !== j && !value ? "·" : written(value, k)) : null);
    if (k !== j && value) cell.style.setProperty("--p", `${Math.round(16 + 34 * Math.sqrt(value / Math.max(1, worst)))}%`);
    return cell;
  })]);
  const grid = h("div", { class: isNumbered ? "cm" : "cm many", role: "img", "aria-label": `Confusion matrix. ${words}` }, h("span", { class: "h" }), ...classes.map(head), ...cells);
  grid.style.gridTemplateColumns = `${isNumbered ? "minmax(30px, max-content)" : "8px"} repeat(${classes.length}, minmax(0, 1fr))`;
  return grid;
}

/** `Rows: true. Columns: predicted. 32 of 1,797 wrong; the most: 8 read as 1 (5).` */
export function captionOf(found: Diagnostics): string {
  const { n_wrong, frequent, classes } = found.confusion as NonNullable<Diagnostics["confusion"]>, [most] = frequent;
  const label = (code: number): string => found.labels?.[code] ?? String(code);
  const which = most ? `; the most: ${label(most[0])} read as ${label(most[1])} (${count(most[2])})` : "";
  const shown = (found.n_classes ?? 0) > MOST ? ` The ${Math.min(FEWER, classes.length)} of ${count(found.n_classes)} classes with most errors.` : "";
  return `Rows: true. Columns: predicted. ${count(n_wrong)} of ${count(found.n_rows)} wrong${which}.${shown}`;
}
