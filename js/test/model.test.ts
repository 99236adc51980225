/** The page's replica: patches in any order, twice, lost; what one reads from it. */

import { describe, expect, test } from "vitest";
import { facts, many, random, row, running, scored, status, T0 } from "../dev/recordings";
import { apply, bestRow, EMPTY, matches, meanSoFar, scoreOf, type Model } from "../src/model";
import { differing, ordered, ranks, shown } from "../src/order";
import { bestSoFar, bestThen, counts, durationOf, median, medianDuration, remaining, secondsUsed } from "../src/progress";
import type { Patch, Row } from "../src/types";

const RUN = "AutoML_7f3c21e4";
const patch = (after: number, seq: number, change: Partial<Patch> = {}): Patch => ({ v: 1, run: RUN, after, seq, ...change });
const whole = (rows: Row[], change: Partial<Patch> = {}): Model => apply(EMPTY, patch(0, 10, { facts: facts(), status: status(), rows, ...change }));
const done = (i: number, score: number, from: number, to: number): Row => scored(i, score, { started_at: T0 + from, ended_at: T0 + to });

describe("apply", () => {
  test("a patch replaces whole records and leaves the others as they are", () => {
    const before = whole([row(0), row(1)]);
    const after = apply(before, patch(10, 11, { rows: [row(1, { state: "running" })] }));
    expect([after.seq, after.rows.get(1)?.state]).toEqual([11, "running"]);
    expect(after.rows.get(0)).toBe(before.rows.get(0));
    expect(after.facts).toBe(before.facts);
  });

  test("the same patch twice is the same model", () => {
    const once = whole([row(0)]), again = patch(0, 10, { facts: facts(), status: status(), rows: [row(0)] });
    expect(apply(once, again)).toBe(once);
  });

  test("a patch that starts after what is known is a gap, and stays one until it is filled", () => {
    const known = whole([row(0)]), lost = apply(known, patch(12, 15, { rows: [row(0, { state: "completed" })] }));
    expect([lost.gap, lost.seq, lost.rows]).toEqual([true, 10, known.rows]);
    expect(apply(lost, patch(12, 15))).toBe(lost);
    expect(apply(lost, patch(10, 12)).gap).toBe(true);
    expect(apply(lost, patch(10, 15)).gap).toBe(false);
  });

  test("a late patch and one of another run change nothing", () => {
    const known = whole([row(0)]);
    expect(apply(known, patch(3, 5, { rows: [row(0, { state: "failed" })] }))).toBe(known);
    expect(apply(known, { ...patch(10, 11), run: "AutoML_other" })).toBe(known);
  });

  test("a run that is found interrupted is, though nothing was written", () => {
    const known = whole([row(0)]), read = patch(10, 10, { status: status({ state: "interrupted", now: T0 + 999 }) });
    expect(apply(known, read).status?.state).toBe("interrupted");
    const once = apply(known, read);
    expect(apply(once, read)).toBe(once);
  });

  test("whatever is lost, late or doubled, hello brings the engine's state", () => {
    for (let seed = 1; seed <= 40; seed += 1) expect(afterDisorder(seed)).toEqual(inOrder(seed));
  });
});

/** A run of random length as the patches that its engine sends. */
function patchesOf(seed: number): Patch[] {
  const draw = random(seed), states: Row["state"][] = ["queued", "running", "completed", "failed"];
  return Array.from({ length: 12 }, (_, k) => patch(k, k + 1, {
    ...(k === 0 ? { facts: facts(), status: status() } : {}),
    rows: Array.from({ length: 1 + Math.floor(3 * draw()) }, () => { const i = Math.floor(6 * draw()); return row(i, { state: states[Math.floor(4 * draw())] as Row["state"], fit_s: k }); }),
  }));
}

const strip = (model: Model): unknown => ({ seq: model.seq, gap: model.gap, rows: [...model.rows].sort((a, b) => a[0] - b[0]), facts: model.facts });
const inOrder = (seed: number): unknown => strip(patchesOf(seed).reduce(apply, EMPTY));

