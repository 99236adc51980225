import { describe, expect, test } from "vitest";
import { random } from "../dev/recordings";
import { bestPoint, edgesOf, horizontalOf, iterationsEnd, metricNames, nothingYet, pointsOf, roundTicks, scaleOf, scaleOptions, sentence, thinned, type Point, type ScaleOptions } from "../src/views/chart-data";
import { done, failed, model, row, running, T0 } from "./panel-make";

const MAX: ScaleOptions = { goal: "max", bounds: [0, 1], log: false, all: false };
const MIN: ScaleOptions = { goal: "min", bounds: null, log: false, all: false };
const at = (i: number, y: number | null, spread: number | null = null): Point => ({ i, x: i, y, spread, kind: y === null ? "none" : "scored" });
const DIGITS = [0.9968, 0.9957, 0.9921, 0.9948, 0.9934, 0.9893, 0.9871, 0.9976, 0.9702, 0.9941, 0.9983, 0.9531, 0.9909];

describe("points", () => {
  test("queued and never started iterations have no place, those without a score stand on the axis", () => {
    const points = pointsOf(model([done(0, 0.9), row(1), failed(2), row(3, { state: "canceled" })]), "AUC_weighted", "iteration", 0);
    expect(points.map((point) => [point.i, point.kind])).toEqual([[0, "scored"], [2, "none"]]);
  });
  test("what runs stands at the mean of its folds so far, in the primary metric only", () => {
    const one = model([running(4, [0.9, 0.8]), running(5)]);
    expect(pointsOf(one, "AUC_weighted", "iteration", 0)).toEqual([{ i: 4, x: 4, y: expect.closeTo(0.85) as number, spread: null, kind: "running" }]);
    expect(pointsOf(one, "accuracy", "iteration", 0)).toEqual([]);
  });
  test("by time an iteration stands where it ended, what runs at now", () => {
    const points = pointsOf(model([done(0, 0.9), running(1, [0.8])]), "AUC_weighted", "time", T0 + 60);
    expect(points.map((point) => point.x)).toEqual([8, 60]);
  });
  test("a spread belongs to the primary metric", () => {
    expect(pointsOf(model([done(0, 0.9)]), "accuracy", "iteration", 0)[0]?.spread).toBeNull();
  });
  test("the best is the engine's in the primary metric, the lowest in a loss", () => {
    const one = model([done(0, 0.9), done(1, 0.9), done(2, 0.8)], { status: { best: 1 } });
    expect(bestPoint(one, "AUC_weighted", pointsOf(one, "AUC_weighted", "iteration", 0))?.i).toBe(1);
    expect(bestPoint(one, "log_loss", pointsOf(one, "log_loss", "iteration", 0))?.y).toBeCloseTo(0.1);
  });
});

describe("vertical range", () => {
  test("goes from the worst that is no outlier to the best, in round numbers", () => {
    const scale = scaleOf(DIGITS.map((y, i) => at(i, y)), MAX);
    expect(scale?.ticks).toEqual([0.98, 0.985, 0.99, 0.995, 1]);
  });
  test("of a loss leaves out what is too high", () => {
    const scale = scaleOf([0.1, 0.11, 0.12, 0.13, 0.14, 9].map((y, i) => at(i, y)), MIN);
    expect(scale?.high).toBeLessThan(0.3);
    expect(scale?.low).toBeLessThanOrEqual(0.1);
  });
  test("holds everything when all is asked for", () => {
    const scale = scaleOf(DIGITS.map((y, i) => at(i, y)), { ...MAX, all: true });
    expect(scale?.low).toBeLessThanOrEqual(0.9531);
  });
  test("of one score or constant scores is 5 % around it, within the bounds", () => {
    const one = scaleOf([at(0, 0.5)], MAX), top = scaleOf([at(0, 1), at(1, 1)], MAX), zero = scaleOf([at(0, 0)], MIN);
    expect([one?.low, one?.high]).toEqual([0.46, 0.54]);
    expect(top?.high).toBe(1);
    expect(zero && zero.high - zero.low).toBeGreaterThan(0.05);
  });
  test("always has five lines, holds the best and crosses no bound", () => {
    const next = random(7);
    for (let round = 0; round < 300; round += 1) {
      const n = 1 + Math.floor(next() * 30), centre = next(), width = 10 ** (-6 * next());
      const values = Array.from({ length: n }, () => Math.min(1, Math.max(0, centre + (next() - 0.5) * width)));
      const scale = scaleOf(values.map((y, i) => at(i, y, next() * width)), MAX);
      expect(scale?.ticks).toHaveLength(5);
      expect(scale?.high).toBeGreaterThanOrEqual(Math.max(...values));
      expect(scale?.high).toBeLessThanOrEqual(1);
      expect(scale?.low).toBeGreaterThanOrEqual(0);
    }
  });
  test("of unbounded scores works at any size", () => {
    const next = random(3);
    for (let power = -9; power < 12; power += 1) {
      const values = Array.from({ length: 12 }, () => (next() - 0.3) * 10 ** power), scale = scaleOf(values.map((y, i) => at(i, y)), { ...MIN, all: true });
      expect(scale?.ticks).toHaveLength(5);
      expect(scale?.low).toBeLessThanOrEqual(Math.min(...values) + 1e-9 * 10 ** power);
      expect(scale?.high).toBeGreaterThanOrEqual(Math.max(...values) - 1e-9 * 10 ** power);
    }
  });
  test("on a logarithmic axis has 1, 2, 5; over wide spans powers of ten; what is not positive has no place", () => {
    expect(scaleOf([at(0, 0.09), at(1, 0.4), at(2, 0)], { ...MIN, log: true })?.ticks).toEqual([0.05, 0.1, 0.2, 0.5]);
    expect(scaleOf([at(0, 0.01), at(1, 200)], { ...MIN, log: true })?.ticks).toEqual([0.01, 0.1, 1, 10, 100, 1000]);
    expect(scaleOf([at(0, -1)], { ...MIN, log: true })).toBeNull();
  });
  test("is logarithmic for losses only", () => {
    expect(scaleOptions(model([]), "AUC_weighted", true, false).log).toBe(false);
    expect(scaleOptions(model([]), "log_loss", true, false).log).toBe(true);
  });
  test("is not made up where there is no score", () => {
    expect(scaleOf([at(0, null)], MAX)).toBeNull();
  });
});

