/** The Overview tab: why there is no score, pipeline, folds, metrics, hyper-parameters, against the best, properties. */

import { attr, h, name, svg, type Child } from "../dom";
import * as format from "../format";
import { bestRow, hasEnded, isEnded, isRunning, primaryMetric, scoreOf, styleOf, type Model } from "../model";
import { ranks } from "../order";
import { durationOf } from "../progress";
import type { Send, View } from "../state";
import type { Row } from "../types";
import type { Artifacts } from "./artifacts";
import { copyButton, type PanelState } from "./panel-parts";
import { diagramOf, drawn } from "./diagram";
import { reasonWords, stateWord } from "./row-state";

/** A part of the tab: what it depends on, and how it is made. It is made anew only if that changes, so that a selection survives. */
interface Part { needs: readonly unknown[]; make(): readonly Node[] }

export function overviewTab(send: Send, files: Artifacts, signal: AbortSignal): View<PanelState> {
  const node = h("div", { class: "panel overview", tabindex: "0" });
  const places = Array.from({ length: 8 }, () => ({ node: h("section", {}), needs: null as readonly unknown[] | null, ends: new AbortController() }));
  node.append(...places.map((place) => place.node));
  signal.addEventListener("abort", () => places.forEach((place) => place.ends.abort()), { once: true });
  let shownRow = -1;
  return {
    node,
    update(state) {
      partsOf(state, files, send, (at) => places[at]?.ends.signal ?? signal).forEach((part, at) => {
        const place = places[at];
        if (!place || (place.needs && part.needs.every((need, k) => Object.is(need, place.needs?.[k])))) return;
        place.needs = part.needs;
        place.ends.abort();
        place.ends = new AbortController();
        place.node.replaceChildren(...part.make());
        attr(place.node, "hidden", !place.node.hasChildNodes());
      });
      if (state.row.i !== shownRow) node.scrollTop = 0;
      shownRow = state.row.i;
    },
    dispose: () => undefined,
  };
}

type SignalOf = (place: number) => AbortSignal;

function partsOf({ app, row }: PanelState, files: Artifacts, send: Send, signalOf: SignalOf): Part[] {
  const { model } = app, { facts } = model;
  const pipeline = isEnded(row) && row.score !== null ? files.get(row.i, "pipeline.json", `${row.attempt}${row.state}`) : null;
  const other = rival(model, row), second = isRunning(row) ? Math.floor(app.now) : 0;
  const titles = row.members.map((one) => model.rows.get(one.i)?.alg ?? "").join();
  return [
    { needs: [row, hasEnded(model)], make: () => problem(row, send, signalOf(0)) },
    { needs: [row, facts, pipeline, titles], make: () => section("Pipeline", sizeWords(model), drawn(diagramOf(model, row, pipeline?.kind === "text" ? pipeline.text : null), send, signalOf(1))) },
    { needs: [row, facts], make: () => folds(model, row) },
    { needs: [row, facts], make: () => metrics(model, row) },
    { needs: [row], make: () => parameters(row) },
    { needs: [row, other, facts], make: () => (other ? against(model, row, other) : []) },
    { needs: [row], make: () => warnings(row) },
    { needs: [row, facts, second, hasEnded(model)], make: () => properties(app.now, model, row) },
  ];
}

function section(title: string, aside: string, ...body: readonly Child[]): Node[] {
  return [h("h4", {}, title, aside ? h("span", { class: "cut" }, format.visible(aside)) : null), ...body.filter((one): one is Node => one instanceof Node)];
}

const sizeWords = ({ facts }: Model): string => [facts?.n_columns != null && format.plural(facts.n_columns, "column"), facts?.n_rows != null && format.plural(facts.n_rows, "row")].filter(Boolean).join(", ");

// Without a score

