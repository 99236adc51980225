/** Below the bars of importance: each explained row as a point, and how one row's output comes about, from explanation.json. */

import { attr, h, name, on, svg } from "../dom";
import { count, plural, visible } from "../format";
import type { Cells, Sample, SampleOutput } from "../types";
import { block, type Block, type Content } from "./diagnostics-block";
import { plain, spanOf, ticks } from "./diagnostics-plot";

const MOST_FEATURES = 12, MOST_STEPS = 9, BUCKETS = 5;
const WIDTH = 1000, HEIGHT = 24, SLICES = 80, STEP = 2.2;

/** The document, null if it is damaged or holds no row. */
export function sampleOf(text: string): Sample | null {
  try {
    const found: unknown = JSON.parse(text);
    const isSample = typeof found === "object" && found !== null && "outputs" in found && "rows" in found && Array.isArray(found.rows) && found.rows.length > 0;
    return isSample ? (found as Sample) : null;
  } catch {
    return null; // the bars say what there is
  }
}

/** The output that is shown at first: the one whose values are largest. */
export function mostTelling(sample: Sample): number {
  const sizes = sample.outputs.map((one) => one.values.reduce((sum, row) => sum + row.reduce<number>((a, value) => a + Math.abs(value ?? 0), 0), 0));
  return sizes.indexOf(Math.max(...sizes));
}

/** A cell as text: a number, a day, a category. */
export function cellText(cells: Cells | undefined, at: number): string {
  const x = cells?.x[at];
  if (!cells || x === null || x === undefined) return "missing";
  if (cells.kind === "time") return new Date(x * 1000).toISOString().slice(0, 10);
  return cells.kind === "category" ? (cells.levels?.[x] ?? "") : plain(x);
}

export interface Step { words: string; from: number; to: number; change: number | null }

/** From the expected output to the row's, the largest contributions first, all others as one step. */
export function stepsOf(sample: Sample, output: SampleOutput, at: number): Step[] {
  const expected = output.expected ?? 0, steps: Step[] = [{ words: "expected", from: 0, to: expected, change: null }];
  const all = sample.features.map((feature, j) => ({ words: `${feature} = ${cellText(sample.cells[j], at)}`, value: output.values[j]?.[at] ?? 0 })).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  const others = all.slice(MOST_STEPS).reduce((sum, one) => sum + one.value, output.rest[at] ?? 0), n = sample.n_features - Math.min(MOST_STEPS, all.length);
  let reached = expected;
  for (const { words, value } of [...all.slice(0, MOST_STEPS), ...(n > 0 ? [{ words: plural(n, "other feature"), value: others }] : [])]) {
    steps.push({ words, from: reached, to: reached + value, change: value });
    reached += value;
  }
  return [...steps, { words: "output", from: 0, to: reached, change: null }];
}

/** The bucket of each cell's rank among the feature's values, 0 for the lowest; null for what has no order. */
export function bucketsOf(cells: Cells | undefined): (number | null)[] {
  const known = [...new Set((cells?.x ?? []).filter((x): x is number => x !== null))].sort((a, b) => a - b);
  if (!cells || cells.kind === "category" || known.length < 2) return (cells?.x ?? []).map(() => null);
  const place = new Map(known.map((x, k) => [x, Math.min(BUCKETS - 1, Math.floor((k / (known.length - 1)) * BUCKETS))]));
  return cells.x.map((x) => (x === null ? null : (place.get(x) ?? null)));
}

export function rowsView(signal: AbortSignal): { node: HTMLElement; update(sample: Sample): void } {
  const output = h("select", { "aria-label": "Class of the rows" }), row = h("select", { "aria-label": "Row" });
  const swarm = block("Rows by feature", signal, output), one = block("One row", signal, row);
  let sample: Sample | null = null;
  const draw = (): void => {
    const shown = sample?.outputs[Number(output.value)];
    if (!sample || !shown) return;
    const at = Math.max(0, sample.rows.indexOf(Number(row.value)));
    swarm.show(swarmContent(sample, shown, at));
    one.show(stepContent(sample, shown, at));
  };
  on(output, "change", draw, signal);
  on(row, "change", draw, signal);
  return {
    node: h("div", { class: "duo" }, ...[swarm, one].map((each: Block) => each.node)),
    update(next) {
      if (next === sample) return;
      sample = next;
      output.replaceChildren(...next.outputs.map((each, k) => h("option", { value: k }, visible(each.label))));
      output.value = String(mostTelling(next));
      attr(output, "hidden", next.outputs.length < 2);
      row.replaceChildren(...[...next.rows].sort((a, b) => a - b).map((position) => h("option", { value: position }, `row ${count(position)}`)));
      row.value = String(next.rows[0]);
      draw();
    },
  };
}

// Swarm

