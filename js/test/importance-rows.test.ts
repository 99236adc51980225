// @vitest-environment happy-dom
import { describe, expect, test } from "vitest";
import type { Sample } from "../src/types";
import type { Artifact } from "../src/views/artifacts";
import { importanceTab } from "../src/views/importance";
import { bucketsOf, cellText, mostTelling, rowsView, sampleOf, stepsOf } from "../src/views/importance-rows";
import { done, find, importance, state } from "./panel-make";

const { signal } = new AbortController();
const sample = (change: Partial<Sample> = {}): Sample => ({
  unit: "log-odds", n_features: 5, features: ["<b>age", "town", "when"], rows: [7, 3],
  outputs: [{ label: "yes", expected: 0.5, values: [[1, -2], [0.5, 0.1], [0, 0.2]], rest: [0.25, -0.05] }],
  cells: [{ kind: "number", x: [40.5, null] }, { kind: "category", x: [0, 1], levels: ["Oslo", "Rome"] }, { kind: "time", x: [0, 86_400] }], ...change,
});
const texts = (node: ParentNode, selector: string): (string | null)[] => [...node.querySelectorAll(selector)].map((one) => one.textContent);

describe("rows of an explanation", () => {
  test("a row's steps add up to its output, others as one step", () => {
    const steps = stepsOf(sample(), sample().outputs[0] as Sample["outputs"][number], 1);
    expect(steps.map((step) => step.words)).toEqual(["expected", "<b>age = missing", "when = 1970-01-02", "town = Rome", "2 other features", "output"]);
    expect(steps.at(-1)?.to).toBeCloseTo(0.5 - 2 + 0.1 + 0.2 - 0.05);
    expect(steps.map((step) => step.change === null)).toEqual([true, false, false, false, false, true]);
  });
  test("beyond nine features the others are one step", () => {
    const n = 12, many = sample({ n_features: n, features: Array.from({ length: n }, (_, j) => `f${j}`), rows: [0], cells: [], outputs: [{ label: "", expected: 0, values: Array.from({ length: n }, (_, j) => [j]), rest: [0] }] });
    const steps = stepsOf(many, many.outputs[0] as Sample["outputs"][number], 0);
    expect(steps).toHaveLength(12);
    expect(steps.at(-2)).toMatchObject({ words: "3 other features", change: 3 });
    expect(steps.at(-1)?.to).toBe(66);
  });
  test("cells are read by their kind, ranks in five buckets", () => {
    const { cells } = sample();
    expect([0, 1].map((at) => cells.map((one) => cellText(one, at)))).toEqual([["40.5", "Oslo", "1970-01-01"], ["missing", "Rome", "1970-01-02"]]);
    expect(bucketsOf({ kind: "number", x: [5, 1, null, 3, 2, 4] })).toEqual([4, 0, null, 2, 1, 3]);
    expect(bucketsOf({ kind: "number", x: [1, 1] })).toEqual([null, null]);
    expect(bucketsOf(cells[1])).toEqual([null, null]);
  });
  test("damaged and empty documents are none", () => {
    expect([sampleOf("{"), sampleOf("[]"), sampleOf('{"outputs":[],"rows":[]}')]).toEqual([null, null, null]);
    expect(sampleOf(JSON.stringify(sample()))?.rows).toEqual([7, 3]);
  });
  test("the class that varies most is shown first, and another on request", () => {
    const outputs = [{ label: "a", expected: 0, values: [[0.1, 0.1]], rest: [0, 0] }, { label: "b", expected: 0, values: [[3, -3]], rest: [0, 0] }];
    expect(mostTelling(sample({ outputs }))).toBe(1);
    const view = rowsView(signal);
    view.update(sample({ outputs, features: ["x"] }));
    const [choice] = view.node.querySelectorAll("select");
    expect(choice?.value).toBe("1");
    expect(view.node.textContent).toContain("output for b, in log-odds");
  });
  test("another row shows its own steps, and names stay text", () => {
    const view = rowsView(signal);
    view.update(sample());
    expect(texts(view.node, ".steps th")[1]).toBe("<b>age = 40.5");
    expect(view.node.querySelector("b")).toBe(null);
    const row = find<HTMLSelectElement>(view.node, "select[aria-label=Row]");
    expect([...row.options].map((one) => one.textContent)).toEqual(["row 3", "row 7"]);
    row.value = "3";
    row.dispatchEvent(new Event("change"));
    expect(texts(view.node, ".steps th")[1]).toBe("<b>age = missing");
    expect(view.node.querySelectorAll(".swarm .ring")).toHaveLength(3);
  });
  test("they stand below the bars when the file is there, and nothing does when it is not", () => {
    const opened = (artifact: Artifact): HTMLElement => {
      const view = importanceTab(() => undefined, { get: () => artifact, retry: () => undefined }, signal), app = state([done(0, 0.9)], {}, { importance: [importance()] });
      view.update({ app, row: app.model.rows.get(0) as ReturnType<typeof done> });
      return find(view.node, ".duo");
    };
    expect(opened({ kind: "text", text: JSON.stringify(sample()) }).hidden).toBe(false);
    for (const one of [{ kind: "loading" }, { kind: "problem", reason: "gone" }, { kind: "text", text: "{" }] as const) expect(opened(one).hidden).toBe(true);
  });
});
