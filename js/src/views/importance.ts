/** The Importance tab: what each feature adds to the predictions, as bars; or the button that has it computed. */

import { attr, h, icon, name, on, setText } from "../dom";
import { count, duration, plural, visible } from "../format";
import { isEnded } from "../model";
import { blocked, commandKey, type AppState, type Send, type View } from "../state";
import type { Importance, Row, Sample } from "../types";
import type { Artifacts } from "./artifacts";
import { rowsView, sampleOf } from "./importance-rows";
import type { PanelState } from "./panel-parts";

const FIRST_TOP = 10;

export interface Bar { feature: string; value: number }
/** `of` is null for the overall importance, else the place of a class. */
export interface Ranking { bars: readonly Bar[]; /** The longest bar is this share of it. */ scale: number; /** Sum of all that is not in `bars`; null if it is not known. */ rest: number | null; restCount: number }

/** The `top` features, overall or of one class; all classes share one scale. */
export function ranking(importance: Importance, top: number, of: number | null): Ranking {
  const values = of === null ? importance.overall : (importance.per_class[of] ?? []);
  const scales = of === null ? [importance.overall] : importance.per_class;
  const all = importance.features.map((feature, at): Bar => ({ feature, value: values[at] ?? 0 })).sort((a, b) => b.value - a.value);
  const bars = all.slice(0, top), beyond = all.slice(top).reduce((sum, bar) => sum + bar.value, 0);
  const hidden = Math.max(0, importance.n_features - importance.features.length);
  return {
    bars, scale: scales.reduce((most, list) => list.reduce((a, b) => Math.max(a, b), most), 0),
    rest: of === null ? beyond + importance.rest : hidden ? null : beyond, restCount: Math.max(0, importance.n_features - bars.length),
  };
}

export function importanceTab(send: Send, files: Artifacts, signal: AbortSignal): View<PanelState> {
  const node = h("div", { class: "panel", tabindex: "0" });
  const ask = askView(send, signal), chart = barsView(signal), rows = rowsView(signal);
  let text: string | null = null, sample: Sample | null = null;
  node.append(ask.node, chart.node, rows.node);
  return {
    node,
    update({ app, row }) {
      const importance = app.model.importance.get(row.i);
      const isDone = importance?.state === "completed";
      attr(ask.node, "hidden", isDone);
      attr(chart.node, "hidden", !isDone);
      if (isDone) chart.update(importance, app.model.facts?.n_rows ?? null); else ask.update(app, row, importance);
      // explanations of earlier versions have no rows: the bars are all there is
      const file = isDone ? files.get(row.i, "explanation.json", `${row.attempt}/${importance.seconds}`) : null;
      if (file?.kind === "text" && file.text !== text) { text = file.text; sample = sampleOf(text); }
      const isThere = file?.kind === "text" && sample !== null;
      attr(rows.node, "hidden", !isThere);
      if (isThere && sample) rows.update(sample);
    },
    dispose: () => undefined,
  };
}

// Not computed yet

function askView(send: Send, signal: AbortSignal): { node: HTMLElement; update(app: AppState, row: Row, importance: Importance | undefined): void } {
  const words = h("p", { class: "dim", dir: "auto" }), button = h("button", {}, "Explain"), progress = h("p", { class: "progress", role: "status", hidden: true });
  let iteration = -1;
  on(button, "click", () => { if (button.getAttribute("aria-disabled") !== "true") send({ kind: "command", command: { kind: "explain", iteration } }); }, signal);
  return {
    node: h("div", { class: "ask" }, words, button, progress),
    update(app, row, importance) {
      iteration = row.i;
      const pending = app.pending.get(commandKey({ kind: "explain", iteration }));
      const busy = importance?.state === "running" ? `Explaining iteration ${row.i}…` : pending === "queued" ? "Queued until the engine can take it" : pending ? "Asking for the explanation…" : null;
      const cannot = whyNot(row);
      setText(words, cannot ?? (importance?.state === "failed" ? `It could not be computed. ${visible(importance.reason ?? "No reason was given.")}` : "The importance of the features has not been computed for this iteration."));
      attr(words, "class", importance?.state === "failed" ? "err" : "dim");
      attr(words, "hidden", busy !== null);
      attr(button, "hidden", cannot !== null || busy !== null);
      setText(button, importance?.state === "failed" ? "Try again" : "Explain");
      const reason = blocked(app.connection);
      attr(button, "aria-disabled", reason ? "true" : null);
      attr(button, "title", reason ?? "Computes SHAP values on a sample of the rows");
      attr(progress, "hidden", busy === null);
      if (busy !== null && progress.textContent !== busy) progress.replaceChildren(icon(pending === "queued" ? "queue" : "run", pending === "queued" ? "dim" : "acc spin"), busy);
    },
  };
}

