/** The Log tab: an iteration's output as it comes; follow, search, wrap, copy, download. */

import { download } from "../clipboard";
import { attr, h, icon, on, setText, type IconName } from "../dom";
import { bytes, plural } from "../format";
import { linesOf, missing, textOf, type LogLines, type LogText } from "../logbook";
import { isEnded, isQueued, isRunning } from "../model";
import { isSetup, logPath } from "../setup";
import type { AppState, Send, View } from "../state";
import type { Row } from "../types";
import { find } from "./log-lines";
import { LogWindow, type Marks } from "./log-window";
import { paced, type Pace } from "./paced";
import { copyButton, type PanelState } from "./panel-parts";
import { shape } from "./shapes";

const EMPTY: LogLines = { count: 0, at: () => ({ number: 0, text: "", hole: 0 }) };
const SEARCH_GAP_MS = 300;

export function logTab(send: Send, signal: AbortSignal): View<PanelState> {
  let shownRow: number | null = null, shownLog: LogText | null = null, app: AppState | null = null, row: Row | null = null;
  const screen = new LogWindow(() => follow.set(false), signal);
  const asker = reader(send), note = notes(() => asker.again(), signal);
  const search = searchBar(screen, { lines: () => (shownLog ? linesOf(shownLog) : EMPTY), isFollowing: () => follow.isOn(), moved: () => follow.set(false) }, signal);
  const follow = followSwitch(screen, signal);
  const wrap = h("button", { "aria-pressed": "true" }, "Wrap");
  const copy = copyButton(send, "Log", () => textOf(shownLog ?? undefined), signal, "");
  const save = h("button", { class: "icon", "aria-label": "Download log", title: "Download log" }, shape("download"));
  const foot = h("div", { class: "foot" });
  attr(copy, "class", "icon");
  attr(copy, "aria-label", "Copy log");
  const bar = h("div", { class: "bar2" }, follow.node, search.input, search.count, wrap, copy, save);
  const node = h("div", { class: "panel log" }, bar, h("div", { class: "logbox" }, screen.node, note.node, follow.jump), foot);

  on(wrap, "click", () => {
    const isOn = wrap.getAttribute("aria-pressed") !== "true";
    attr(wrap, "aria-pressed", isOn);
    screen.wrap(isOn);
  }, signal);
  on(save, "click", () => { if (row) download(`${isSetup(row) ? "setup" : `iteration-${row.i}`}.log`, textOf(shownLog ?? undefined)); }, signal);
  on(node, "keydown", (event) => {
    if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    search.input.focus();
    search.input.select();
  }, signal);
  return {
    node,
    update(state) {
      ({ app, row } = state);
      const log = app.logs.get(row.i) ?? null, isNew = row.i !== shownRow, before = shownLog;
      asker.ask(app, row);
      shownRow = row.i;
      shownLog = log;
      const lines = log ? linesOf(log) : EMPTY;
      follow.enable(isRunning(row) || isQueued(row), isNew);
      if (isNew || log !== before) {
        screen.show(lines, isNew || !before || !log ? 0 : unchanged(before, log));
        search.refresh(isNew);
        follow.grown(lines.count, isNew);
      }
      if (isNew && !follow.isOn()) screen.toTop();
      note.show(app, row, lines.count);
      footer(foot, app, row, log, lines.count);
    },
    dispose: () => undefined,
  };
}

/** How many of the first lines two states of the same log have in common. */
function unchanged(before: LogText, after: LogText): number {
  const isWhole = missing(before) === null || before.pieces.length === 1;
  const [first, now] = [before.pieces[0], after.pieces[0]];
  if (!isWhole || before.dropped !== after.dropped || first?.from !== now?.from || after.pieces.some((piece, at) => at > 0 && piece.from !== after.pieces[at - 1]?.to)) return 0;
  return Math.max(0, linesOf(before).count - 1);
}

// Asking

interface Reader { ask(app: AppState, row: Row): void; again(): void }

/** Asks for what the book lacks: when a log is opened, when it is found to have a gap, when the way to the host has changed. */
function reader(send: Send): Reader {
  let asked = "", iteration = -1;
  const read = (): void => queueMicrotask(() => send({ kind: "readLog", iteration }));
  return {
    ask(app, row) {
      const log = app.logs.get(row.i), gap = missing(log);
      const hasNone = isQueued(row) || (row.started_at === null && isEnded(row) && !log);
      const key = [row.i, row.attempt, isEnded(row), log ? gap : "none", app.connection.kind].join("/");
      iteration = row.i;
      if (hasNone || key === asked || app.reading.get(row.i)?.asking) return;
      asked = key;
      read();
    },
    again: read,
  };
}

// Follow

interface Follow {
  node: HTMLElement;
  jump: HTMLElement;
  isOn(): boolean;
  set(on: boolean): void;
  enable(can: boolean, isNew: boolean): void;
  /** There are `count` lines now. */
  grown(count: number, isNew: boolean): void;
}

