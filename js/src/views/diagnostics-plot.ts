/** Small charts in SVG that stretch with the panel: places are shares of the frame, so nothing is measured. */

import { h, svg } from "../dom";
import { NONE, visible } from "../format";

export type Span = readonly [from: number, to: number];
/** main: the accent · other: ink · dashed: dim and dashed · chance: dotted. */
export type Look = "main" | "other" | "dashed" | "chance";
export interface Axis { span: Span; title: string; format?: (value: number) => string; /** Names instead of ticks, one for each whole number from 0. */ names?: readonly string[] }
export interface Path { x: readonly (number | null)[]; y: readonly (number | null)[]; look: Look; words?: string; dots?: boolean }
export interface Bar { from: number; to: number; height: number; words: string; look?: "main" | "quiet" }
export interface Band { x: readonly number[]; low: readonly number[]; high: readonly number[] }
export interface Cell { x: number; y: number; width: number; height: number; share: number }
export interface Plot { x: Axis; y: Axis; label: string; paths?: readonly Path[]; bars?: readonly Bar[]; band?: Band; points?: readonly (readonly [number, number])[]; cells?: readonly Cell[]; rule?: number }

const PLAIN = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4 });
/** A number on an axis or in a caption, 4 digits that matter. */
export function plain(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return value.toExponential(1).replace("e+", "e").replace("-", "−");
  return PLAIN.format(value).replace("-", "−");
}

/** About `n` round numbers within a span. */
export function ticks([from, to]: Span, n = 5): number[] {
  const rough = (to - from) / n;
  if (!(rough > 0) || !Number.isFinite(rough)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough)), by = [1, 2, 2.5, 5, 10].find((one) => one * power >= rough) ?? 10, step = by * power;
  const first = Math.ceil(from / step - 1e-9), last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

/** The span of all numbers there are, a little wider; never empty. */
export function spanOf(values: readonly (number | null)[], room = 0.04): Span {
  const known = values.filter((one): one is number => one !== null && Number.isFinite(one));
  const low = known.reduce((a, b) => Math.min(a, b), Infinity), high = known.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!known.length) return [0, 1];
  const extra = (high - low) * room || Math.abs(high) * 0.1 || 1;
  return [low - extra, high + extra];
}

const percent = (share: number): string => `${Math.round(share * 1e4) / 100}%`;

export function plot(given: Plot): SVGSVGElement {
  const { x, y } = given, across = (value: number): number => (value - x.span[0]) / (x.span[1] - x.span[0]), up = (value: number): number => 1 - (value - y.span[0]) / (y.span[1] - y.span[0]);
  const inner = svg("svg", { width: "100%", height: "100%", viewBox: "0 0 100 100", preserveAspectRatio: "none", overflow: "hidden" });
  for (const cell of given.cells ?? []) {
    const box = svg("rect", { class: "cell", x: across(cell.x) * 100, y: up(cell.y + cell.height) * 100, width: (across(cell.width) - across(0)) * 100 + 0.2, height: (up(0) - up(cell.height)) * 100 + 0.2 });
    box.style.setProperty("--p", percent(0.12 + 0.88 * cell.share));
    inner.append(box);
  }
  if (given.band) inner.append(svg("path", { class: "band", d: bandOf(given.band, across, up) }));
  for (const bar of given.bars ?? []) inner.append(barOf(bar, y, across, up));
  for (const path of given.paths ?? []) inner.append(svg("path", { class: `curve ${path.look}`, d: pathOf(path, across, up) }));
  if (given.rule !== undefined) inner.append(svg("path", { class: "rule", d: `M${across(given.rule) * 100} 0V100` }));
  return svg("svg", { class: "dplot", role: "img", "aria-label": given.label }, ...axes(x, y, across, up), inner, ...dotsOf(given, across, up));
}

function pathOf({ x, y }: Pick<Path, "x" | "y">, across: (v: number) => number, up: (v: number) => number): string {
  let isOpen = false;
  return x.map((one, k) => {
    const value = y[k];
    if (one === null || value === null || value === undefined) { isOpen = false; return ""; }
    const step = `${isOpen ? "L" : "M"}${(across(one) * 100).toFixed(2)} ${(up(value) * 100).toFixed(2)}`;
    isOpen = true;
    return step;
  }).join("");
}

function bandOf({ x, low, high }: Band, across: (v: number) => number, up: (v: number) => number): string {
  return `${pathOf({ x, y: high }, across, up)}${pathOf({ x: [...x].reverse(), y: [...low].reverse() }, across, up).replace("M", "L")}Z`;
}

function barOf(bar: Bar, y: Axis, across: (v: number) => number, up: (v: number) => number): SVGElement {
  const left = across(bar.from) * 100, base = up(Math.max(0, y.span[0])) * 100, top = up(bar.height) * 100;
  const box = svg("rect", { class: bar.look ?? "main", x: left + 0.15, y: Math.min(base, top), width: Math.max(0.1, across(bar.to) * 100 - left - 0.3), height: Math.abs(base - top) });
  box.append(svg("title", {}, bar.words));
  return box;
}

function dotsOf(given: Plot, across: (v: number) => number, up: (v: number) => number): SVGElement[] {
  const dots = (given.points ?? []).map(([one, value]) => svg("circle", { class: "pt", cx: percent(across(one)), cy: percent(up(value)), r: 2 }));
  for (const { x, y, dots: isDotted } of given.paths ?? []) {
    if (isDotted) x.forEach((one, k) => { const value = y[k]; if (one !== null && value != null) dots.push(svg("circle", { class: "pt top", cx: percent(across(one)), cy: percent(up(value)), r: 2.5 })); });
  }
  return dots;
}

function axes(x: Axis, y: Axis, across: (v: number) => number, up: (v: number) => number): SVGElement[] {
  const format = y.format ?? plain, along = x.format ?? plain;
  const rows = ticks(y.span, 4).flatMap((value) => [
    svg("line", { class: "grid", x1: 0, x2: "100%", y1: percent(up(value)), y2: percent(up(value)) }),
    svg("text", { x: -6, y: percent(up(value)), dy: 4, "text-anchor": "end" }, format(value)),
  ]);
  const marks = x.names
    ? x.names.map((words, k) => svg("text", { x: percent(across(k + 0.5)), y: "100%", dy: 15, "text-anchor": "middle" }, visible(words)))
    : ticks(x.span, 5).map((value) => svg("text", { x: percent(across(value)), y: "100%", dy: 15, "text-anchor": "middle" }, along(value)));
  return [
    ...rows, ...marks, svg("line", { class: "axis", x1: 0, x2: "100%", y1: "100%", y2: "100%" }),
    svg("text", { x: "50%", y: "100%", dy: 30, "text-anchor": "middle" }, visible(x.title)),
    svg("text", { x: -34, y: 0, dy: -8, "text-anchor": "start" }, visible(y.title)),
  ];
}

/** The lines' names with a piece of each. */
export function legend(paths: readonly Path[]): HTMLElement {
  const named = paths.filter((one) => one.words);
  return h("p", { class: "dlegend" }, ...named.map(({ look, words }) =>
    h("span", {}, svg("svg", { width: 18, height: 8, "aria-hidden": "true" }, svg("path", { class: `curve ${look}`, d: "M0 4H18" })), h("bdi", {}, visible(words ?? "")))));
}
