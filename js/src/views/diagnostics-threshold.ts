/** The threshold explorer of two classes: move it, and matrix, precision, recall, F1 and cost follow. */

import { h, on, setText } from "../dom";
import { count, fixed, NONE, visible } from "../format";
import type { Diagnostics } from "../types";
import { block, type Block } from "./diagnostics-block";
import { legend, plain, plot, type Path } from "./diagnostics-plot";

export interface At { threshold: number; tp: number; fp: number; tn: number; fn: number; precision: number | null; recall: number | null; f1: number | null; accuracy: number }

/** What a threshold does. */
export function at(found: Diagnostics, k: number): At {
  const { threshold, counts } = found.thresholds as NonNullable<Diagnostics["thresholds"]>;
  const [tp = 0, fp = 0, tn = 0, fn = 0] = counts[k] ?? [], ratio = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
  return { threshold: threshold[k] ?? 0, tp, fp, tn, fn, precision: ratio(tp, tp + fp), recall: ratio(tp, tp + fn), f1: ratio(2 * tp, 2 * tp + fp + fn), accuracy: (tp + tn) / Math.max(1, tp + fp + tn + fn) };
}

/** The place of the threshold that is best by a value; the middle one of equals, so that it does not hang on a row. */
export function bestAt(found: Diagnostics, value: (one: At) => number): number {
  const values = (found.thresholds?.threshold ?? []).map((_, k) => value(at(found, k))), most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const equal = values.flatMap((one, k) => (one === most ? [k] : []));
  return equal[Math.floor(equal.length / 2)] ?? 0;
}

export function thresholdBlock(signal: AbortSignal): Block & { update(found: Diagnostics): void } {
  let found: Diagnostics | null = null, k = 50;
  const slider = h("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": "Threshold" }), shown = h("b", {});
  const alarm = costField("Cost of a false alarm"), miss = costField("of a miss");
  const cheapest = h("button", {}, "Cheapest"), highest = h("button", {}, "Best F1");
  const figures = h("dl", { class: "kv two" }), cells = h("div", { class: "cm thr" }), chart = h("div", {});
  const cost = (one: At): number => one.fp * alarm.value() + one.fn * miss.value();
  const one = block("Threshold", signal);
  const body = h("div", {}, h("div", { class: "ctl" }, slider, shown, highest, cheapest), h("div", { class: "ctl" }, alarm.node, miss.node), cells, figures, chart);
  const redraw = (): void => {
    if (!found?.thresholds) { one.show(null); return; }
    const now = at(found, k), name = found.labels?.[found.positive ?? 1] ?? "1";
    slider.value = String(k);
    setText(shown, fixed(now.threshold, 2));
    cells.replaceChildren(...matrixOf(now, visible(name)));
    figures.replaceChildren(...listOf(now, cost(now)));
    chart.replaceChildren(...curvesOf(found, now.threshold));
    const rows = found.thresholds.threshold.map((_, j) => { const row = at(found as Diagnostics, j); return [fixed(row.threshold, 2), row.tp, row.fp, row.tn, row.fn, written(row.precision), written(row.recall), written(row.f1), plain(cost(row))] as const; });
    one.show({ picture: [body], caption: `A row counts as ${name} if its probability is at least ${fixed(now.threshold, 2)}. The fitted model itself takes the more probable class.`, table: { columns: ["Threshold", "TP", "FP", "TN", "FN", "Precision", "Recall", "F1", "Cost"], names: 0, rows } });
  };
  const move = (next: number): void => { k = next; redraw(); };
  on(slider, "input", () => move(Number(slider.value)), signal);
  on(highest, "click", () => { if (found) move(bestAt(found, (row) => row.f1 ?? 0)); }, signal);
  on(cheapest, "click", () => { if (found) move(bestAt(found, (row) => -cost(row))); }, signal);
  for (const field of [alarm, miss]) on(field.input, "input", redraw, signal);
  return { ...one, update(next) { found = next; redraw(); } };
}

const written = (value: number | null): string => (value === null ? NONE : fixed(value, 4));

function costField(words: string): { node: HTMLElement; input: HTMLInputElement; value(): number } {
  const input = h("input", { type: "number", min: 0, step: "any", value: 1, class: "cost" });
  return { node: h("label", {}, words, input), input, value: () => { const value = Number(input.value); return Number.isFinite(value) && value >= 0 ? value : 0; } };
}

function matrixOf(now: At, name: string): HTMLElement[] {
  const cell = (kind: string, value: number): HTMLElement => h("span", { class: kind }, count(value));
  return [h("span", { class: "h" }), h("span", { class: "h cut" }, `read as ${name}`), h("span", { class: "h" }, "not"), h("span", { class: "h cut" }, `true ${name}`), cell("d", now.tp), cell("q", now.fn), h("span", { class: "h" }, "not"), cell("q", now.fp), cell("d", now.tn)];
}

function listOf(now: At, cost: number): HTMLElement[] {
  const pairs = [["Precision", written(now.precision)], ["Recall", written(now.recall)], ["F1", written(now.f1)], ["Accuracy", written(now.accuracy)], ["False alarms", count(now.fp)], ["Cost", plain(cost)]] as const;
  return pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
}

function curvesOf(found: Diagnostics, threshold: number): Node[] {
  const all = (found.thresholds?.threshold ?? []).map((_, k) => at(found, k)), x = all.map((one) => one.threshold);
  const paths: Path[] = [
    { x, y: all.map((one) => one.precision), look: "other", words: "precision" }, { x, y: all.map((one) => one.recall), look: "dashed", words: "recall" }, { x, y: all.map((one) => one.f1), look: "main", words: "F1" },
  ];
  return [legend(paths), plot({ x: { span: [0, 1], title: "threshold" }, y: { span: [0, 1.02], title: "" }, paths, rule: threshold, label: "Precision, recall and F1 by threshold" })];
}