function whyNot(row: Row): string | null {
  if (!isEnded(row)) return "The importance of the features can be computed when the iteration has ended.";
  return row.score === null ? "No model to explain: the iteration ended without a score." : null;
}

// Bars

function barsView(signal: AbortSignal): { node: HTMLElement; update(importance: Importance, nRows: number | null): void } {
  const slider = h("input", { type: "range", min: 1, max: 10, value: FIRST_TOP, "aria-label": "Number of features" }), shownCount = h("span", {});
  const choice = h("select", { "aria-label": "Class" }), label = h("label", {}, "Class", choice);
  const body = h("tbody", {}), table = h("table", { class: "imps" }, h("caption", { class: "sr" }, "Importance of the features"),
    h("colgroup", {}, h("col", { class: "feature" }), h("col"), h("col", { class: "value" })), head(), body);
  const caption = h("p", { class: "cap", dir: "auto" });
  let importance: Importance | null = null, rows: number | null = null, top = FIRST_TOP;
  const show = (): void => {
    if (!importance) return;
    const of = choice.value === "" ? null : Number(choice.value), shown = ranking(importance, top, of);
    body.replaceChildren(...shown.bars.map((bar) => barRow(bar, shown.scale)));
    setText(shownCount, `${shown.bars.length} of ${count(importance.n_features)}`);
    setText(caption, captionOf(importance, shown, rows));
  };
  on(slider, "input", () => { top = Number(slider.value); show(); }, signal);
  on(choice, "change", show, signal);
  return {
    node: h("div", {}, h("div", { class: "ctl" }, h("span", {}, "Top"), slider, shownCount, h("span", { class: "grow" }), label), table, caption),
    update(next, nRows) {
      if (next === importance && nRows === rows) return;
      if (next.i !== importance?.i || next.classes.join() !== importance.classes.join()) fillClasses(choice, next.classes);
      importance = next;
      rows = nRows;
      attr(slider, "max", Math.max(1, next.features.length));
      slider.value = String(Math.min(top, next.features.length));
      attr(label, "hidden", next.per_class.length < 2);
      show();
    },
  };
}

const head = (): HTMLElement =>
  h("thead", {}, h("tr", {}, ...["Feature", "", "Importance"].map((title) => h(title ? "th" : "td", title ? { scope: "col" } : {}, title ? h("span", { class: "sr" }, title) : null))));

/** The class that was chosen stays chosen. */
function fillClasses(choice: HTMLSelectElement, classes: readonly string[]): void {
  const was = choice.selectedOptions[0]?.textContent ?? "";
  const options = classes.map((one, at) => h("option", { value: at }, visible(one)));
  choice.replaceChildren(h("option", { value: "" }, "all classes"), ...options);
  choice.value = options.find((option) => option.textContent === was)?.value ?? "";
}

function barRow({ feature, value }: Bar, scale: number): HTMLElement {
  const bar = h("i", {});
  bar.style.width = `${scale > 0 ? Math.max(0, Math.min(100, (value / scale) * 100)) : 0}%`;
  return h("tr", {}, h("th", { scope: "row", class: "mono cut" }, name(feature)), h("td", { class: "b", "aria-hidden": "true" }, bar), h("td", { class: "num", title: String(value) }, small(value)));
}

/** Three digits that matter. */
function small(value: number): string {
  if (value === 0) return "0";
  return Math.abs(value) >= 1000 || Math.abs(value) < 0.001 ? value.toExponential(1).replace("e+", "e").replace("-", "−") : String(Number(value.toPrecision(3)));
}

/** `Mean |SHAP value| in log-odds, 500 rows sampled of 1,797. The other 51 columns together: 3.918. Computed in 2.1 s.` */
export function captionOf(importance: Importance, shown: Ranking, nRows: number | null): string {
  const { unit, method, n_rows: n } = importance;
  const sample = nRows !== null && n < nRows ? `${count(n)} rows sampled of ${count(nRows)}` : plural(n, "row");
  const background = importance.n_background ? `${plural(importance.n_background, "background row")}` : "";
  const rest = shown.restCount === 0 ? "" : shown.rest === null ? ` ${plural(shown.restCount, "more feature")}.` : ` The other ${plural(shown.restCount, "feature")} together: ${small(shown.rest)}.`;
  return `Mean |SHAP value|${unit ? ` in ${visible(unit)}` : ""}, ${sample}.${rest} Computed in ${duration(importance.seconds)}${method || background ? ` (${[method && visible(method), background].filter(Boolean).join(", ")})` : ""}.`;
}