function followSwitch(screen: LogWindow, signal: AbortSignal): Follow {
  const node = h("button", { class: "bare switch", role: "switch", "aria-checked": "false" }, h("i", {}), "Follow");
  const words = h("span", {}), jump = h("button", { class: "jump", hidden: true }, icon("down"), words);
  let isOn = false, can = false, count = 0, seen = 0;
  const show = (): void => {
    attr(node, "aria-checked", isOn && can);
    attr(node, "disabled", !can);
    attr(node, "title", can ? null : "It has ended");
    attr(jump, "hidden", isOn || !can || screen.isAtEnd());
    setText(words, count > seen ? `Jump to end, ${plural(count - seen, "new line")}` : "Jump to end");
    live();
  };
  const live = (): void => attr(screen.node, "aria-live", isOn && can && screen.node.matches(":focus") ? "polite" : "off");
  const set = (next: boolean): void => {
    if (isOn === next) return;
    isOn = next;
    seen = count;
    if (isOn) screen.toEnd();
    show();
  };
  on(node, "click", () => set(!isOn), signal);
  on(jump, "click", () => { isOn = false; set(true); screen.node.focus({ preventScroll: true }); }, signal);
  on(screen.node, "focus", live, signal);
  on(screen.node, "blur", live, signal);
  on(screen.node, "scroll", () => { if (screen.isAtEnd()) seen = count; show(); }, signal);
  return {
    node, jump, isOn: () => isOn && can, set,
    enable(next, isNew) {
      if (isNew) isOn = next;
      can = next;
      show();
    },
    grown(next, isNew) {
      count = next;
      if (isNew || isOn || screen.isAtEnd()) seen = next;
      if (isOn && can) screen.toEnd();
      show();
    },
  };
}

// Search

interface Search { input: HTMLInputElement; count: HTMLElement; refresh(isNew: boolean): void }

interface Searched { lines(): LogLines; isFollowing(): boolean; moved(): void }

function searchBar(screen: LogWindow, log: Searched, signal: AbortSignal): Search {
  const input = h("input", { type: "text", placeholder: "Search", "aria-label": "Search log", spellcheck: "false", autocomplete: "off" });
  const tally = h("span", { class: "dim tally", "aria-live": "polite", hidden: true });
  let marks: Marks = { found: [], current: -1 };
  const show = (): void => {
    const n = marks.found.length;
    attr(tally, "hidden", !input.value);
    setText(tally, n ? `${marks.current + 1} / ${n}${n >= 10_000 ? "+" : ""}` : "none");
    screen.mark(marks);
  };
  const look = (): void => {
    const was = marks.found[marks.current], found = find(log.lines(), input.value);
    if (!found.length && !marks.found.length && !input.value) return show();
    const from = was?.line ?? screen.firstSeen();
    const next = found.findIndex((one) => one.line >= from);
    marks = { found, current: next < 0 ? found.length - 1 : next };
    show();
  };
  const go = (by: number): void => {
    const n = marks.found.length;
    if (!n) return;
    marks = { ...marks, current: (marks.current + by + n) % n };
    log.moved();
    show();
    screen.toLine(marks.found[marks.current]?.line ?? 0);
  };
  const pace: Pace = paced(() => { if (input.value) look(); }, SEARCH_GAP_MS, signal);
  on(input, "input", () => {
    marks = { found: [], current: -1 };
    look();
    if (marks.found.length && !log.isFollowing()) screen.toLine(marks.found[marks.current]?.line ?? 0);
  }, signal);
  on(input, "keydown", (event) => {
    if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && input.value) { input.value = ""; look(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, signal);
  return { input, count: tally, refresh: (isNew) => { if (isNew) { marks = { found: [], current: -1 }; pace.now(); } else pace.soon(); } };
}

// What stands in place of lines, and below them

function notes(again: () => void, signal: AbortSignal): { node: HTMLElement; show(app: AppState, row: Row, count: number): void } {
  const text = h("p", { dir: "auto" }), button = h("button", {}, "Try again");
  const node = h("div", { class: "lognote", hidden: true }, text, button);
  on(button, "click", again, signal);
  return {
    node,
    show(app, row, count) {
      const reading = app.reading.get(row.i), problem = reading?.problem ?? null;
      attr(node, "hidden", count > 0);
      setText(text, emptyWords(row, reading?.asking ?? false, problem));
      attr(button, "hidden", problem === null || isQueued(row));
    },
  };
}

function emptyWords(row: Row, isAsking: boolean, problem: string | null): string {
  if (isQueued(row)) return "Not started yet. The log begins with the iteration.";
  if (row.started_at === null && isEnded(row)) return "Not started: there is no log.";
  if (problem) return `The log cannot be read. ${problem}`;
  if (isAsking) return "Reading the log…";
  return isRunning(row) ? "Nothing has been written yet." : "The log is empty.";
}

function footer(foot: HTMLElement, app: AppState, row: Row, log: LogText | null, count: number): void {
  const reading = app.reading.get(row.i);
  const lines = log ? count - (log.dropped ? 1 : 0) + log.droppedLines : 0;
  const size = log ? `${plural(lines, "line")}, ${bytes(log.size)}` : "";
  const [shape, way] = source(app, row);
  const words = [way, size, isEnded(row) && log ? "ended" : "", reading?.asking ? "reading…" : "", count ? (reading?.problem ?? "") : ""].filter(Boolean).join(", ");
  const path = logPath(row.i);
  if (foot.dataset["words"] === words + shape + path) return;
  foot.dataset["words"] = words + shape + path;
  const folder = app.model.facts?.folder;
  foot.replaceChildren(...(shape ? [icon(shape, shape === "live" ? "acc" : "")] : []), h("span", { class: "cut", dir: "auto" }, words), h("span", { class: "grow" }),
    h("span", { class: "cut", title: folder ? `${folder}/${path}` : null }, path));
}

/** Where what is shown comes from. */
function source(app: AppState, row: Row): [IconName | null, string] {
  const { kind } = app.connection;
  if (kind === "busy") return ["disk", "kernel busy, read from disk"];
  if (kind === "disk") return ["disk", "read from disk"];
  if (kind === "disconnected") return ["alert", "disconnected"];
  if (kind === "snapshot") return ["disk", "snapshot"];
  return isRunning(row) ? ["live", "live"] : [null, ""];
}
