// @vitest-environment happy-dom
/** The table: ARIA grid, keyboard, virtual rows, and nothing that moves under the hand. */

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { finished, hostile, interrupted, many, row, running, scored, T0 } from "../dev/recordings";
import { apply, EMPTY, type Model } from "../src/model";
import type { Action, AppState } from "../src/state";
import type { Patch, Row } from "../src/types";
import { act, START, withModel } from "../src/ui";
import { choices, layoutOf, rangeWords, stateWords } from "../src/views/columns";
import { inOrder } from "../src/views/body";
import { nextSort } from "../src/views/head";
import { against, parametersAsPython } from "../src/views/rowmenu";
import { kept } from "../src/views/still";
import { tableView, type Table } from "../src/views/table";
import { countWords } from "../src/views/tools";

const host = { file: (i: number) => Promise.resolve(`# code of ${i}`), log: () => Promise.reject(new Error("no log")) };
let table: Table, state: AppState, sent: Action[], frame: HTMLElement;

function show(patch: Patch): void {
  frame = document.body.appendChild(document.createElement("div"));
  sent = [];
  table = tableView((action) => { sent.push(action); state = act(state, action); table.update(state); }, host, frame);
  frame.append(table.node);
  state = { ...withModel(START, apply(EMPTY, patch)), now: T0 + 334 };
  table.update(state);
}

const all = (selector: string): HTMLElement[] => [...frame.querySelectorAll<HTMLElement>(selector)];
const one = (selector: string): HTMLElement => { const [found] = all(selector); if (!found) throw new Error(`no ${selector}`); return found; };
const rowOf = (i: number): HTMLElement => one(`.row[data-i="${i}"]`);
const order = (): number[] => all(".rows .row").map((node) => Number(node.dataset["i"]));
const press = (key: string, more: KeyboardEventInit = {}): KeyboardEvent => {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  (document.activeElement ?? document.body).dispatchEvent(event);
  return event;
};
const news = (rows: Row[]): void => {
  const { model } = state;
  state = withModel(state, apply(model, { v: 1, run: model.run, after: model.seq, seq: model.seq + 1, rows }));
  table.update(state);
};

beforeEach(() => { document.body.replaceChildren(); });
afterEach(() => table.dispose());

describe("the grid", () => {
  beforeEach(() => show(running().patch));

  test("says how many rows there are, and which is where", () => {
    expect(one("[role=grid]").getAttribute("aria-rowcount")).toBe("21");
    expect(order().slice(0, 4)).toEqual([14, 15, 11, 7]);
    expect(rowOf(11).getAttribute("aria-rowindex")).toBe("4");
    expect(one("[aria-sort=descending]").textContent).toContain("AUC_weighted");
  });

  test("has one tab stop, and arrows move it; the panel follows when it is open", () => {
    expect(all(".rows [tabindex='0']")).toHaveLength(1);
    table.focusRow(11);
    expect(press("ArrowDown").defaultPrevented).toBe(true);
    expect([document.activeElement?.getAttribute("data-i"), sent]).toEqual(["7", []]);
    press("Enter");
    expect(sent.pop()).toEqual({ kind: "select", iteration: 7, focus: true });
    press("End");
    expect(sent.pop()).toEqual({ kind: "select", iteration: 19 });
    expect(rowOf(19).getAttribute("aria-selected")).toBe("true");
    expect(all(".rows [tabindex='0']")).toHaveLength(1);
  });

  test("arrows to the side go from cell to cell, to the menu and back", () => {
    table.focusRow(11);
    press("ArrowRight");
    expect(document.activeElement?.getAttribute("data-key")).toBe("rank");
    for (let k = 0; k < 20; k += 1) press("ArrowRight");
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Actions for iteration 11");
    for (let k = 0; k < 20; k += 1) press("ArrowLeft");
    expect(document.activeElement).toBe(rowOf(11));
  });

  test("keys that are none of ours go on, ours do not", () => {
    let heard = 0;
    document.body.addEventListener("keydown", () => { heard += 1; });
    table.focusRow(11);
    for (const key of ["x", "Tab"]) press(key);
    press("ArrowDown", { ctrlKey: true });
    for (const key of ["ArrowDown", "Home", "e"]) press(key);
    expect(heard).toBe(3);
  });

  test("the row menu opens by key, moves by arrows, and gives the focus back", () => {
    table.focusRow(15);
    press("F10", { shiftKey: true });
    expect(document.activeElement?.textContent).toContain("Open");
    press("End");
    press("Enter");
    expect(sent.pop()).toEqual({ kind: "command", command: { kind: "cancel_iteration", iteration: 15 } });
    expect([document.activeElement, all("[role=menu]").length]).toEqual([rowOf(15), 0]);
  });

  test("what is impossible stays in the menu and says why", () => {
    table.focusRow(11);
    press("ContextMenu");
    const cancel = all("[role=menuitem]").pop() as HTMLElement;
    expect([cancel.textContent, cancel.getAttribute("aria-disabled")]).toEqual(["Cancelhas ended", "true"]);
    cancel.click();
    expect(sent).toEqual([]);
    press("Escape");
    expect(document.activeElement).toBe(rowOf(11));
  });

  test("a click opens, and a cancelled row says so before the engine does", () => {
    rowOf(14).click();
    expect(sent.pop()).toEqual({ kind: "select", iteration: 14 });
    state = { ...state, pending: new Map([["cancel_iteration:14", "sent"]]) };
    table.update(state);
    expect(rowOf(14).querySelector(".st")?.textContent).toBe("cancelling");
  });

  test("the filter counts what it leaves", () => {
    const field = one("input.filter") as HTMLInputElement;
    field.value = "lightgbm completed";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    expect(order()).toEqual([11, 0, 10]);
    expect(one(".tools .count").textContent).toBe("3 of 20");
    field.value = "nothing like it";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    expect(one(".note").textContent).toContain("No iteration matches.");
  });

  test("a head sorts, reverses, and returns to the default order", () => {
    const click = (): void => { one(".thead [data-key=duration] button").click(); };
    click();
    expect([order()[0], one(".thead [data-key=duration]").getAttribute("aria-sort")]).toEqual([9, "descending"]);
    click();
    expect([order()[0], one(".thead [data-key=duration]").getAttribute("aria-sort")]).toEqual([12, "ascending"]);
    click();
    expect([order()[0], state.sort]).toEqual([14, null]);
  });

  test("the pips show the folds, in words too", () => {
    const cell = rowOf(14).querySelector(".st") as HTMLElement;
    expect([cell.textContent, [...cell.querySelectorAll(".pips i")].map((pip) => pip.className)]).toEqual(["fold 4/5", ["f", "f", "f", "h", ""]]);
  });
});

