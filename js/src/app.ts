/** The widget as a whole: one shadow root, the state, the blocks on it, and what an action does outside of the page. */

import { announcer, news, type Announcer } from "./announce";
import { guarded } from "./boundary";
import { copyText } from "./clipboard";
import { h, on } from "./dom";
import { recall, remember, type Kept } from "./keep";
import { edge, splitter, toggleFullScreen } from "./layout";
import { Liaison } from "./liaison";
import { isNarrowed } from "./order";
import { bestRow, hasEnded, isEnded, isFailed, type Model } from "./model";
import { rowAt } from "./setup";
import type { Action, AppState, Send, View } from "./state";
import base from "./styles.css?inline";
import { followTheme } from "./theme";
import { act, START } from "./ui";
import type { Host } from "./types";
import { bannerView } from "./views/banner";
import chartStyle from "./views/chart.css?inline";
import diagnosticsStyle from "./views/diagnostics.css?inline";
import { chartView } from "./views/chart";
import comparedStyle from "./views/cmp.css?inline";
import compareStyle from "./views/compare.css?inline";
import { compareView } from "./views/compare";
import { headerView } from "./views/header";
import importanceStyle from "./views/importance.css?inline";
import panelStyle from "./views/panel.css?inline";
import { panelView } from "./views/panel";
import { stripView } from "./views/strip";
import { tableView, type Table } from "./views/table";

const STYLE = [base, chartStyle, panelStyle, comparedStyle, compareStyle, diagnosticsStyle, importanceStyle].join("\n");
const TOAST_MS = 4000, READ_MS = 60;
/** Under this width the panel lies below and does not open by itself. */
const ONE_COLUMN = 960;
/** Actions that change little and come often: they wait for the next frame. */
const LAZY = new Set<Action["kind"]>(["hover", "readLog", "say", "copy", "notice"]);

/** The style as an object: a page may forbid styles in its text. Browsers of before 2023 have no such objects in all places. */
function dress(shadow: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
  } catch {
    shadow.append(h("style", {}, STYLE));
  }
}

/** Puts the widget into `parent`; the function that comes back takes it away without a trace. */
export function mount(parent: HTMLElement, host: Host): () => void {
  const app = new App(parent, host);
  return () => app.dispose();
}

