// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { append, NO_LOGS, type LogBook } from "../src/logbook";
import type { AppState } from "../src/state";
import { logTab } from "../src/views/log";
import { done, ear, failed, find, key, row, running, settled, state, T0 } from "./panel-make";

const WINDOW = 400;
const sizeOf = (text: string): number => new TextEncoder().encode(text).length;
const bookOf = (text: string, i = 0, before: LogBook = NO_LOGS): LogBook => {
  const from = before.get(i)?.size ?? 0;
  return append(before, { i, from, size: from + sizeOf(text), text });
};
const numbered = (n: number, from = 0): string => Array.from({ length: n }, (_, k) => `17:42:08 line ${from + k}\n`).join("");

function opened(app: AppState) {
  const ends = new AbortController(), heard = ear(), view = logTab(heard.send, ends.signal);
  document.body.append(view.node);
  const show = (next: AppState): void => { const one = next.model.rows.get(next.selected ?? -1); if (one) view.update({ app: next, row: one }); };
  show(app);
  const pre = find<HTMLPreElement>(view.node, "pre");
  return { heard, view, show, pre, input: find<HTMLInputElement>(view.node, "input"), follow: find<HTMLButtonElement>(view.node, "[role=switch]"), jump: find(view.node, ".jump") };
}

const shownLines = (pre: HTMLElement): string[] => [...pre.querySelectorAll("div")].map((one) => one.querySelector("bdi")?.textContent ?? "");

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (act: () => void) => setTimeout(act, 16));
  Object.defineProperty(HTMLElement.prototype, "clientHeight", { configurable: true, get: () => WINDOW });
  Object.defineProperty(HTMLElement.prototype, "scrollHeight", {
    configurable: true, get(this: HTMLElement) { return [...this.children].reduce((sum, one) => sum + (one.tagName === "DIV" ? 17 : Number.parseFloat((one as HTMLElement).style.height) || 0), 0); },
  });
});
afterEach(() => { vi.useRealTimers(); vi.unstubAllGlobals(); document.body.replaceChildren(); });

/** As a hand does it: the box scrolls, then it says so. */
function scroll(pre: HTMLElement, top: number): void {
  pre.scrollTop = top;
  pre.dispatchEvent(new Event("scroll"));
  vi.advanceTimersByTime(20);
}

describe("reading", () => {
  test("opening a log asks for it once", async () => {
    const app = state([running(0)]), { heard, show } = opened(app);
    show({ ...app, now: app.now + 1 });
    await settled();
    expect(heard.of("readLog")).toEqual([{ kind: "readLog", iteration: 0 }]);
  });
  test("a gap is asked for, and another way to the host is tried", async () => {
    const app = state([running(0)], { logs: bookOf("a\n") }), { heard, show } = opened(app);
    await settled();
    const torn = append(app.logs, { i: 0, from: 10, size: 12, text: "b\n" });
    show({ ...app, logs: torn });
    show({ ...app, logs: torn, connection: { kind: "busy" } });
    await settled();
    expect(heard.of("readLog")).toHaveLength(3);
  });
  test("what has not started has no log to ask for", async () => {
    const { heard, view } = opened(state([row(0)]));
    await settled();
    expect(heard.of("readLog")).toEqual([]);
    expect(find(view.node, ".lognote p").textContent).toBe("Not started yet. The log begins with the iteration.");
  });
  test("a log that cannot be read says why, and can be asked for again", async () => {
    const { heard, view } = opened(state([done(0, 0.9)], { reading: new Map([[0, { asking: false, problem: "The folder is not served." }]]) }));
    await settled();
    expect(find(view.node, ".lognote p").textContent).toBe("The log cannot be read. The folder is not served.");
    find(view.node, ".lognote button").click();
    await settled();
    expect(heard.of("readLog")).toHaveLength(2);
  });
  test("empty, being read, nothing yet", () => {
    const words = (app: AppState): string => find(opened(app).view.node, ".lognote p").textContent ?? "";
    expect(words(state([failed(0)], { logs: append(NO_LOGS, { i: 0, from: 0, size: 0, text: "" }) }))).toBe("The log is empty.");
    expect(words(state([failed(0)], { reading: new Map([[0, { asking: true, problem: null }]]) }))).toBe("Reading the log…");
    expect(words(state([running(0)]))).toBe("Nothing has been written yet.");
    expect(words(state([row(0, { state: "canceled", ended_at: T0 })]))).toBe("Not started: there is no log.");
  });
});

describe("lines", () => {
  test("have number, time and level; foreign text is text", () => {
    const { pre } = opened(state([done(0, 0.9)], { logs: bookOf("2026-07-01 17:42:27,105 WARN <b>odd</b>\nplain\n") }));
    expect(shownLines(pre)).toEqual(["17:42:27WARN <b>odd</b>", "plain"]);
    expect(find(pre, "div").className).toBe("w");
    expect(find(pre, "time").title).toBe("2026-07-01 17:42:27,105");
    expect(pre.querySelector("b")).toBeNull();
  });
  test("of a hundred thousand only those in view are in the page", () => {
    const { pre } = opened(state([done(0, 0.9)], { logs: bookOf(Array.from({ length: 100_000 }, (_, k) => `${k}\n`).join("")) }));
    expect(pre.querySelectorAll("div").length).toBeLessThan(60);
    scroll(pre, 17 * 50_000);
    expect(shownLines(pre)).toContain("50005");
    expect(pre.querySelectorAll("div").length).toBeLessThan(80);
  });
  test("what is missing stands as one line", () => {
    const torn = append(bookOf("a\n"), { i: 0, from: 1000, size: 1002, text: "b\n" });
    expect(opened(state([done(0, 0.9)], { logs: torn })).pre.textContent).toContain("998 B here are not shown");
  });
  test("the footer says source, size and end", () => {
    const foot = (app: AppState): string => find(opened(app).view.node, ".foot").textContent ?? "";
    const logs = bookOf(numbered(9));
    expect(foot(state([running(0)], { logs }))).toBe("live, 9 lines, 144 Biterations/0/log.txt");
    expect(foot(state([done(0, 0.9)], { logs }))).toBe("9 lines, 144 B, endediterations/0/log.txt");
    expect(foot(state([running(0)], { logs, connection: { kind: "busy" } }))).toContain("kernel busy, read from disk, 9 lines");
  });
});