describe("rows that come and go", () => {
  test("of thousands only those in view are in the page", () => {
    show(many(5000).patch);
    expect(all(".rows .row").length).toBeLessThan(60);
    expect(one(".space").style.height).toBe(`${5000 * 26}px`);
    table.focusRow(order()[3] as number);
    press("End");
    expect(document.activeElement?.getAttribute("aria-rowindex")).toBe("5001");
  });

  test("the focus stays on its row when better ones come in above", () => {
    show(running().patch);
    table.focusRow(7);
    const focused = document.activeElement;
    news([scored(15, 0.9999, { started_at: T0, ended_at: T0 + 300 })]);
    expect(document.activeElement).toBe(focused);
    expect(rowOf(7)).toBe(focused);
  });

  test("while the hand is on a row that cannot be kept by scrolling, the order waits", () => {
    show(running().patch);
    const before = order();
    table.focusRow(7);
    press("ArrowRight");
    news([scored(15, 0.9999, { started_at: T0, ended_at: T0 + 300 })]);
    expect(order()).toEqual(before);
    expect(rowOf(15).querySelector(".st")?.textContent).toBe("completed");
  });

  test("without a hand the order is true at once", () => {
    show(running().patch);
    news([scored(15, 0.9999, { started_at: T0, ended_at: T0 + 300 })]);
    expect(order().slice(0, 3)).toEqual([14, 15, 11]);
  });

  test("names of another hand are text and nothing else", () => {
    show(hostile().patch);
    expect(frame.querySelector("img")).toBeNull();
    expect(rowOf(0).querySelector(".alg")?.textContent).toBe("<img src=x onerror=alert(1)>");
    expect(rowOf(1).querySelector("bdi")?.textContent).toBe("␛[31mred␛[0m␇");
  });
});

