/** Every row of the design's table of numbers. */

import { describe, expect, test } from "vitest";
import * as format from "../src/format";

const BOUNDED = { bounded: true }, OPEN = { bounded: false };

describe("scores", () => {
  test.each([[0.99834, "0.9983"], [1, "1.0000"], [-0.5, "−0.5000"], [-0.00001, "0.0000"], [null, "–"], [NaN, "–"], [Infinity, "∞"], [-Infinity, "−∞"]])("bounded %s reads %s", (value, text) => {
    expect(format.score(value, BOUNDED)).toBe(text);
  });
  test.each([[1284.31, "1,284.3"], [45000.7, "45,001"], [3.2e-7, "3.2e-7"], [2_500_000, "2.5e6"], [0.13218, "0.13218"], [0, "0"], [-1284.31, "−1,284.3"], [9.99996, "10.000"]])("unbounded %s reads %s", (value, text) => {
    expect(format.score(value, OPEN)).toBe(text);
  });
  test("the spread has the score's decimals", () => {
    expect(format.spread(0.00061, 0.9983, BOUNDED)).toBe("± 0.0006");
    expect(format.spread(32.107, 1284.31, OPEN)).toBe("± 32.1");
    expect(format.spread(null, 0.9, BOUNDED)).toBe("");
  });
  test("a difference has its sign, with a true minus", () => {
    expect([0.0006, -0.0012, 0, Infinity, null].map((value) => format.difference(value, BOUNDED))).toEqual(["+0.0006", "−0.0012", "0.0000", "+∞", "–"]);
  });
});

describe("time", () => {
  test.each([[0.4, "0.4 s"], [52.3, "52.3 s"], [59.96, "1 m 00 s"], [112, "1 m 52 s"], [3599.6, "1 h 00 m"], [7500, "2 h 05 m"], [0, "0.0 s"], [null, "–"]])("%s s reads %s", (value, text) => {
    expect(format.duration(value)).toBe(text);
  });
  test("the header counts seconds, for that is what was asked, and hours over two", () => {
    expect(format.timeUsed(334.9, 900)).toEqual({ used: "334", rest: "/ 900 s" });
    expect(format.timeUsed(7500, 10_800)).toEqual({ used: "2 h 05 m", rest: "/ 3 h 00 m" });
    expect(format.timeUsed(65, 10_800).used).toBe("1 m");
    expect(format.timeUsed(12, null)).toEqual({ used: "12", rest: "s" });
    expect(format.timeUsed(null, 900)).toEqual({ used: "–", rest: "/ 900 s" });
  });
  test.each([[2, "5 s"], [22, "20 s"], [58, "1 min"], [131, "2 min 10 s"], [118, "2 min"], [640, "11 min"], [3600, "1 h"], [7500, "2 h 05 min"]])("a guess of %s s is about %s", (value, text) => {
    expect(format.estimate(value)).toBe(text);
  });
  test("the clock is local, with the date only if that is not today's", () => {
    const at = new Date(2026, 4, 28, 17, 42, 8).getTime() / 1000;
    expect(format.clock(at, at + 60)).toBe("17:42:08");
    expect(format.clock(at, at + 86_400)).toBe("2026-05-28 17:42:08");
    expect(format.clock(null, at)).toBe("–");
  });
  test("short times are in milliseconds", () => expect([4.1, 0.25, 1500].map(format.milliseconds)).toEqual(["4.1 ms", "0.25 ms", "1.5 s"]));
});

describe("sizes and counts", () => {
  test.each([[226.4, "226 MB"], [1400, "1.4 GB"], [3.4, "3.4 MB"], [0.05, "50.0 kB"], [999.7, "1.0 GB"], [null, "–"]])("%s MB reads %s", (value, text) => expect(format.memory(value)).toBe(text));
  test("counts have commas, axes are short, shares have one decimal", () => {
    expect([format.count(1797), format.short(10_000), format.short(800), format.share(0.0971)]).toEqual(["1,797", "10k", "800", "9.7 %"]);
    expect([format.plural(1, "iteration"), format.plural(5000, "iteration")]).toEqual(["1 iteration", "5,000 iterations"]);
  });
});

describe("hyper-parameters and names", () => {
  test("four significant digits, whole in full", () => {
    expect([0.526315789, 400, true, null, "gbdt", [1, 0.123456]].map((value) => format.parameter(value))).toEqual(["0.5263", "400", "True", "None", "gbdt", "[1, 0.1235]"]);
    expect(format.parameterInFull({ a: 0.526315789, b: "x" })).toBe('{"a": 0.526315789, "b": "x"}');
    expect(format.parameter(undefined)).toBe("–");
  });
  test("control characters are seen, direction is not overridden", () => {
    expect(format.visible("a\u001b[31m\n\u007f\u202eb")).toBe("a␛[31m␊␡·b");
  });
  test("a recipe that is not known says so", () => {
    expect([format.pipeline({ pre: "", alg: "" }), format.pipeline({ pre: "", alg: "VotingEnsemble" })]).toEqual(["not chosen yet", "VotingEnsemble"]);
  });
});
