/** What moves over the chart without plotly drawing again: rings of the selected and the hovered point, the tool-tip. */

import { attr, h, name } from "../dom";
import { duration, score, spread } from "../format";
import { metricInfo, type Model } from "../model";
import { durationOf } from "../progress";
import type { Row } from "../types";
import { frameOf, markOf, type Drawing } from "./chart-figure";

export interface OverlayState {
  model: Model;
  metric: string;
  now: number;
  selected: number | null;
  hovered: number | null;
  /** The iteration whose tool-tip is open: the chart itself has the pointer or the keyboard on it. */
  tip: number | null;
}

export interface Overlay { node: HTMLElement; update(drawing: Drawing | null, state: OverlayState): void }

export function overlay(): Overlay {
  const selected = h("i", { class: "ring chosen", hidden: true });
  const hovered = h("i", { class: "ring", hidden: true });
  const tip = h("div", { class: "pop tip", hidden: true });
  const node = h("div", { class: "over", "aria-hidden": "true" }, selected, hovered, tip);
  let tipOf: Row | null = null;
  return {
    node,
    update(drawing, state) {
      place(selected, drawing, state.selected);
      place(hovered, drawing, state.hovered === state.selected ? null : state.hovered);
      const row = state.tip === null ? undefined : state.model.rows.get(state.tip);
      const at = row && drawing ? whereIs(drawing, row.i) : null;
      attr(tip, "hidden", !at);
      if (!row || !at || !drawing) return;
      if (row !== tipOf) tip.replaceChildren(...tipLines(state, row));
      tipOf = row;
      const isRight = at.left > drawing.width / 2;
      tip.style.left = isRight ? "" : `${at.left + 12}px`;
      tip.style.right = isRight ? `${drawing.width - at.left + 12}px` : "";
      tip.style.top = `${Math.max(0, Math.min(at.top - 20, drawing.height - tip.offsetHeight - 4))}px`;
    },
  };
}

function whereIs(drawing: Drawing, iteration: number): { left: number; top: number } | null {
  const point = drawing.points.find((one) => one.i === iteration);
  return point ? markOf(frameOf(drawing), point) : null;
}

function place(ring: HTMLElement, drawing: Drawing | null, iteration: number | null): void {
  const at = drawing && iteration !== null ? whereIs(drawing, iteration) : null;
  attr(ring, "hidden", !at);
  if (at) ring.style.transform = `translate(${at.left}px, ${at.top}px)`;
}

function tipLines({ model, metric, now }: OverlayState, row: Row): Node[] {
  const point = pointValue(model, row, metric);
  return [
    h("p", { class: "who" }, h("span", { class: "dim" }, `${row.i} `), row.pre ? name(row.pre, { class: "dim" }) : null, " ", name(row.alg || "not chosen yet", { class: "alg" })),
    h("p", {}, point, h("span", { class: "dim" }, `  ${duration(durationOf(row, now))}`)),
  ];
}

/** `0.9983 ± 0.0006`, `0.9979 after 3 folds`, or why there is no score. */
export function pointValue(model: Model, row: Row, metric: string): string {
  const style = { bounded: metricInfo(model, metric).bounds !== null };
  const isPrimary = metric === model.facts?.primary_metric;
  if (row.state === "running" || row.state === "canceling") {
    const mean = row.folds.length ? row.folds.reduce((a, b) => a + b, 0) / row.folds.length : null;
    return isPrimary && mean !== null ? `${score(mean, style)} after ${row.folds.length} of ${row.n_folds} folds` : (row.stage ?? "running");
  }
  const value = (isPrimary ? row.score : null) ?? row.metrics[metric] ?? null;
  if (value === null) return row.reason ?? "no score";
  return `${score(value, style)} ${isPrimary ? spread(row.spread, value, style) : ""}`.trim();
}