function problem(row: Row, send: Send, signal: AbortSignal): Node[] {
  if (!isEnded(row) || (row.score !== null && !row.error)) return [];
  const reason = h("p", {}, ...reasonWords(row)), title = row.state === "canceled" ? "Not completed" : "Error";
  if (!row.error) return section(title, "", reason);
  const copy = copyButton(send, "Error", () => row.error ?? "", signal);
  return [h("h4", {}, title, copy), reason, h("pre", { class: "trace", tabindex: "0", dir: "auto", "aria-label": "Traceback" }, row.error.split("\n").map(format.visible).join("\n"))];
}

// Folds

function folds(model: Model, row: Row): Node[] {
  const values = row.folds.filter(Number.isFinite), style = styleOf(model, primaryMetric(model));
  if (values.length < 2) return [];
  const write = (value: number): string => format.score(value, style);
  const mean = row.score ?? values.reduce((a, b) => a + b, 0) / values.length;
  const aside = `${primaryMetric(model)}, ${values.length < row.n_folds ? `${values.length} of ${row.n_folds} folds` : format.plural(values.length, "fold")}`;
  return section("Folds", aside, dots(values, mean, write));
}

/** A line with a dot for each fold; the accent bar is the mean. */
function dots(values: readonly number[], mean: number, write: (value: number) => string): SVGSVGElement {
  const low = Math.min(...values, mean), high = Math.max(...values, mean), margin = (high - low) * 0.12 || Math.abs(mean) * 0.01 || 0.01;
  const [from, to] = [low - margin, high + margin];
  const at = (value: number): number => ((value - from) / (to - from)) * 100;
  const middle = at(mean);
  const text = (x: number, anchor: string, words: string): SVGElement => svg("text", { x: `${x}%`, y: 31, "text-anchor": anchor }, words);
  const marks = values.map((value, k) => svg("circle", { class: "pt", cx: `${at(value)}%`, cy: 12, r: 3.5 }, svg("title", {}, `fold ${k + 1}: ${write(value)}`)));
  const inner = svg("svg", { x: 8, width: "96%", height: 34, overflow: "visible" },
    svg("line", { class: "axis", x1: 0, x2: "100%", y1: 12, y2: 12 }),
    svg("line", { class: "mean", x1: `${middle}%`, x2: `${middle}%`, y1: 4, y2: 20 }), ...marks,
    middle > 28 ? text(at(low), at(low) < 8 ? "start" : "middle", write(low)) : null,
    text(Math.min(88, Math.max(12, middle)), "middle", `mean ${write(mean)}`),
    middle < 72 ? text(at(high), at(high) > 92 ? "end" : "middle", write(high)) : null);
  const label = `Scores of ${values.length} folds from ${write(low)} to ${write(high)}, mean ${write(mean)}`;
  return svg("svg", { class: "mini folds", width: "100%", height: 34, role: "img", "aria-label": label }, inner);
}

// Lists of names and values

interface Entry { term: string; value: string; title?: string; isHot?: boolean; isDim?: boolean }

function list(entries: readonly Entry[]): HTMLElement {
  const odd = entries.length % 2 ? [h("dt", { class: "filler" }), h("dd", { class: "filler" })] : [];
  return h("dl", { class: "kv two" }, ...entries.flatMap((entry) => [
    h("dt", { class: "cut" }, name(entry.term)),
    h("dd", { class: `cut${entry.isHot ? " hot" : entry.isDim ? " dim" : ""}`, title: entry.title ?? null }, h("bdi", { dir: "auto" }, entry.value)),
  ]), ...odd);
}

const byName = (a: string, b: string): number => a.toLowerCase().localeCompare(b.toLowerCase(), "en");

/** The metrics of a row, the primary one first. */
function metricsOf(model: Model, row: Row): string[] {
  const primary = primaryMetric(model);
  const rest = Object.keys(row.metrics).filter((one) => one !== primary).sort(byName);
  return scoreOf(model, row, primary) === null && !(primary in row.metrics) ? rest : [primary, ...rest];
}

function metrics(model: Model, row: Row): Node[] {
  const names = metricsOf(model, row);
  if (!names.length || isRunning(row)) return [];
  const entries = names.map((one): Entry => {
    const value = scoreOf(model, row, one);
    return { term: one, value: format.score(value, styleOf(model, one)), isHot: one === primaryMetric(model), isDim: value === null, ...(value === null ? {} : { title: String(value) }) };
  });
  return section("Metrics", row.folds.length > 1 ? `mean of ${row.folds.length} folds` : "", list(entries));
}

