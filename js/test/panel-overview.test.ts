// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AppState } from "../src/state";
import { overviewTab } from "../src/views/overview";
import { done, ear, failed, find, row, running, state, T0 } from "./panel-make";

const FILES = { get: () => ({ kind: "loading" as const }), retry: () => undefined };
const ENDS = new AbortController();

function opened(app: AppState) {
  const heard = ear(), view = overviewTab(heard.send, FILES, ENDS.signal);
  const show = (next: AppState): void => { const one = next.model.rows.get(next.selected ?? -1); if (one) view.update({ app: next, row: one }); };
  show(app);
  return { heard, view, show };
}

const headings = (node: HTMLElement): string[] => [...node.querySelectorAll("section:not([hidden]) h4")].map((one) => one.firstChild?.textContent ?? "");
function entries(node: HTMLElement): Record<string, string> {
  const lists = [...node.querySelectorAll("dl")].flatMap((list) => [...list.querySelectorAll("dt")].map((term) => [term.textContent ?? "", term.nextElementSibling?.textContent ?? ""] as const));
  return Object.fromEntries(lists);
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

describe("with a score", () => {
  test("has its parts in order", () => {
    const { view } = opened(state([done(0, 0.9), done(1, 0.8)], { selected: 0 }));
    expect(headings(view.node)).toEqual(["Pipeline", "Folds", "Metrics", "Hyper-parameters", "Against iteration 1, the second", "Properties"]);
  });
  test("the primary metric is first and bold, a missing one is a dash", () => {
    const { view } = opened(state([done(0, 0.9, { metrics: { accuracy: 0.8, AUC_weighted: 0.9, Zero: null } })]));
    const list = find(view.node, "dl");
    expect([...list.querySelectorAll("dt:not(.filler)")].map((one) => one.textContent)).toEqual(["AUC_weighted", "accuracy", "Zero"]);
    expect(list.querySelector(".hot")?.textContent).toBe("0.9000");
    expect(entries(view.node)).toMatchObject({ accuracy: "0.8000", Zero: "–" });
  });
  test("changed hyper-parameters are bold and have their full value in the tool-tip", () => {
    const { view } = opened(state([done(0, 0.9, { params: { learning_rate: 0.084212345, depth: 7 } })]));
    const bold = [...view.node.querySelectorAll("dd.hot")].find((one) => one.textContent === "0.08421");
    expect(bold?.getAttribute("title")).toBe("0.084212345");
  });
  test("the difference has its sign; hyper-parameters of the same algorithm are held against each other", () => {
    const { view } = opened(state([done(0, 0.9), done(1, 0.95, { params: { max_depth: 9, learning_rate: 0.0842 } })], { selected: 0 }));
    expect(headings(view.node)).toContain("Against iteration 1, the best");
    expect(view.node.textContent).toContain("−0.0500");
    expect(view.node.textContent).toContain("7, not 9");
  });
  test("folds are dots with their values, the mean a bar", () => {
    const { view } = opened(state([done(0, 0.9)]));
    expect(view.node.querySelectorAll(".folds circle")).toHaveLength(3);
    expect(find(view.node, ".folds" as string).getAttribute("aria-label")).toBe("Scores of 3 folds from 0.8990 to 0.9010, mean 0.9000");
  });
  test("properties say what is known and dash what is not", () => {
    const { view } = opened(state([done(0, 0.9, { memory_mb: 226, attempt: 1 })]));
    expect(entries(view.node)).toMatchObject({ Duration: "8.0 s", "Peak memory": "226 MB", "Model size": "–", Worker: "pid 4711", Attempt: "2", State: "completed", "Refit on all rows": "1.5 s", Run: "AutoML_1" });
  });
  test("an iteration that was tried again says why and where", () => {
    const retried = "attempt 1 lost on 10.0.0.7: its node has died; tried again on 10.0.0.8";
    const { view } = opened(state([done(0, 0.9, { attempt: 1, node: "10.0.0.8", retried })]));
    expect(entries(view.node)).toMatchObject({ "Tried again": retried, Node: "10.0.0.8", Attempt: "2" });
    expect(entries(opened(state([done(0, 0.9)])).view.node)).not.toHaveProperty("Tried again");
  });
  test("warnings are listed", () => {
    const { view } = opened(state([done(0, 0.9, { warnings: ["ConvergenceWarning: not converged"] })]));
    expect(find(view.node, ".warnings").textContent).toBe("ConvergenceWarning: not converged");
  });
});

describe("without a score", () => {
  test("begins with the reason and the error, which can be copied", () => {
    const { view, heard } = opened(state([failed(0)]));
    expect(headings(view.node)[0]).toBe("Error");
    expect(find(view.node, "section p").textContent).toBe("Failed. Input X contains infinity.");
    expect(find(view.node, ".trace").textContent).toContain("ValueError: Input X contains infinity.");
    const copy = find(view.node, "h4 button");
    copy.click();
    expect(heard.of("copy")[0]).toMatchObject({ what: "Error", text: expect.stringContaining("Traceback") as string });
    expect(copy.textContent).toBe("Copied");
    vi.advanceTimersByTime(2000);
    expect(copy.textContent).toBe("Copy");
  });
  test("a time limit is no fault: amber, in its own words", () => {
    const { view } = opened(state([row(0, { state: "timeout", reason: "Limit of 120 s reached.", started_at: T0, ended_at: T0 + 120 })]));
    expect(find(view.node, ".warn").textContent).toBe("Timed out.");
  });
  test("what waits has only its pipeline and properties", () => {
    expect(headings(opened(state([row(0)])).view.node)).toEqual(["Pipeline", "Properties"]);
  });
});

test("while it runs the duration goes on, and nothing else is made anew", () => {
  const start = state([running(0, [0.9, 0.91])]);
  const { view, show } = opened(start);
  const pipeline = view.node.querySelector(".flow");
  show({ ...start, now: T0 + 200 });
  expect(entries(view.node)["Duration"]).toBe("3 m 20 s");
  expect(view.node.querySelector(".flow")).toBe(pipeline);
  expect(view.node.textContent).toContain("2 of 5 folds");
});

test("an ended row that has not changed is left as it is", () => {
  const start = state([done(0, 0.9), done(1, 0.8)]), { view, show } = opened(start);
  const before = [...view.node.querySelectorAll("dl")];
  show({ ...start, now: start.now + 60 });
  expect([...view.node.querySelectorAll("dl")]).toEqual(before);
  expect(view.node.querySelector("dl")).toBe(before[0]);
});
