/** Iterations beside each other, and parallel coordinates: what is drawn, as values. */

import { describe, expect, test } from "vitest";
import { many, row, running, scored, status, facts, T0 } from "../dev/recordings";
import { apply, EMPTY, type Model } from "../src/model";
import { remaining, secondsUsed } from "../src/progress";
import type { Patch, Row } from "../src/types";
import { act, hasTakenEffect, START, withModel } from "../src/ui";
import { activityWords } from "../src/views/activity";
import { partsOf } from "../src/views/compare-data";
import { nearest } from "../src/views/parallel";
import { MOST_PATHS, parallelOf } from "../src/views/parallel-data";

const model = apply(EMPTY, running().patch), at = (i: number): Row => model.rows.get(i) as Row;
const of = (rows: Row[], change: Partial<Patch> = {}): Model => apply(EMPTY, { v: 1, run: "AutoML_7f3c21e4", after: 0, seq: 1, facts: facts(), status: status(), rows, ...change });
const state = withModel(START, model);

describe("comparison", () => {
  test("the best value of a line is marked by the goal of its metric", () => {
    const scores = partsOf(model, [at(11), at(12)], T0)[0]?.lines ?? [];
    const best = (metric: string): boolean[] => scores.find((line) => line.name === metric)?.cells.map((cell) => cell.isBest) ?? [];
    expect([best("AUC_weighted"), best("log_loss")]).toEqual([[true, false], [true, false]]);
    expect(scores.find((line) => line.name === "AUC_weighted")?.cells[1]?.tip).toContain("−0.0452 against 11");
  });

  test("hyper-parameters that are the same for all are only counted", () => {
    const rows = [at(0), { ...at(1), params: { ...at(1).params, max_depth: 9 } }];
    const part = partsOf(model, rows, T0).find((one) => one.title === "Hyper-parameters");
    expect([part?.lines.map((line) => [line.name, line.cells.map((cell) => cell.text)]), part?.same]).toEqual([[["max_depth", ["7", "9"]]], 9]);
  });

  test("an iteration without a score has dashes, never zeros", () => {
    expect(partsOf(model, [at(11), at(9)], T0)[0]?.lines[0]?.cells[1]?.text).toBe("–");
  });

  test("the second tick opens the comparison, the sixth is not taken, and less than two close it", () => {
    const ticked = [0, 1, 2, 3, 4, 5].reduce((now, iteration) => act(now, { kind: "tick", iteration }), state);
    expect([act(state, { kind: "tick", iteration: 3 }).isComparing, ticked.isComparing, ticked.ticked]).toEqual([false, true, [0, 1, 2, 3, 4]]);
    const two = act(act(state, { kind: "compare", iterations: [3, 4, 99] }), { kind: "tick", iteration: 3 });
    expect([two.isComparing, two.ticked]).toEqual([false, [4]]);
  });

  test("closing a comparison leaves the selected row open beneath", () => {
    const compared = act(act(state, { kind: "select", iteration: 3 }), { kind: "compare", iterations: [3, 4] });
    const closed = act(compared, { kind: "close" });
    expect([closed.isComparing, closed.selected]).toEqual([false, 3]);
  });
});

describe("parallel coordinates", () => {
  const tuned = (i: number, params: Row["params"], score = 0.9): Row => scored(i, score, { started_at: T0, ended_at: T0 + 1, params });
  const rows = [tuned(0, { lr: 0.001, kind: "a" }, 0.9), tuned(1, { lr: 0.1, kind: "b" }, 0.95), tuned(2, { lr: 0.01 }, 0.8)];

  test("the metric is the last axis, what spans much is logarithmic, what is missing has a place of its own", () => {
    const { dimensions, paths } = parallelOf(of(rows), rows, "AUC_weighted", 9);
    expect([dimensions[dimensions.length - 1]?.title, dimensions.length]).toEqual(["AUC_weighted", 3]);
    const lr = dimensions.findIndex((one) => one.title === "lr"), kind = dimensions.findIndex((one) => one.title === "kind");
    expect(paths.find((path) => path.i === 2)?.at[lr]).toBeCloseTo(0.5);
    expect([paths.find((path) => path.i === 2)?.at[kind], dimensions[kind]?.hasMissing]).toEqual([null, true]);
  });

  test("of thousands the best are drawn, and the others counted", () => {
    const big = apply(EMPTY, many(5000).patch), { paths, left } = parallelOf(big, [...big.rows.values()], "AUC_weighted", 6);
    expect([paths.length, paths[0]?.quality, left > 4000]).toEqual([MOST_PATHS, 1, true]);
  });

  test("the pointer finds the line that passes nearest", () => {
    const parallel = parallelOf(of(rows), rows, "AUC_weighted", 2), size = { width: 400, height: 200 };
    const hits = new Set(Array.from({ length: 200 }, (_, y) => nearest(parallel, size, 150, y)));
    expect(hits).toEqual(new Set([null, 0, 1, 2]));
    expect(nearest(parallel, size, 2, 100)).toBe(null);
  });
});

describe("the header", () => {
  test("it says what runs at this moment and in which stage", () => {
    expect(activityWords(model)).toBe("14 SVM, fold 4/5 · 15 LightGBM, fold 2/5");
    expect(activityWords(of([row(0)], { status: status({ state: "preparing", stage: "reading data" }) }))).toBe("reading data");
  });

  test("from the first folds on there is an estimate, and before them the time limit", () => {
    const one = scored(0, 0.9, { started_at: T0, ended_at: T0 + 10 });
    expect(remaining(of([one], { status: status({ n_iterations: 5, n_slots: 1 }) }), T0 + 10)).toEqual({ kind: "about", seconds: 40 });
    const failed = row(0, { state: "failed", started_at: null, ended_at: null });
    expect(remaining(of([failed, row(1, { state: "running", started_at: T0 })]), T0 + 100)).toEqual({ kind: "most", seconds: 800 });
  });

  test("the time between two engines of a run does not count", () => {
    const resumed = of([row(0)], { status: status({ started_at: T0, used_s: 100, resumed_at: T0 + 5000 }) });
    expect(secondsUsed(resumed, T0 + 5020)).toBe(120);
  });

  test("more time has come when a limit has moved, a retry when the row is on its way again", () => {
    const more = of([row(0)], { status: status({ n_iterations: 30 }) }), before = of([row(0)]);
    expect([hasTakenEffect("more", more, before), hasTakenEffect("more", before, before)]).toEqual([true, false]);
    expect([hasTakenEffect("retry:0", before), hasTakenEffect("retry:9", model)]).toEqual([true, false]);
  });
});