function swarmContent(sample: Sample, output: SampleOutput, selected: number): Content {
  const n = Math.min(MOST_FEATURES, sample.features.length), values = output.values.slice(0, n), span = spanOf([0, ...values.flat()], 0.03);
  const across = (value: number): number => ((value - span[0]) / (span[1] - span[0])) * WIDTH;
  const lines = values.map((row, j) => h("tr", {}, h("th", { scope: "row", class: "mono cut" }, name(sample.features[j] ?? "")), h("td", { class: "sw" }, dots(row, bucketsOf(sample.cells[j]), across, selected))));
  const marks = h("tr", { "aria-hidden": "true" }, h("td", {}), h("td", { class: "sw" }, scale(span, across)));
  const of = output.label ? ` for ${output.label}` : "", sorted = values.map((row) => row.filter((value): value is number => value !== null).sort((a, b) => a - b));
  return {
    picture: [h("table", { class: "imps swarm", role: "img", "aria-label": `SHAP values of ${plural(sample.rows.length, "row")} by feature${visible(of)}` }, h("colgroup", {}, h("col", { class: "feature" }), h("col")), h("tbody", {}, ...lines, marks))],
    caption: `A point is a row: right of the line the feature raises the output${of}, in ${sample.unit}. Blue: low values of the feature, red: high ones, grey: categories. The ring is the row that is shown alone.`,
    table: { columns: ["Feature", "Lowest", "Median", "Highest"], rows: sorted.map((row, j) => [sample.features[j] ?? "", plain(row[0]), plain(row[Math.floor(row.length / 2)]), plain(row[row.length - 1])]) },
  };
}

/** One path a bucket: a line of no length with round ends is a point, however the picture is stretched. */
function dots(row: readonly (number | null)[], buckets: readonly (number | null)[], across: (value: number) => number, selected: number): SVGSVGElement {
  const heights = heightsOf(row.map((value) => (value === null ? null : across(value)))), paths = new Map<string, string>();
  row.forEach((value, k) => {
    if (value === null) return;
    const key = String(buckets[k] ?? "none");
    paths.set(key, `${paths.get(key) ?? ""}M${across(value).toFixed(1)} ${(heights[k] ?? 0).toFixed(1)}h0`);
  });
  const chosen = row[selected];
  const ring = chosen == null ? [] : ["ring", "core"].map((look) => svg("path", { class: look, d: `M${across(chosen).toFixed(1)} ${(heights[selected] ?? 0).toFixed(1)}h0` }));
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none" },
    svg("path", { class: "zero", d: `M${across(0).toFixed(1)} 0V${HEIGHT}` }), ...[...paths].map(([key, d]) => svg("path", { class: `b${key}`, d })), ...ring);
}

/** Points that fall into one slice stand above and below each other. */
function heightsOf(places: readonly (number | null)[]): number[] {
  const seen = new Map<number, number>();
  return places.map((x) => {
    const slice = Math.floor(((x ?? 0) / WIDTH) * SLICES), n = (seen.get(slice) ?? 0) + 1;
    seen.set(slice, n);
    const off = Math.min(HEIGHT / 2 - 2, Math.floor(n / 2) * STEP);
    return HEIGHT / 2 + (n % 2 ? off : -off);
  });
}

function scale(span: readonly [number, number], across: (value: number) => number): SVGSVGElement {
  return svg("svg", { class: "scale" }, ...ticks(span, 5).map((value) => svg("text", { x: `${across(value) / (WIDTH / 100)}%`, y: 12, "text-anchor": "middle" }, plain(value))));
}

// One row

function stepContent(sample: Sample, output: SampleOutput, at: number): Content {
  const steps = stepsOf(sample, output, at), span = spanOf(steps.flatMap((step) => [step.from, step.to]), 0.02), width = span[1] - span[0];
  const written = ({ change, to }: Step): string => (change === null ? plain(to) : `${change > 0 ? "+" : ""}${plain(change)}`);
  const lines = steps.map((step) => {
    const bar = h("i", { class: step.change === null ? "whole" : step.change > 0 ? "up" : "down" });
    bar.style.marginLeft = `${((Math.min(step.from, step.to) - span[0]) / width) * 100}%`;
    bar.style.width = `${Math.max(0.4, (Math.abs(step.to - step.from) / width) * 100)}%`;
    return h("tr", {}, h("th", { scope: "row", class: "mono cut" }, name(step.words)), h("td", { class: "b", "aria-hidden": "true" }, bar), h("td", { class: "num" }, written(step)));
  });
  const of = output.label ? ` for ${output.label}` : "";
  return {
    picture: [h("table", { class: "imps steps" }, h("colgroup", {}, h("col", { class: "cell" }), h("col"), h("col", { class: "value" })), h("tbody", {}, ...lines))],
    caption: `From the expected output to that of row ${count(sample.rows[at])}${of}, in ${sample.unit}.`,
    table: { columns: ["Step", "Change", "Output"], rows: steps.map((step) => [step.words, step.change === null ? "" : written(step), plain(step.to)]) },
  };
}