describe("decisions", () => {
  const rows = [0, 1, 2, 3, 4, 5].map((i) => row(i)), window = { rowHeight: 10, height: 30 };
  const pick = (...numbers: number[]): Row[] => numbers.map((i) => rows[i] as Row);
  const numbers = (standing: { rows: readonly Row[] }): number[] => standing.rows.map((each) => each.i);

  test("the scroll is compensated, so that the row under the hand stays where it is", () => {
    const next = kept({ rows: pick(0, 1, 2, 3), scrollTop: 10 }, pick(0, 4, 1, 2, 3), 2, window);
    expect([numbers(next), next.scrollTop]).toEqual([[0, 4, 1, 2, 3], 20]);
  });
  test("where the scroll has no room, the old order stays and new rows come last", () => {
    const next = kept({ rows: pick(0, 1), scrollTop: 0 }, pick(4, 0, 1), 1, window);
    expect([numbers(next), next.scrollTop]).toEqual([[0, 1, 4], 0]);
  });
  test("without a hand the new order is taken as it is", () => expect(numbers(kept({ rows: pick(0, 1), scrollTop: 0 }, pick(1, 0), null, window))).toEqual([1, 0]));

  test("a node that has the focus is never moved", () => {
    const parent = document.body.appendChild(document.createElement("div")), make = (id: string): HTMLElement => Object.assign(document.createElement("p"), { id, tabIndex: 0 });
    const [a, b, c, d] = [make("a"), make("b"), make("c"), make("d")];
    parent.append(a, b, c, d);
    c.focus();
    inOrder([d, c, a, b], parent, c);
    expect([[...parent.children].map((node) => node.id).join(""), document.activeElement]).toEqual(["dcab", c]);
  });

  test("columns come with the width, and the user's choice goes first", () => {
    const model = apply(EMPTY, running().patch), keys = (width: number, choice = {}): string[] => layoutOf(width, model, choice).columns.map((column) => column.key);
    expect(keys(560)).toEqual(["rank", "iteration", "pipeline", "score", "state", "duration", "menu"]);
    expect(keys(734)).toEqual(["rank", "iteration", "pipeline", "score", "best", "state", "duration", "menu"]);
    expect(keys(1000)).toContain("interval");
    expect(keys(734, { best: false, "metric:accuracy": true })).toEqual(["rank", "iteration", "pipeline", "score", "state", "duration", "metric:accuracy", "menu"]);
    expect(choices(model).map((group) => group.heading)).toEqual(["Columns", "Metrics"]);
  });

  test("the range of the drawing is written with the decimals it needs", () => {
    expect([rangeWords(0.98, 1), rangeWords(0.995, 1), rangeWords(0, 20_000), rangeWords(-0.5, 0.5), rangeWords(20, 60)]).toEqual(["0.98 to 1.00", "0.995 to 1.000", "0 to 20k", "−0.50 to 0.50", "20 to 60"]);
  });

  test("wide tables show the hyper-parameters that differ", () => {
    expect(layoutOf(1400, apply(EMPTY, many(50).patch), {}).columns.filter((column) => column.key.startsWith("param:"))).toHaveLength(4);
  });

  test("the state names the cause, not the failure", () => {
    const words = (change: Partial<Row>, ended = false): string => stateWords(row(0, change), { pending: new Map(), ended, narrow: false });
    expect([words({ state: "oom" }), words({ state: "timeout" }), words({ state: "failed", reason: "ValueError: NaN" }), words({ state: "canceled" }), words({}, true)])
      .toEqual(["out of memory", "timed out", "ValueError: NaN", "not started", "not started"]);
    expect([words({ state: "running", stage: "refit", folds: [1, 1, 1, 1, 1] }), words({ state: "running", n_folds: 1 })]).toEqual(["refit", "running"]);
  });

  test("three clicks on a head come back", () => {
    const first = nextSort(null, "score", true), second = nextSort(first, "score", true);
    expect([first, second, nextSort(second, "score", true)]).toEqual([{ key: "score", descending: true }, { key: "score", descending: false }, null]);
  });

  test("the count tells what is planned from what is there", () => {
    const model = (sentRows: Row[]): Model => apply(EMPTY, { ...running().patch, rows: sentRows });
    expect([countWords(3, model([row(0), row(1), row(2)]), false), countWords(2, model(rows), true)]).toEqual(["3 planned, up to 20", "2 of 6"]);
    expect(countWords(0, model([]), false)).toBe("up to 20");
  });

  test("parameters are Python's, and commands know when they cannot be", () => {
    expect(parametersAsPython(row(0, { params: { a: null, b: [1, "x"] } }))).toBe('{\n    "a": None,\n    "b": [1, "x"],\n}\n');
    expect(against({ ...START, connection: { kind: "snapshot", at: 0 } }, row(0, { state: "running" }))).toEqual({ cancel: "no kernel", explain: "no model", code: "no model", compare: "no score yet", retry: "has not ended", like: "no kernel", block: "no kernel" });
  });

  test("what is asked of the engine is possible where it makes sense", () => {
    const state = { ...START, model: apply(EMPTY, running().patch) }, of = (i: number): Row => state.model.rows.get(i) as Row;
    expect([against(state, of(9)).retry, against(state, of(11)).retry]).toEqual([undefined, "has a score"]);
    expect([against(state, of(3)).like, against(state, of(18)).like, against(state, of(18)).block]).toEqual([undefined, "is an ensemble", "is an ensemble"]);
    expect(against({ ...state, pending: new Map([["block:KNN", "sent" as const]]) }, of(5)).block).toBe("on its way");
    const after = (patch: Patch, i: number): ReturnType<typeof against> => against({ ...state, model: apply(EMPTY, patch) }, of(i));
    const ended = finished().patch, stopped = interrupted().patch;
    expect([after(ended, 9).retry, after(ended, 3).like, after(ended, 3).block]).toEqual([undefined, undefined, "run has ended"]);
    expect([after(stopped, 9).retry, after(stopped, 3).like]).toEqual(["run was interrupted", "run was interrupted"]);
  });
});
