// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AppState, Tab } from "../src/state";
import { artifacts } from "../src/views/artifacts";
import { panelView } from "../src/views/panel";
import { done, ear, failed, find, key, row, running, settled, state } from "./panel-make";

const HOST = { file: async (i: number, name: string): Promise<string> => (name === "code.py" ? `# script of ${i}\n` : "{}") };

function opened(start: AppState, host = HOST) {
  const heard = ear(), view = panelView(heard.send, host);
  document.body.append(view.node);
  view.update(start);
  return { heard, view, tab: (name: Tab) => find<HTMLButtonElement>(view.node, `[data-tab=${name}]`) };
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); document.body.replaceChildren(); });

const shownPanels = (node: HTMLElement): string[] => [...node.querySelectorAll<HTMLElement>("[role=tabpanel]")].filter((one) => !one.hidden).map((one) => one.id.split("-").pop() ?? "");

describe("title", () => {
  test("names the iteration; the best has a star, the others the shape of their state", () => {
    const rows = [done(0, 0.9), failed(1), running(2)];
    const { view } = opened(state(rows, { selected: 0 }));
    const mark = (): string | null => find(view.node, ".mark svg" as string).getAttribute("data-icon");
    expect(find(view.node, "h3").textContent).toBe("0\u2002MaxAbsScaler LightGBM");
    expect(mark()).toBe("star");
    view.update(state(rows, { selected: 1 }));
    expect(mark()).toBe("fail");
    view.update(state(rows, { selected: 2 }));
    expect(mark()).toBe("run");
  });
  test("what waits in a run that has ended was not started", () => {
    const { view } = opened(state([row(0)], {}, { status: { state: "completed" } }));
    expect(find(view.node, ".mark").textContent).toBe("not started");
  });
  test("previous and next follow the table's order and stop at its ends", () => {
    const rows = [done(0, 0.8), done(1, 0.95), done(2, 0.9)];
    const { view, heard } = opened(state(rows, { selected: 2 }));
    find(view.node, "[aria-label='Previous row']").click();
    find(view.node, "[aria-label='Next row']").click();
    expect(heard.of("select").map((one) => one.iteration)).toEqual([1, 0]);
    view.update(state(rows, { selected: 1 }));
    expect(find<HTMLButtonElement>(view.node, "[aria-label='Previous row']").disabled).toBe(true);
  });
  test("close closes, and without a selection the panel is hidden", () => {
    const { view, heard } = opened(state([done(0, 0.9)]));
    find(view.node, "[aria-label^='Close']").click();
    expect(heard.of("close")).toHaveLength(1);
    view.update(state([done(0, 0.9)], { selected: null }));
    expect(view.node.hidden).toBe(true);
  });
});

describe("tabs", () => {
  test("one is open, and it stays when the row changes", () => {
    const rows = [done(0, 0.9), done(1, 0.8)];
    const { view } = opened(state(rows, { tab: "code" }));
    expect(shownPanels(view.node)).toEqual(["code"]);
    view.update(state(rows, { tab: "code", selected: 1 }));
    expect(shownPanels(view.node)).toEqual(["code"]);
    expect([...view.node.querySelectorAll("[role=tab]")].map((one) => one.textContent)).toEqual(["Overview", "Log", "Charts", "Importance", "Code"]);
  });
  test("arrows, Home and End change it at once and take the focus along", () => {
    const { heard, tab } = opened(state([done(0, 0.9)]));
    tab("overview").dispatchEvent(key("ArrowLeft"));
    tab("code").dispatchEvent(key("ArrowRight"));
    tab("overview").dispatchEvent(key("End"));
    expect(heard.of("tab").map((one) => one.tab)).toEqual(["code", "overview", "code"]);
    expect(document.activeElement).toBe(tab("code"));
  });
  test("are wired to their panels", () => {
    const { view, tab } = opened(state([done(0, 0.9)]));
    const panel = find(view.node, `#${tab("overview").getAttribute("aria-controls") ?? ""}`);
    expect(panel.getAttribute("aria-labelledby")).toBe(tab("overview").id);
    expect([tab("overview").tabIndex, tab("log").tabIndex]).toEqual([0, -1]);
  });
});

describe("files", () => {
  test("of an ended iteration are asked for once, whatever is looked at between", async () => {
    const file = vi.fn(HOST.file), rows = [done(0, 0.9), done(1, 0.8)];
    const { view } = opened(state(rows, { tab: "code" }), { file });
    await settled();
    for (const change of [{ tab: "overview" }, { tab: "code", selected: 1 }, { tab: "code", selected: 0 }, { tab: "overview" }] as const) { view.update(state(rows, change)); await settled(); }
    expect(file.mock.calls.map((call) => call.join("/")).sort()).toEqual(["0/code.py", "0/pipeline.json", "1/code.py"]);
  });
  test("are asked for again after another attempt, and an old answer is dropped", async () => {
    const answers: ((text: string) => void)[] = [], arrived = vi.fn();
    const files = artifacts({ file: () => new Promise((resolve) => { answers.push(resolve); }) }, arrived);
    files.get(0, "code.py", "first");
    files.get(0, "code.py", "second");
    answers[0]?.("old");
    await settled();
    expect(arrived).not.toHaveBeenCalled();
    answers[1]?.("new");
    await settled();
    expect(files.get(0, "code.py", "second")).toEqual({ kind: "text", text: "new" });
  });
});

describe("foreign text", () => {
  const EVIL = "<img src=x onerror=alert(1)>\u202e\u001b[31m";
  test.each<Tab>(["overview", "log", "charts", "importance", "code"])("is text in the tab %s", async (tab) => {
    const evil = done(0, 0.9, { pre: EVIL, alg: EVIL, params: { [EVIL]: EVIL }, metrics: { [EVIL]: 1 }, warnings: [EVIL], reason: EVIL, error: EVIL });
    const { view } = opened(state([evil], { tab }, { facts: { experiment: EVIL, primary_metric: EVIL, folder: EVIL } }), { file: async () => EVIL });
    await settled();
    expect(view.node.querySelector("img, script")).toBeNull();
    expect(view.node.textContent).toContain("<img src=x onerror=alert(1)>");
    expect(view.node.textContent).not.toMatch(/[\u202e\u001b]/);
  });
});

test("after dispose no listener is left", () => {
  const { view, heard, tab } = opened(state([done(0, 0.9)]));
  view.dispose();
  tab("log").click();
  find(view.node, "[aria-label^='Close']").click();
  expect(heard.actions).toEqual([]);
});
