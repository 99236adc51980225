// @vitest-environment happy-dom
/** The script that brings the data: a row above the iterations, with a log, that nothing counts. */

import { afterEach, describe, expect, test } from "vitest";
import { hostile, setup, setupDone, setupFailed, T0 } from "../dev/recordings";
import { news } from "../src/announce";
import { Rest } from "../src/hosts/rest";
import { apply, EMPTY, type Model } from "../src/model";
import { listed, shown } from "../src/order";
import { counts } from "../src/progress";
import { isSetup, SETUP } from "../src/setup";
import type { Action, AppState } from "../src/state";
import type { Patch, Status } from "../src/types";
import { act, openTab, START, withModel } from "../src/ui";
import { message } from "../src/views/banner";
import { panelView } from "../src/views/panel";
import { tableView } from "../src/views/table";

const ALL = { filter: "", stateFilter: "all", algorithm: "", sort: null } as const, NEVER = new Map<number, number>();
const modelOf = (patch: Patch): Model => apply(EMPTY, patch);
const host = { file: () => Promise.reject(new Error("no file")), log: () => Promise.reject(new Error("no log")) };
const ends: (() => void)[] = [];
afterEach(() => { ends.splice(0).forEach((end) => end()); document.body.replaceChildren(); });

function opened(patch: Patch) {
  const sent: Action[] = [], frame = document.body.appendChild(document.createElement("div"));
  let state: AppState = { ...withModel(START, modelOf(patch)), now: T0 + 334 };
  const send = (action: Action): void => { sent.push(action); state = act(state, action); table.update(state); panel.update(state); };
  const table = tableView(send, host, frame), panel = panelView(send, host);
  frame.append(table.node, panel.node);
  table.update(state);
  panel.update(state);
  ends.push(table.dispose, panel.dispose);
  const row = (): HTMLElement => frame.querySelector<HTMLElement>(`.row[data-i="${SETUP}"]`) as HTMLElement;
  const press = (name: string): void => { document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true })); };
  const tabs = (): string[] => [...panel.node.querySelectorAll<HTMLElement>("[role=tab]")].filter((one) => !one.hidden).map((one) => one.textContent ?? "");
  return { frame, table, panel, send, sent, row, press, tabs, state: () => state };
}

describe("the order", () => {
  const model = modelOf(setupDone().patch);

  test("the set-up is first in every order, and no iteration", () => {
    for (const sort of [null, { key: "duration", descending: true }, { key: "iteration", descending: false }]) {
      expect(listed(model, { ...ALL, sort }, NEVER).findIndex(isSetup)).toBe(0);
      expect(shown(model, { ...ALL, sort }, NEVER).some(isSetup)).toBe(false);
    }
    expect([counts(model).total, model.rows.size]).toEqual([20, 20]);
    expect(listed(model, ALL, NEVER)).toBe(listed(model, ALL, NEVER));
  });

  test.each([
    ["get_data", "all", "", true], ["setup completed", "all", "", true], ["svm", "all", "", false],
    ["", "failed", "", false], ["", "completed", "", true], ["", "all", "SVM", false],
  ] as const)("text %o, state %s and algorithm %o narrow it: %s", (filter, stateFilter, algorithm, isIn) => {
    expect(listed(model, { ...ALL, filter, stateFilter, algorithm }, NEVER).some(isSetup)).toBe(isIn);
  });
});

test("the row stays the same object while nothing of it changes, and goes when it is not told of any more", () => {
  const { patch } = setup(), before = modelOf(patch), { seq } = patch;
  const next = (change: Partial<Status>): Model => apply(before, { v: 1, run: patch.run, after: seq, seq: seq + 1, status: { ...(patch.status as Status), ...change } });
  const again = next({ now: T0 + 99, setup: { ...(patch.status?.setup as NonNullable<Status["setup"]>) } });
  expect([again.setup === before.setup, before.setup?.alg]).toEqual([true, "get_data.py"]);
  expect(next({ setup: null }).setup).toBeNull();
  const failed = next({ setup: setupFailed().patch.status?.setup ?? null });
  expect([failed.setup?.state, news(before, failed)]).toEqual(["failed", "Setup failed."]);
});

describe("the row", () => {
  test("tells script, state and duration, has no tick, and is not counted", () => {
    const { row, frame } = opened(setupDone().patch);
    expect([...row().children].map((cell) => cell.textContent).filter(Boolean)).toEqual(["Setup", "get_data.py", "–", "–", "completed", "4.2 s"]);
    expect([row().querySelector(".tick"), row().getAttribute("aria-rowindex")]).toEqual([null, "2"]);
    expect(frame.querySelector(".tools .count")?.textContent).toBe("20 iterations");
  });

  test("its menu opens it and saves its log; keys that mean iterations do nothing", () => {
    const { table, row, press, sent, frame } = opened(setupDone().patch);
    table.focusRow(SETUP);
    for (const key of [" ", "e", "c"]) press(key);
    expect(sent).toEqual([]);
    press("ContextMenu");
    expect([...frame.querySelectorAll("[role=menuitem]")].map((one) => one.firstChild?.textContent)).toEqual(["Open", "Download log"]);
    press("Escape");
    expect(document.activeElement).toBe(row());
  });

  test("opened, it shows its log alone; the next iteration has the tab that was open before", () => {
    const { table, press, tabs, panel, state, send } = opened(setupDone().patch);
    table.focusRow(SETUP);
    press("Enter");
    expect([tabs(), openTab(state()), state().tab]).toEqual([["Log"], "log", "overview"]);
    expect([panel.node.getAttribute("aria-label"), panel.node.querySelector(".foot")?.textContent]).toEqual(["Setup", expect.stringContaining("setup_log.txt")]);
    send({ kind: "select", iteration: 14 });
    expect([tabs().length, openTab(state()), panel.node.querySelector<HTMLElement>(".why")?.hidden]).toEqual([5, "overview", true]);
  });

  test("says as text why it failed", () => {
    const { row, panel } = opened(setupFailed().patch);
    row().click();
    const why = panel.node.querySelector<HTMLElement>(".why");
    expect([why?.hidden, why?.textContent]).toEqual([false, "Failed. ModuleNotFoundError: No module named 'no_such_<b>package</b>'"]);
    expect(row().querySelector("b") ?? why?.querySelector("b")).toBeNull();
    expect(message(modelOf(setupFailed().patch))?.head).toBe("get_data.py: ModuleNotFoundError: No module named 'no_such_<b>package</b>'");
  });

  test("a run that was given its data has none", () => {
    expect(opened(hostile().patch).row()).toBeNull();
  });
});

test("the server's files have its log beside the iterations", async () => {
  const asked: string[] = [];
  const fetcher = (async (url: string) => { asked.push(url); return new Response("reading\n"); }) as unknown as typeof fetch;
  const rest = new Rest({ base: "/lab/", token: "" }, "runs/R", fetcher);
  expect(await rest.log(SETUP, 0)).toEqual({ i: SETUP, from: 0, to: 8, size: 8, text: "reading\n" });
  await rest.log(3, 0);
  expect(asked).toEqual(["/lab/files/runs/R/setup_log.txt", "/lab/files/runs/R/iterations/3/log.txt"]);
});