function parameters(row: Row): Node[] {
  const names = Object.keys(row.params).sort(byName);
  if (!names.length) return [];
  const changed = new Set(row.changed);
  const entries = names.map((one): Entry => ({ term: one, value: format.parameter(row.params[one]), title: format.parameterInFull(row.params[one]), isHot: changed.has(one) }));
  return section("Hyper-parameters", changed.size ? "bold: differs from the default" : "all as by default", list(entries));
}

// Against the best

const MOST_DIFFERENCES = 6;

/** The row that this one is measured against: the best, or for the best the second. */
function rival(model: Model, row: Row): Row | null {
  if (row.score === null) return null;
  const best = bestRow(model);
  if (best && best.i !== row.i) return best;
  const others = [...ranks(model)].filter(([i]) => i !== row.i).sort((a, b) => a[1] - b[1] || a[0] - b[0]);
  return others[0] ? (model.rows.get(others[0][0]) ?? null) : null;
}

function against(model: Model, row: Row, other: Row): Node[] {
  const entries = metricsOf(model, row).flatMap((one): Entry[] => {
    const [mine, theirs] = [scoreOf(model, row, one), scoreOf(model, other, one)];
    if (mine === null || theirs === null) return [];
    return [{ term: one, value: format.difference(mine - theirs, styleOf(model, one)), isHot: one === primaryMetric(model), title: `${mine} against ${theirs}` }];
  }).slice(0, MOST_DIFFERENCES);
  const settings = row.alg === other.alg && row.alg ? Object.keys(row.params).sort(byName).flatMap((one): Entry[] => {
    const [mine, theirs] = [format.parameter(row.params[one]), format.parameter(other.params[one])];
    return mine === theirs || !(one in other.params) ? [] : [{ term: one, value: `${mine}, not ${theirs}`, title: `${format.parameterInFull(row.params[one])}, not ${format.parameterInFull(other.params[one])}` }];
  }).slice(0, MOST_DIFFERENCES) : [];
  if (!entries.length) return [];
  const isBest = bestRow(model)?.i === row.i;
  return section(`Against iteration ${other.i}, the ${isBest ? "second" : "best"}`, format.pipeline(other), list(entries), settings.length ? list(settings) : null);
}

function warnings(row: Row): Node[] {
  if (!row.warnings.length) return [];
  return section("Warnings", String(row.warnings.length), h("ul", { class: "warnings" }, ...row.warnings.map((one) => h("li", { dir: "auto" }, format.visible(one)))));
}

// Properties

function properties(now: number, model: Model, row: Row): Node[] {
  const has = <T>(value: T | null, write: (value: T) => string): string => (value === null ? format.NONE : write(value));
  const entries: (readonly [string, string, (string | null)?])[] = [
    ["State", stateWord(row, hasEnded(model)), row.reason],
    ["Attempt", String(row.attempt + 1)],
    ...(row.retried ? [["Tried again", row.retried] as const] : []),
    ["Started", format.clock(row.started_at, now)],
    ["Worker", has(row.pid, (pid) => `pid ${pid}`)],
    ...(row.node ? [["Node", row.node] as const] : []),
    ["Duration", format.duration(row.started_at === null ? null : durationOf(row, now))],
    ["Peak memory", format.memory(row.memory_mb)],
    ["Refit on all rows", format.duration(row.refit_s)],
    ["Model size", format.memory(row.model_mb)],
    ["Time per 1,000 rows", format.milliseconds(row.predict_ms)],
    ["Random seed", has(model.facts?.random_state ?? null, String)],
    ["Proposed by", { portfolio: "portfolio", tuned: "tuner", ensemble: "ensemble" }[row.origin]],
    ["Run", model.run],
  ];
  return section("Properties", "", list(entries.map(([term, value, title]) => ({ term, value: format.visible(value), title: title ?? value, isDim: value === format.NONE }))));
}
