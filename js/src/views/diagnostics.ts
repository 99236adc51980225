/** The Charts tab: how an iteration did on rows that were held back, from its diagnostics.json. */

import { attr, h, on, setText } from "../dom";
import { count, plural, visible } from "../format";
import { isEnded } from "../model";
import type { View } from "../state";
import type { Diagnostics, Row } from "../types";
import type { Artifact, Artifacts } from "./artifacts";
import { calibrationBlock, gainBlock, precisionBlock, rocBlock, type Also } from "./diagnostics-curves";
import { matrixBlock } from "./diagnostics-matrix";
import { thresholdBlock } from "./diagnostics-threshold";
import { featuresBlock, predictedTrueBlock, residualBlock, roundsBlock, spreadBlock, worstBlock } from "./diagnostics-values";
import type { PanelState } from "./panel-parts";

export function chartsTab(files: Artifacts, signal: AbortSignal): View<PanelState> {
  const words = h("p", { class: "dim", dir: "auto" }), again = h("button", { hidden: true }, "Try again"), body = charts(signal);
  const node = h("div", { class: "panel charts", tabindex: "0" }, words, again, body.node);
  let iteration = -1, text: string | null = null;
  on(again, "click", () => files.retry(iteration, "diagnostics.json"), signal);
  return {
    node,
    update({ row }) {
      if (row.i !== iteration) node.scrollTop = 0;
      iteration = row.i;
      const file: Artifact | null = isEnded(row) && row.score !== null ? files.get(row.i, "diagnostics.json", `${row.attempt}${row.state}`) : null;
      const next = file?.kind === "text" ? file.text : null;
      attr(node, "aria-busy", file?.kind === "loading" ? "true" : null);
      attr(again, "hidden", file?.kind !== "problem");
      const found = next === null ? null : parsed(next);
      const instead = found ? (found.reason ?? null) : otherwise(row, file);
      // what was there stays, dimmed, until the new row's is there
      attr(body.node, "hidden", instead !== null && file?.kind !== "loading");
      attr(words, "hidden", instead === null || (file?.kind === "loading" && text !== null));
      setText(words, visible(instead ?? ""));
      if (found && instead === null && next !== text) { text = next; body.update(found); }
    },
    dispose: () => undefined,
  };
}

function otherwise(row: Row, file: Artifact | null): string {
  if (!isEnded(row)) return "Charts are drawn when the iteration has ended.";
  if (row.score === null) return "No charts: the iteration ended without a score.";
  if (file?.kind === "problem") return `The charts cannot be read. ${file.reason}`;
  return file?.kind === "text" ? "The charts cannot be read: the file is damaged." : "Reading the charts…";
}

/** The document, null if it is damaged. */
export function parsed(text: string): Diagnostics | null {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && "task" in found ? (found as Diagnostics) : null;
  } catch {
    return null; // said where it would be drawn
  }
}

function charts(signal: AbortSignal): { node: HTMLElement; update(found: Diagnostics): void } {
  const also = h("select", { "aria-label": "Also show" }), label = h("label", {}, "Also show", also), scope = h("span", {});
  const matrix = matrixBlock(signal), curves = [rocBlock(signal), precisionBlock(signal), calibrationBlock(signal), gainBlock(signal)] as const;
  const values = [predictedTrueBlock(signal), residualBlock(signal), spreadBlock(signal)] as const, both = [featuresBlock(signal), roundsBlock(signal), worstBlock(signal)] as const, threshold = thresholdBlock(signal);
  const [roc, precision, calibration, gain] = curves;
  const order = [matrix, roc, precision, threshold, calibration, gain, ...values, ...both];
  let found: Diagnostics | null = null;
  const drawCurves = (): void => { if (found) for (const one of curves) one.update(found, also.value as Also); };
  on(also, "change", drawCurves, signal);
  return {
    node: h("div", {}, h("div", { class: "ctl" }, scope, h("span", { class: "grow" }), label), h("div", { class: "duo" }, ...order.map((one) => one.node))),
    update(next) {
      found = next;
      setText(scope, scopeOf(next));
      fillAlso(also, next);
      attr(label, "hidden", also.options.length < 2);
      matrix.update(next);
      drawCurves();
      for (const one of [threshold, ...values, ...both]) one.update(next);
    },
  };
}

/** `1,797 rows held back, 5 folds`. */
function scopeOf(found: Diagnostics): string {
  const held = found.rows_of === "validation" ? `${count(found.n_rows)} rows of validation data` : `${count(found.n_rows)} rows held back`;
  return `${held}${found.n_folds > 1 ? `, ${plural(found.n_folds, "fold")}` : ""}${found.is_weighted ? ", curves weighted" : ""}`;
}

/** What was chosen stays chosen, by its name. */
function fillAlso(also: HTMLSelectElement, found: Diagnostics): void {
  const was = also.selectedOptions[0]?.textContent ?? "", classes = found.curves?.classes ?? [];
  const averages = classes.length ? (["macro", "micro"] as const).filter((one) => found.curves?.averages[one]).map((one) => h("option", { value: one }, `${one} average`)) : [];
  const others = classes.filter((one) => one.class !== found.positive).map((one) => h("option", { value: one.class }, visible(found.labels?.[one.class] ?? String(one.class))));
  const options = [h("option", { value: "" }, "nothing else"), ...averages, ...others];
  also.replaceChildren(...options);
  also.value = options.find((option) => option.textContent === was)?.value ?? "";
}