describe("following", () => {
  test("a running log is followed to its end", () => {
    const app = state([running(0)], { logs: bookOf(numbered(100)) }), { pre, show, follow } = opened(app);
    expect(follow.getAttribute("aria-checked")).toBe("true");
    show({ ...app, logs: bookOf(numbered(50, 100), 0, app.logs) });
    expect(shownLines(pre).at(-1)).toBe("17:42:08line 149");
  });
  test("scrolling up ends it, and a button leads back and counts", () => {
    const app = state([running(0)], { logs: bookOf(numbered(100)) }), { pre, show, follow, jump } = opened(app);
    scroll(pre, 500);
    expect(follow.getAttribute("aria-checked")).toBe("false");
    show({ ...app, logs: bookOf(numbered(12, 100), 0, app.logs) });
    expect([jump.hidden, jump.textContent]).toEqual([false, "Jump to end, 12 new lines"]);
    expect(pre.scrollTop).toBe(500);
    jump.click();
    expect([jump.hidden, follow.getAttribute("aria-checked")]).toEqual([true, "true"]);
    expect(shownLines(pre).at(-1)).toBe("17:42:08line 111");
  });
  test("there is nothing to follow once it has ended, and it is read from the top", () => {
    const { follow, pre } = opened(state([done(0, 0.9)], { logs: bookOf(numbered(200)) }));
    expect([follow.disabled, follow.title, follow.getAttribute("aria-checked")]).toEqual([true, "It has ended", "false"]);
    expect(shownLines(pre)[0]).toBe("17:42:08line 0");
  });
  test("it is read aloud only while it is followed and has the focus", () => {
    const { pre } = opened(state([running(0)], { logs: bookOf(numbered(3)) }));
    expect(pre.getAttribute("aria-live")).toBe("off");
    pre.focus();
    expect(pre.getAttribute("aria-live")).toBe("polite");
  });
});

describe("searching", () => {
  const type = (input: HTMLInputElement, text: string): void => { input.value = text; input.dispatchEvent(new Event("input")); };
  const tally = (view: { node: HTMLElement }): string => find(view.node, ".tally").textContent ?? "";

  test("marks every place; Enter goes on, Shift Enter back", () => {
    const { view, input, pre } = opened(state([done(0, 0.9)], { logs: bookOf("fold 1\nx\nfold 2\nFold 3\n") }));
    type(input, "fold");
    expect(tally(view)).toBe("1 / 3");
    expect([...pre.querySelectorAll("mark")].map((one) => one.textContent)).toEqual(["fold", "fold", "Fold"]);
    input.dispatchEvent(key("Enter"));
    expect(tally(view)).toBe("2 / 3");
    input.dispatchEvent(key("Enter", { shiftKey: true }));
    input.dispatchEvent(key("Enter", { shiftKey: true }));
    expect(tally(view)).toBe("3 / 3");
    expect(find(pre, "mark.here").textContent).toBe("Fold");
  });
  test("what is not there is said, and Escape clears before it closes anything", () => {
    const { view, input } = opened(state([done(0, 0.9)], { logs: bookOf("fold 1\n") }));
    const outside = vi.fn();
    document.body.addEventListener("keydown", outside);
    type(input, "zebra");
    expect(tally(view)).toBe("none");
    input.dispatchEvent(key("Escape"));
    expect([input.value, outside.mock.calls.length]).toEqual(["", 0]);
    input.dispatchEvent(key("Escape"));
    expect(outside).toHaveBeenCalledOnce();
  });
  test("new lines are searched too", () => {
    const app = state([running(0)], { logs: bookOf("fold 1\n") }), { view, input, show } = opened(app);
    type(input, "fold");
    show({ ...app, logs: bookOf("fold 2\n", 0, app.logs) });
    vi.advanceTimersByTime(400);
    expect(tally(view)).toContain("/ 2");
  });
  test("Ctrl F in the log goes to the search", () => {
    const { pre, input } = opened(state([done(0, 0.9)], { logs: bookOf("a\n") }));
    const event = key("f", { ctrlKey: true });
    pre.dispatchEvent(event);
    expect(document.activeElement).toBe(input);
    expect(event.defaultPrevented).toBe(true);
  });
});

test("copy takes all of the text that is held, wrap is a switch", () => {
  const { view, heard, pre } = opened(state([done(0, 0.9)], { logs: bookOf(numbered(300)) }));
  find(view.node, "[aria-label='Copy log']").click();
  expect(heard.of("copy")).toEqual([{ kind: "copy", what: "Log", text: numbered(300) }]);
  [...view.node.querySelectorAll("button")].find((one) => one.textContent === "Wrap")?.click();
  expect(pre.classList.contains("nowrap")).toBe(true);
});
