/** The header: name, state, connection and commands; then how far, how long, how good. */

import type { Action, AppState, Send, View } from "../state";
import type { Host } from "../types";
import { attr, h, icon, name, on, setText, svg } from "../dom";
import * as format from "../format";
import { bestRow, hasEnded, isRunning, metricInfo, primaryMetric, secondsAsked, styleOf, type Model } from "../model";
import { bestSoFar, counts, remaining, secondsUsed, type Counts } from "../progress";
import { activityView } from "./activity";
import { reopenCode } from "./banner";
import { openMenu, rove, type MenuEntry, type OpenMenu } from "./menu";
import { connectionView } from "./connection";
import { deedsView } from "./deeds";
import { RESUMING, RUN_LOOKS } from "./looks";
import { downloadReport } from "./rowmenu";

/** What the header needs of the host: the run's report, and the address of its own page. */
type Ways = Pick<Host, "file" | "log" | "page">;

/** The header's view; `frame` holds its menu and dialog. */
export function headerView(send: Send, frame: HTMLElement, host: Ways): View<AppState> {
  const life = new AbortController();
  const title = titleLine(send, frame, host, life.signal);
  const stats = statLine(send, life.signal);
  const node = h("header", { class: "head" }, title.node, stats.node), roving = rove(node, life.signal);
  return {
    node,
    update: (state) => { title.update(state); stats.update(state); roving.refresh(); },
    dispose: () => { life.abort(); title.dispose(); },
  };
}

// Line 1

function titleLine(send: Send, frame: HTMLElement, host: Ways, signal: AbortSignal): View<AppState> {
  const heading = h("h2", { class: "cut" });
  const id = h("button", { class: "text mono dim long", title: "Copy the run's id" });
  const chip = h("span", { class: "chip", role: "status" });
  const activity = activityView(), connection = connectionView(), deeds = deedsView(send, frame, signal);
  const more = h("button", { class: "icon bare", "aria-label": "More", title: "More", "aria-haspopup": "menu", "aria-expanded": "false" }, icon("dots"));
  const node = h("div", { class: "title", role: "toolbar", "aria-label": "Run" }, heading, id, chip, activity.node, connection.node, deeds.node, more);
  let state: AppState | null = null, menu: OpenMenu | null = null;

  on(id, "click", () => { if (state) send({ kind: "copy", text: state.model.run, what: "Run id" }); }, signal);
  on(more, "click", () => { if (state) menu = openMenu(frame, more, "More", menuEntries(state, send, host)); }, signal);

  const show = (next: AppState): void => {
    state = next;
    const { model } = next, facts = model.facts;
    const shown = format.visible(facts?.name || model.run || "AutoML run");
    if (heading.textContent !== shown) heading.replaceChildren(name(facts?.name || model.run || "AutoML run", { title: `${shown}\n${format.visible(model.run)}` }));
    setText(id, format.visible(model.run));
    chipOf(chip, next);
    activity.update(next);
    connection.update(next);
    deeds.update(next);
  };
  return { node, update: show, dispose: () => { menu?.close(); deeds.dispose(); } };
}

function chipOf(chip: HTMLElement, { model, pending }: AppState): void {
  const known = model.status?.state ?? "preparing", look = known === "interrupted" && pending.has("resume") ? RESUMING : RUN_LOOKS[known];
  const stage = model.status?.stage ?? "";
  if (chip.dataset["state"] !== look.label) {
    chip.dataset["state"] = look.label;
    chip.className = `chip ${look.tone}`;
    chip.replaceChildren(icon(look.icon, look.spins ? "spin" : ""), h("b", {}, look.label));
  }
  attr(chip, "title", stage ? format.visible(stage) : null);
}

function menuEntries(state: AppState, send: Send, host: Ways): MenuEntry[] {
  const { page } = host, best = bestRow(state.model), code = reopenCode(state.model);
  const act = (action: Action) => () => send(action);
  return [
    { label: "Copy get_output code", blocked: best ? undefined : "No iteration has a score yet", run: act({ kind: "copy", text: code, what: "Code" }) },
    { label: "Download report", blocked: best ? undefined : "No iteration has a score yet", run: () => { if (best) void downloadReport(state.model.run, best.i, { send, host }); } },
    { label: "Copy run id", run: act({ kind: "copy", text: state.model.run, what: "Run id" }) },
    null,
    ...(page ? [{ label: "Open in a page of its own", run: () => { window.open(page, "_blank", "noopener"); } }] : []),
    { label: "Full screen", run: act({ kind: "layout", change: "full-width" }) },
    { label: "Reset layout", run: act({ kind: "layout", change: "reset" }) },
  ];
}

// Line 2