/** The same patches shuffled, doubled and with losses; each gap is answered with everything after what is known. */
function afterDisorder(seed: number): unknown {
  const draw = random(seed + 1000), sent = patchesOf(seed), all = sent.reduce(apply, EMPTY);
  const answer = (have: number): Patch => {
    const rows = new Map(sent.filter((one) => one.seq > have).flatMap((one) => one.rows ?? []).map((one) => [one.i, one]));
    return patch(have, sent.length, { facts: facts(), status: status(), rows: [...rows.values()] });
  };
  const received = sent.flatMap((one) => (draw() < 0.3 ? [] : draw() < 0.3 ? [one, one] : [one])).sort(() => draw() - 0.6);
  let model = EMPTY;
  for (const one of received) {
    const next = apply(model, one);
    expect(strip(apply(next, one))).toEqual(strip(next));
    model = next.gap ? apply(next, answer(next.seq)) : next;
  }
  model = apply(model, answer(model.seq));
  expect(model.rows.size).toBe(all.rows.size);
  return strip(model);
}

describe("order", () => {
  const rows = [done(0, 0.8, 0, 5), row(1, { state: "running" }), done(2, 0.9, 0, 6), row(3, { state: "failed" }), row(4), done(5, 0.9, 6, 9), done(6, 0.7, 7, 9)];

  test("running on top, then by score, then without score, then queued", () => {
    expect(ordered(whole(rows)).map((one) => one.i)).toEqual([1, 2, 5, 0, 6, 3, 4]);
  });

  test("a loss is better when lower", () => {
    const metrics = [{ name: "AUC_weighted", goal: "min" as const, bounds: null }];
    expect(ordered(whole(rows, { facts: facts({ metrics }) })).map((one) => one.i)).toEqual([1, 6, 0, 2, 5, 3, 4]);
  });

  test("equal scores share a rank, and the next one counts both", () => {
    expect([...ranks(whole(rows))]).toEqual([[2, 1], [5, 1], [0, 3], [6, 4]]);
  });

  test("a column sorts both ways, and missing values stay last", () => {
    const model = whole(rows), view = { filter: "", algorithm: "", stateFilter: "all" as const };
    const by = (key: string, descending: boolean): number[] => shown(model, { ...view, sort: { key, descending } }, bestThen(model)).map((one) => one.i);
    expect(by("score", false)).toEqual([6, 0, 2, 5, 1, 3, 4]);
    expect(by("score", true)).toEqual([2, 5, 0, 6, 1, 3, 4]);
    expect(by("iteration", true)[0]).toBe(6);
    expect(by("param:max_depth", true).slice(0, 4)).toEqual([0, 2, 5, 6]);
  });

  test("every word of the filter must be found, in pipeline, state or parameters", () => {
    const one = done(0, 0.9, 0, 1);
    expect(["lightgbm", "maxabs light", "max_depth=7", "COMPLETED gbdt"].every((words) => matches(one, words))).toBe(true);
    expect(matches(one, "lightgbm svm")).toBe(false);
  });

  test("the filter of states knows what failed means", () => {
    const model = whole([row(0, { state: "oom" }), row(1, { state: "canceled" }), done(2, 0.5, 0, 1)]);
    const of = (stateFilter: "failed" | "canceled"): number[] => shown(model, { filter: "", algorithm: "", stateFilter, sort: null }, new Map()).map((one) => one.i);
    expect([of("failed"), of("canceled")]).toEqual([[0], [1]]);
  });

  test("hyper-parameters that tell rows apart come first, constants not at all", () => {
    const rows = [1, 2, 3].map((depth) => row(depth, { params: { depth, seed: 1, kind: depth > 1 ? "a" : "b" } }));
    expect(differing(whole(rows).rows)).toEqual(["depth", "kind"]);
  });
});