class App {
  private readonly life = new AbortController();
  private readonly outer = h("div", { class: "automl-run" });
  private readonly article = h("article", { class: "rd" });
  private readonly inner = h("div", { class: "rd-in" });
  private readonly main = h("div", { class: "main closed" });
  private readonly region = h("div", { class: "sr", role: "status", "aria-live": "polite" });
  private readonly toast = h("div", { class: "pop toast", hidden: true, "aria-hidden": "true" });
  private readonly announcer: Announcer = announcer(this.region);
  private readonly liaison: Liaison;
  private readonly views: View<AppState>[];
  /** The detail panel: hidden while iterations are compared in its place. */
  private readonly detail: View<AppState>;
  private readonly table: Table | null;
  private readonly panel: HTMLElement;
  private readonly split: { node: HTMLElement; update(): void };
  private state: AppState;
  private kept: Kept = recall();
  /** The user has not chosen a row yet: the panel follows the best. */
  private isFollowing = true;
  private isUpdating = false;
  private request = 0;
  private toastTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parent: HTMLElement, private readonly host: Host) {
    const { signal } = this.life;
    this.state = { ...START, columns: this.kept.columns, sort: this.kept.sort };
    const shadow = this.outer.attachShadow({ mode: "open" });
    dress(shadow);
    shadow.append(this.article);
    const blocks = this.build(this.send);
    this.views = blocks.views;
    this.detail = blocks.detail;
    this.table = blocks.table;
    this.panel = blocks.panel;
    this.split = splitter(this.main, () => this.aside(), (width) => this.keep({ split: width }), signal);
    this.main.append(this.split.node);
    this.article.append(this.inner, edge(this.inner, (height) => this.keep({ height }), signal), this.region, this.toast);
    this.applyKept();
    parent.append(this.outer);
    on(this.article, "keydown", (event) => this.onKey(event), signal);
    followTheme(this.article, parent, (theme) => this.set({ ...this.state, theme }), signal);
    this.liaison = new Liaison(host, () => this.state, (next) => this.set(next), (text) => this.notice(text), signal);
    this.liaison.start();
    const observer = new ResizeObserver(() => this.resized());
    observer.observe(this.article);
    signal.addEventListener("abort", () => observer.disconnect(), { once: true });
    this.flush();
  }

  private build(send: Send): { views: View<AppState>[]; detail: View<AppState>; table: Table | null; panel: HTMLElement } {
    const header = guarded("header", send, () => headerView(send, this.article, this.host));
    const banner = guarded("banner", send, () => bannerView(send));
    const strip = guarded("list of guardrails", send, () => stripView());
    const chart = guarded("chart", send, () => chartView(send, this.host));
    const table = guarded("table", send, () => tableView(send, this.host, this.article));
    const panel = guarded("detail panel", send, () => panelView(send, this.host)), compare = guarded("comparison", send, () => compareView(send));
    const left = h("div", { class: "left" }, h("div", { class: "left-in" }, chart.view.node, table.view.node));
    this.main.append(left, panel.view.node, compare.view.node);
    this.inner.append(header.view.node, banner.view.node, strip.view.node, this.main);
    return { views: [header, banner, strip, chart, table, compare].map((block) => block.view), detail: panel.view, table: table.inner, panel: panel.inner?.node ?? panel.view.node };
  }

  // State and drawing

  private readonly send: Send = (action) => {
    if (this.life.signal.aborted) return;
    const before = this.state;
    if (["select", "close", "tab", "tick", "compare"].includes(action.kind)) this.isFollowing = false;
    this.state = act(before, action);
    this.outside(action);
    if (this.state !== before || !LAZY.has(action.kind)) this.draw(LAZY.has(action.kind));
    if (this.state.columns !== before.columns || this.state.sort !== before.sort) this.keep({ columns: { ...this.state.columns }, sort: this.state.sort });
    this.moveFocus(action, before);
  };

  /** A new state that did not come from the user. */
  private set(next: AppState): void {
    const before = this.state.model;
    this.state = next;
    if (next.model !== before) this.modelChanged(before, next.model);
    this.draw(true);
  }

  private modelChanged(before: Model, model: Model): void {
    const sentence = news(before, model);
    if (sentence) this.announcer.say(sentence);
    if (model.rows !== before.rows || model.status !== before.status) this.follow(model);
  }

  /** Until the user has chosen, the panel shows the best row, or the last failure of a run that failed; in one column it stays closed. */
  private follow(model: Model): void {
    if (!this.isFollowing) return;
    const { select } = this.host;
    if (select !== undefined && model.rows.has(select)) {
      this.isFollowing = false;
      this.state = act(this.state, { kind: "select", iteration: select });
      return;
    }
    const best = bestRow(model), failed = model.status?.state === "failed" && !best ? [...(model.setup ? [model.setup] : []), ...model.rows.values()].filter(isFailed).pop() : undefined;
    if (failed) this.state = act(this.state, { kind: "select", iteration: failed.i, tab: "log" });
    else if (best && this.article.getBoundingClientRect().width >= ONE_COLUMN) this.state = act(this.state, { kind: "select", iteration: best.i });
  }

  /** A host may lay the widget out only after it was made. */
  private resized(): void {
    const before = this.state;
    this.follow(before.model);
    if (this.state !== before) this.draw(true);
  }

  private draw(isLazy: boolean): void {
    if (!isLazy && !this.isUpdating) this.flush();
    else this.request ||= requestAnimationFrame(() => this.flush());
  }

  private flush(): void {
    cancelAnimationFrame(this.request);
    this.request = 0;
    if (this.life.signal.aborted) return;
    this.isUpdating = true;
    const { state } = this, { model } = state, isOpen = state.isComparing || rowAt(model, state.selected) !== undefined;
    this.article.dataset["state"] = isEmpty(model) ? "empty" : (model.status?.state ?? "empty");
    this.article.setAttribute("aria-label", `AutoML run ${model.facts?.name ?? model.run}`);
    this.outer.dataset["run"] = model.run;
    this.main.classList.toggle("closed", !isOpen);
    for (const view of this.views) view.update(state);
    this.detail.update(state.isComparing ? { ...state, selected: null } : state);
    if (isOpen) this.split.update();
    this.isUpdating = false;
  }

  // What an action does outside of the page's state

  private outside(action: Action): void {
    if (action.kind === "command") void this.liaison.command(action.command);
    else if (action.kind === "readLog") void this.liaison.readLog(action.iteration);
    else if (action.kind === "say") this.announcer.say(action.text);
    else if (action.kind === "notice") this.notice(action.text);
    else if (action.kind === "copy") void this.copy(action.text, action.what);
    else if (action.kind === "layout" && action.change === "reset") this.keep({ split: null, height: null, columns: {}, sort: null });
    else if (action.kind === "layout") toggleFullScreen(this.article).catch(() => this.notice("This page does not allow the full screen"));
  }

  private async copy(text: string, what: string): Promise<void> {
    const isDone = await copyText(text, this.article);
    const words = isDone ? `${what} copied` : `${what} could not be copied: the browser does not allow it here`;
    if (isDone && this.panel.contains(this.active())) this.announcer.say(words);
    else this.notice(words);
  }

  private notice(text: string): void {
    if (this.life.signal.aborted) return;
    this.announcer.say(text);
    this.toast.textContent = text;
    this.toast.hidden = false;
    clearTimeout(this.toastTimer);
    this.toastTimer = setTimeout(() => { this.toast.hidden = true; }, Math.max(TOAST_MS, READ_MS * text.length));
  }

  private keep(change: Partial<Kept>): void {
    this.kept = { ...this.kept, ...change };
    remember(this.kept);
    this.applyKept();
  }

  private applyKept(): void {
    const px = (value: number | null): string => (value === null ? "" : `${value}px`);
    this.main.style.setProperty("--panel", px(this.kept.split));
    this.inner.style.setProperty("--height", px(this.kept.height));
  }

  // Focus and keys

  private active(): Element | null {
    return this.outer.shadowRoot?.activeElement ?? null;
  }

  private moveFocus(action: Action, before: AppState): void {
    if (action.kind === "select" && action.focus) this.panel.querySelector<HTMLElement>("[role=tab][aria-selected=true]")?.focus({ preventScroll: true });
    const opens = action.kind === "select" && before.selected === null && this.state.selected !== null;
    if (opens || (!before.isComparing && this.state.isComparing)) this.reveal();
    if (action.kind === "close" && before.selected !== null && !before.isComparing) this.table?.focusRow(before.selected);
  }

  /** What stands beside the table: the details, or the comparison. */
  private aside(): HTMLElement {
    return this.main.querySelector<HTMLElement>(":scope > aside:not([hidden])") ?? this.panel;
  }

  /** In one column the panel opens below: it is brought into view if less than 120 px of it show. */
  private reveal(): void {
    const box = this.aside().getBoundingClientRect();
    const isBelow = this.article.getBoundingClientRect().width < ONE_COLUMN;
    if (isBelow && Math.min(box.bottom, window.innerHeight) - Math.max(box.top, 0) < 120) this.aside().scrollIntoView({ block: "nearest" });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement || event.target instanceof HTMLSelectElement;
    if (event.key === "/" && !field) this.table?.focusFilter();
    else if (event.key === "Escape" && !document.fullscreenElement && this.escape()) event.stopPropagation();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Menus and dialogs take Escape themselves; then the filter is cleared, then the panel is closed. */
  private escape(): boolean {
    if (isNarrowed(this.state)) {
      this.send({ kind: "filter", text: "" });
      this.send({ kind: "stateFilter", state: "all" });
      this.send({ kind: "algorithm", name: "" });
    } else if (this.state.selected !== null || this.state.isComparing) this.send({ kind: "close" });
    else return false;
    return true;
  }

  dispose(): void {
    this.life.abort();
    cancelAnimationFrame(this.request);
    clearTimeout(this.toastTimer);
    this.announcer.dispose();
    for (const view of [...this.views, this.detail]) view.dispose();
    this.outer.remove();
  }
}

/** Nothing has a score, nothing has ended: the widget is as high as what it has to show. */
const isEmpty = (model: Model): boolean => !hasEnded(model) && ![...model.rows.values()].some(isEnded);