function statLine(send: Send, signal: AbortSignal): { node: HTMLElement; update(state: AppState): void } {
  const iterations = figure("Iterations", true), time = figure("Seconds used / asked", true), left = figure("Remaining", false), best = bestFigure(send, signal);
  const node = h("div", { class: "stats" }, iterations.node, time.node, left.node, best.node);
  return {
    node,
    update: (state) => {
      showIterations(iterations, state.model);
      showTime(time, state);
      showRemaining(left, state);
      best.update(state);
    },
  };
}

interface Figure { node: HTMLElement; label: HTMLElement; value: HTMLElement; bar: HTMLElement | null }

function figure(label: string, hasBar: boolean): Figure {
  const labelNode = h("span", { class: "l" }, label), value = h("span", { class: "v" });
  const bar = hasBar ? h("div", { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0 }) : null;
  return { node: h("div", { class: "stat" }, labelNode, value, bar), label: labelNode, value, bar };
}

/** Writes `before <b>bold</b> <dim>after</dim>`, touching the page only if it differs. */
function write(node: HTMLElement, before: string, bold: string, after: string): void {
  const key = `${before}\u0000${bold}\u0000${after}`;
  if (node.dataset["key"] === key) return;
  node.dataset["key"] = key;
  node.replaceChildren(before && `${before} `, bold && h("b", {}, bold), after && " ", after && h("span", { class: "dim" }, after));
  attr(node, "title", null);
}

/** One segment for each kind, in proportion: scored, without score, cancelled, running. */
export function segments({ completed, failed, canceled, running, total }: Counts): { kind: string; percent: number }[] {
  const parts = [["", completed], ["bad", failed], ["off", canceled], ["run", running]] as const;
  return parts.filter(([, n]) => n > 0).map(([kind, n]) => ({ kind, percent: (100 * n) / Math.max(1, total) }));
}

/** The bar of iterations in words: `13 completed, 1 without score, 2 running, 4 queued`. */
export function inWords(of: Counts, ended: boolean): string {
  const parts = [[of.completed, "completed"], [of.failed, "without score"], [of.canceled, "cancelled"], [of.running, "running"], [of.queued, ended ? "not started" : "queued"]] as const;
  return parts.filter(([n]) => n > 0).map(([n, word]) => `${format.count(n)} ${word}`).join(", ") || "none yet";
}

function showIterations({ value, bar }: Figure, model: Model): void {
  const of = counts(model), words = inWords(of, hasEnded(model));
  write(value, "", format.count(of.ended), of.total ? `/ ${format.count(of.total)}` : "");
  attr(value, "title", words);
  if (bar) drawBar(bar, segments(of), of.total, of.ended, words);
}

function drawBar(bar: HTMLElement, parts: readonly { kind: string; percent: number }[], max: number, now: number, words: string): void {
  attr(bar, "aria-valuemax", Math.max(1, Math.round(max)));
  attr(bar, "aria-valuenow", Math.round(Math.min(now, max)));
  attr(bar, "aria-valuetext", words);
  parts.forEach(({ kind, percent }, index) => {
    const node = (bar.children[index] as HTMLElement | undefined) ?? bar.appendChild(h("i"));
    if (node.className !== kind) node.className = kind;
    const width = `${percent.toFixed(2)}%`;
    if (node.style.width !== width) node.style.width = width;
  });
  while (bar.children.length > parts.length) bar.lastElementChild?.remove();
}

function showTime({ label, value, bar }: Figure, { model, now }: AppState): void {
  const used = secondsUsed(model, now), asked = secondsAsked(model);
  const { used: usedText, rest } = format.timeUsed(used, asked);
  const unit = (asked ?? used ?? 0) > 7200 ? "Time" : "Seconds";
  setText(label, asked === null ? `${unit} used` : `${unit} used / asked`);
  write(value, "", usedText, rest);
  if (!bar) return;
  attr(bar, "aria-label", "Time");
  bar.style.visibility = asked === null ? "hidden" : "";
  const percent = asked && used !== null ? Math.min(100, (100 * used) / asked) : 0;
  drawBar(bar, percent > 0 ? [{ kind: "", percent }] : [], asked ?? 1, used ?? 0, asked === null ? "no limit" : `${format.duration(used)} of ${format.duration(asked)}`);
}

function showRemaining({ label, value }: Figure, { model, now }: AppState): void {
  const left = remaining(model, now), isPaused = model.status?.state === "paused";
  if (left.kind === "ended") {
    setText(label, `Ended ${format.clock(left.at, now)}`);
    const reason = format.visible(left.reason ?? "");
    write(value, reason || format.NONE, "", "");
    attr(value, "title", reason || null);
  } else if (left.kind === "first") {
    setText(label, bestRow(model) ? "Remaining" : "First score");
    if (left.seconds === null) write(value, "", "", stageOr(model, anyRuns(model) ? "after the first fold" : "not known yet"));
    else write(value, "in about", format.estimate(left.seconds), "");
  } else if (left.kind === "most") {
    setText(label, "Remaining");
    write(value, "at most", format.estimate(left.seconds), "");
  } else {
    setText(label, "Remaining");
    if (isPaused && !anyRuns(model)) write(value, "", "", "paused");
    else if (left.seconds <= 0) write(value, "", "", stageOr(model, "nearly done"));
    else write(value, "about", format.estimate(left.seconds), "");
  }
}