describe("progress", () => {
  const rows = [done(0, 0.8, 0, 10), done(1, 0.95, 0, 30), done(2, 0.9, 10, 20), row(3, { state: "running", started_at: T0 + 30, folds: [0.7, 0.9] }), row(4)];

  test("best then is the best when the iteration ended, by time and not by number", () => {
    expect([...bestThen(whole(rows))]).toEqual([[0, 0.8], [2, 0.9], [1, 0.95]]);
  });

  test("the best-so-far line rises by number or by time", () => {
    const model = whole(rows);
    expect(bestSoFar(model, "AUC_weighted", "iteration").map(({ x, y }) => [x, y])).toEqual([[0, 0.8], [1, 0.95]]);
    expect(bestSoFar(model, "AUC_weighted", "time").map(({ x, i }) => [x, i])).toEqual([[10, 0], [20, 2], [30, 1]]);
    expect(bestSoFar(model, "log_loss", "time").map(({ i }) => i)).toEqual([0, 2, 1]);
  });

  test("queued iterations that were not sent are counted, not made", () => {
    expect(counts(whole(rows))).toEqual({ ended: 3, completed: 3, failed: 0, canceled: 0, running: 1, queued: 16, total: 20 });
  });

  test("what remains is the smaller of the time left and the work left on all slots", () => {
    const model = whole(rows), unlimited = whole(rows, { facts: facts({ seconds_asked: null }) });
    expect(medianDuration(model.rows)).toBe(10);
    expect(remaining(model, T0 + 890)).toEqual({ kind: "about", seconds: 10 });
    expect(remaining(unlimited, T0 + 35)).toEqual({ kind: "about", seconds: (17 * 10 - 5) / 2 });
  });

  test("until two have ended only the first score is guessed, from its folds", () => {
    const model = whole([row(0, { state: "running", started_at: T0, folds: [0.9, 0.9] }), row(1)]);
    expect(remaining(model, T0 + 8)).toEqual({ kind: "first", seconds: 12 });
    expect(remaining(whole([row(0)]), T0)).toEqual({ kind: "first", seconds: null });
  });

  test("an ended run says when and why", () => {
    const model = whole(rows, { status: status({ state: "completed", ended_at: T0 + 60, reason: "all iterations done" }) });
    expect(remaining(model, T0 + 99)).toEqual({ kind: "ended", at: T0 + 60, reason: "all iterations done" });
    expect(secondsUsed(model, T0 + 99)).toBe(60);
  });

  test("the best row is the engine's, or the page's own while that is not known", () => {
    expect(bestRow(whole(rows))?.i).toBe(1);
    expect(bestRow(whole(rows, { status: status({ best: 0 }) }))?.i).toBe(0);
  });

  test("missing numbers stay missing", () => {
    const model = whole([row(0, { state: "failed" })]), one = model.rows.get(0) as Row;
    expect([scoreOf(model, one, "accuracy"), meanSoFar(one), median([]), bestThen(model).size]).toEqual([null, null, null, 0]);
    expect(durationOf(row(1, { started_at: T0, state: "running" }), T0 + 4)).toBe(4);
  });
});

test("among 5,000 rows a patch of one row makes one row anew", () => {
  const before = apply(EMPTY, many(5000).patch);
  const after = apply(before, patch(before.seq, before.seq + 1, { rows: [done(4000, 0.99, 8000, 8001)] }));
  expect([...after.rows.keys()].filter((i) => after.rows.get(i) !== before.rows.get(i))).toEqual([4000]);
});

test("an order that starts from the one before is the order that starts from nothing", () => {
  let model = apply(EMPTY, many(500).patch);
  ordered(model);
  for (let k = 0; k < 20; k += 1) {
    model = apply(model, patch(model.seq, model.seq + 1, { rows: [done(400 + k, 0.9 + 0.005 * k, 800, 801 + k)] }));
    const fresh = apply(EMPTY, patch(0, 1, { facts: facts(), status: status(), rows: [...model.rows.values()] }));
    expect(ordered(model).map((one) => one.i)).toEqual(ordered({ ...fresh, run: "AutoML_other" }).map((one) => one.i));
  }
});

test("the recording of the reference reads as the reference does", () => {
  const model = apply(EMPTY, running().patch);
  expect(ordered(model).slice(0, 5).map((one) => one.i)).toEqual([14, 15, 11, 7, 0]);
  expect(bestThen(model).get(10)).toBe(0.9976);
});