describe("horizontal range", () => {
  test("shows a short plan whole, a long one as far as it is needed, an ended run exactly", () => {
    expect([iterationsEnd(3, 20), iterationsEnd(5, 1000), iterationsEnd(180, 1000), iterationsEnd(990, 1000), iterationsEnd(20, 20)]).toEqual([20, 10, 200, 1000, 20]);
  });
  test("numbers whole iterations", () => {
    const across = horizontalOf(model([done(0, 0.9)], { status: { n_iterations: 3 } }), [at(0, 0.9)], "iteration", 600, null);
    expect(across.ticks.map((tick) => tick.text)).toEqual(["0", "1", "2"]);
    expect([across.low, across.high, across.title]).toEqual([-0.5, 2.5, "iteration"]);
  });
  test("counts time in the unit that suits it", () => {
    const over = (seconds: number): string => horizontalOf(model([]), [at(0, 1), { ...at(1, 1), x: seconds }], "time", 600, null).title;
    expect([over(90), over(1200), over(20_000)]).toEqual(["seconds since the start", "minutes since the start", "hours since the start"]);
  });
  test("has round numbers inside the span", () => {
    expect(roundTicks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(roundTicks(-0.5, 9.5, 20, true)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(roundTicks(2, 2, 5)).toEqual([2]);
  });
});

describe("what lies outside", () => {
  const scale = { low: 0.98, high: 1, ticks: [0.98, 1], log: false };
  test("is at the edge, the furthest with its value, none over another, at most six", () => {
    const points = Array.from({ length: 20 }, (_, i) => at(i, i === 19 ? 0.99 : 0.5 + i / 100));
    const { edges, labelled } = edgesOf(points, scale, (x) => x * 30);
    expect(edges).toHaveLength(19);
    expect(labelled).toHaveLength(6);
    expect(labelled[0]?.point.i).toBe(0);
    const places = labelled.map((edge) => edge.point.x * 30).sort((a, b) => a - b);
    expect(places.every((place, k) => k === 0 || place - (places[k - 1] as number) > 40)).toBe(true);
  });
  test("thousands of points are thinned, those that count stay", () => {
    const points = Array.from({ length: 10_000 }, (_, i) => at(i, 0.5));
    const seen = thinned(points, (point) => String(Math.floor(point.i / 2)), new Set([4321, 4322]));
    expect(seen.length).toBeLessThanOrEqual(2_502);
    expect(seen.filter((point) => point.i === 4321 || point.i === 4322)).toHaveLength(2);
    expect(thinned(points.slice(0, 100), () => "", new Set())).toHaveLength(100);
  });
});

describe("in words", () => {
  const say = (value: number): string => value.toFixed(4);
  test("a sentence says how the best went", () => {
    const one = model([done(0, 0.9), done(1, 0.95), failed(2)]);
    expect(sentence(one, "AUC_weighted", pointsOf(one, "AUC_weighted", "iteration", 0), say)).toBe("AUC_weighted of 2 iterations; best so far rises from 0.9000 to 0.9500");
    expect(sentence(one, "log_loss", pointsOf(one, "log_loss", "iteration", 0), say)).toBe("log_loss of 2 iterations; best so far falls from 0.1000 to 0.0500");
  });
  test("nothing to draw has its reason", () => {
    expect(nothingYet(model([row(0)]), "AUC_weighted")).toBe("The first point appears when the first iteration ends.");
    expect(nothingYet(model([failed(0), row(1)], { status: { state: "failed", n_iterations: 20 } }), "AUC_weighted")).toBe("No score to draw. 1 iteration failed, 19 were not started.");
    expect(nothingYet(model([done(0, 0.9)]), "nothing")).toBe("No iteration has a value of nothing.");
  });
  test("metrics are sorted without regard to case, also those that only rows know", () => {
    const names = metricNames(model([done(0, 0.9, { metrics: { zeta: 1, Alpha: 2 } })], { facts: { metrics: [{ name: "beta", goal: "max", bounds: null }] } }));
    expect(names).toEqual(["Alpha", "AUC_weighted", "beta", "zeta"]);
  });
});