const stageOr = (model: Model, otherwise: string): string => (model.status?.stage ? format.visible(model.status.stage) : otherwise);
const anyRuns = (model: Model): boolean => [...model.rows.values()].some(isRunning);

function bestFigure(send: Send, signal: AbortSignal): { node: HTMLElement; update(state: AppState): void } {
  const label = h("span", { class: "l" }), value = h("span", { class: "v" });
  const spark = svg("svg", { class: "spark", role: "img" });
  const node = h("div", { class: "stat best" }, h("div", { class: "txt" }, label, value), spark);
  let chosen: number | null = null, key = "", drawn: Model | null = null;
  on(value, "click", (event) => { if (chosen !== null && event.target instanceof Element && event.target.closest("button")) send({ kind: "select", iteration: chosen }); }, signal);
  return {
    node,
    update: ({ model }) => {
      const metric = primaryMetric(model), best = bestRow(model), style = styleOf(model, metric);
      setText(label, metric ? `Best ${format.visible(metric)}` : "Best score");
      attr(label, "title", goalWords(model, metric));
      chosen = best?.i ?? null;
      const text = best ? format.score(best.score, style) : format.NONE;
      const next = `${text} ${best?.spread ?? ""} ${best?.i ?? ""} ${best ? format.pipeline(best) : ""} ${hasEnded(model)}`;
      if (next !== key) {
        key = next;
        if (best) value.replaceChildren(
          h("span", { class: "score" }, text), h("span", { class: "dim" }, format.spread(best.spread, best.score, style)),
          name(format.pipeline(best), { class: "cut" }), h("button", { class: "text dim", title: "Show this iteration", tabindex: 0 }, `iteration\u00a0${best.i}`));
        else value.replaceChildren(h("span", { class: "score dim" }, format.NONE), h("span", { class: "dim" }, hasEnded(model) ? "no iteration has a score" : "after the first iteration"));
      }
      if (drawn !== model) { drawn = model; drawSpark(spark, model, metric); }
    },
  };
}

const goalWords = (model: Model, metric: string): string | null => (metric ? `${metric}, ${metricInfo(model, metric).goal === "max" ? "higher" : "lower"} is better` : null);

const INSET = 22;
/** The best-so-far line as a path in a box of 100 × 100, and where it ends. */
export function sparkPath(steps: readonly { x: number; y: number }[], lastX: number, goal: "max" | "min"): { d: string; end: number } | null {
  const first = steps[0], last = steps[steps.length - 1];
  if (!first || !last) return null;
  const span = Math.max(lastX, last.x) - first.x || 1, rise = Math.abs(last.y - first.y);
  const x = (at: number): string => ((100 * (at - first.x)) / span).toFixed(1);
  const y = (value: number): string => (rise === 0 ? 50 : 100 - INSET - ((100 - 2 * INSET) * Math.abs(value - first.y)) / rise * 1).toFixed(1);
  const d = steps.slice(1).map((step) => `H${x(step.x)}V${goal === "max" ? y(step.y) : flip(y(step.y))}`).join("");
  const end = goal === "max" ? y(last.y) : flip(y(last.y));
  return { d: `M0 ${goal === "max" ? y(first.y) : flip(y(first.y))}${d}H100`, end: Number(end) };
}
const flip = (y: string): string => (100 - Number(y)).toFixed(1);

function drawSpark(spark: SVGSVGElement, model: Model, metric: string): void {
  const { goal } = metricInfo(model, metric), style = styleOf(model, metric);
  const steps = bestSoFar(model, metric, "iteration");
  const drawn = sparkPath(steps, Math.max(0, ...[...model.rows.values()].filter((row) => row.score !== null).map((row) => row.i)), goal);
  attr(spark, "hidden", drawn === null);
  if (!drawn) return;
  attr(spark, "aria-label", `Best so far from ${format.score(steps[0]?.y, style)} to ${format.score(steps[steps.length - 1]?.y, style)}`);
  spark.replaceChildren(
    svg("svg", { width: "100%", height: "100%", viewBox: "0 0 100 100", preserveAspectRatio: "none" }, svg("path", { d: drawn.d })),
    svg("circle", { cx: "100%", cy: `${drawn.end}%`, r: 2.5, fill: "var(--accent)" }));
}
