/** The line over the chart: metric, horizontal axis, log switch, legend, picture and table buttons. */

import { attr, h, on, setText, svg } from "../dom";
import { visible } from "../format";
import { goalOf } from "../model";
import type { AppState, Axis, Send } from "../state";
import { metricNames } from "./chart-data";
import { shape } from "./shapes";

export interface Legend { running: boolean; none: boolean; below: boolean; above: boolean; lines: boolean; spread: boolean; scored: boolean }
export interface Toolbar { node: HTMLElement; /** For the corner of the chart. */ corner: HTMLElement; update(state: AppState): void; showLegend(legend: Legend): void; showTable(shown: boolean): void }
export interface ToolbarActions { send: Send; download(): void; toggleTable(): void }

let count = 0;

export function toolbar(actions: ToolbarActions, signal: AbortSignal): Toolbar {
  const id = `metric-${(count += 1)}`;
  const metric = h("select", { id, class: "metric" });
  const axis = h("select", { "aria-label": "Horizontal axis" }, h("option", { value: "iteration" }, "by iteration"), h("option", { value: "time" }, "by time"), h("option", { value: "parameters" }, "by hyper-parameters"));
  const log = h("button", { "aria-pressed": "false", title: "Logarithmic vertical axis" }, "Log");
  const table = h("button", { class: "icon bare", "aria-pressed": "false", "aria-label": "Show as table", title: "Show as table" }, shape("table"));
  const picture = h("button", { class: "icon bare", "aria-label": "Save as PNG", title: "Save as PNG" }, shape("download"));
  const legend = h("div", { class: "legend", "aria-hidden": "true" });
  on(metric, "change", () => actions.send({ kind: "metric", name: metric.value }), signal);
  on(axis, "change", () => actions.send({ kind: "axis", axis: axis.value as Axis }), signal);
  on(log, "click", () => actions.send({ kind: "logScale", on: log.getAttribute("aria-pressed") !== "true" }), signal);
  on(table, "click", () => actions.toggleTable(), signal);
  on(picture, "click", () => actions.download(), signal);
  let drawn = "";
  return {
    node: h("div", { class: "tools" }, h("label", { for: id }, "Metric"), metric, axis, log, legend),
    corner: h("div", { class: "corner" }, table, picture),
    update(state) {
      fillMetrics(metric, state);
      if (axis.value !== state.xAxis) axis.value = state.xAxis;
      attr(log, "hidden", goalOf(state.model, state.metric) !== "min" || state.xAxis === "parameters");
      attr(log, "aria-pressed", state.logScale);
    },
    showLegend(shown) {
      const key = JSON.stringify(shown);
      if (key !== drawn) legend.replaceChildren(...legendItems(shown));
      drawn = key;
      attr(picture, "disabled", !shown.scored && !shown.lines);
    },
    showTable(shown) {
      attr(table, "aria-pressed", shown);
    },
  };
}

function fillMetrics(select: HTMLSelectElement, state: AppState): void {
  const names = metricNames(state.model);
  const has = [...select.options].map((option) => option.value);
  if (names.length !== has.length || names.some((one, at) => one !== has[at])) {
    select.replaceChildren(...names.map((one) => h("option", { value: one }, visible(one))));
  }
  if (select.value !== state.metric) select.value = state.metric;
}

const KEYS = {
  best: () => svg("svg", { width: 16, height: 8 }, svg("path", { class: "step", d: "M0 6H7V2H16" })),
  scored: () => svg("svg", { width: 8, height: 8 }, svg("circle", { class: "pt", cx: 4, cy: 4, r: 3.5 })),
  running: () => svg("svg", { width: 9, height: 9 }, svg("circle", { class: "pt run", cx: 4.5, cy: 4.5, r: 3.5 })),
  none: () => svg("svg", { width: 9, height: 9 }, svg("path", { class: "cross", d: "M1 1l7 7M8 1l-7 7" })),
  below: () => svg("svg", { width: 9, height: 8 }, svg("path", { class: "pt", d: "M0 0H9L4.5 8z" })),
  above: () => svg("svg", { width: 9, height: 8 }, svg("path", { class: "pt", d: "M0 8H9L4.5 0z" })),
};

function legendItems(shown: Legend): Node[] {
  const items: [boolean, keyof typeof KEYS, string][] = [
    [shown.scored, "best", "best so far"],
    [shown.scored, "scored", shown.spread ? "iteration ± spread" : "iteration"],
    [shown.running, "running", "running"],
    [shown.none, "none", "no score"],
    [shown.below, "below", "below range"],
    [shown.above, "above", "above range"],
    [shown.lines, "best", "best tenth"],
  ];
  return items.filter(([isShown]) => isShown).map(([, key, words]) => h("span", {}, KEYS[key](), words));
}

/** A line that says how many points outside of the range carry no label. */
export function beyondNote(node: HTMLElement, beyond: { below: number; above: number }): void {
  const parts = [beyond.below && `${beyond.below} more below range`, beyond.above && `${beyond.above} more above range`].filter(Boolean);
  attr(node, "hidden", parts.length === 0);
  setText(node, parts.join(", "));
}
