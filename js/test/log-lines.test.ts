import { describe, expect, test } from "vitest";
import { random } from "../dev/recordings";
import { append, linesOf, NO_LOGS, type LogLines } from "../src/logbook";
import { find, Heights, partsOf } from "../src/views/log-lines";

function lines(text: string): LogLines {
  const log = append(NO_LOGS, { i: 0, from: 0, size: text.length, text }).get(0);
  if (!log) throw new Error("no log");
  return linesOf(log);
}

describe("a line", () => {
  test("of the engine has its time, and its level only if that is worth it", () => {
    expect(partsOf("2026-07-01 17:42:27,105 fold 2/5  AUC 0.98")).toEqual({ time: "17:42:27", stamp: "2026-07-01 17:42:27,105", word: "", level: null, text: "fold 2/5  AUC 0.98" });
    expect(partsOf("2026-07-01 17:42:27,105 WARN svm/_base.py:305: x")).toMatchObject({ word: "WARN", level: "w", text: "svm/_base.py:305: x" });
    expect(partsOf("2026-07-01T17:42:27.105Z ERROR boom")).toMatchObject({ time: "17:42:27", word: "ERROR", level: "e", text: "boom" });
    expect(partsOf("17:42:27 INFO  hello")).toMatchObject({ time: "17:42:27", word: "", level: null, text: "hello" });
  });
  test("of a library shows its level by what it says", () => {
    expect(partsOf("[LightGBM] [Warning] No further splits").level).toBe("w");
    expect(partsOf("/x/y.py:12: UserWarning: odd").level).toBe("w");
    expect(partsOf("Traceback (most recent call last):").level).toBe("e");
    expect(partsOf("ValueError: bad").level).toBe("e");
    expect(partsOf("  warnings of errors: none").level).toBeNull();
  });
  test("shows what cannot be seen, and is otherwise left alone", () => {
    expect(partsOf("\u001b[31mred\u001b[0m\tend\r")).toMatchObject({ time: "", text: "␛[31mred␛[0m    end" });
    expect(partsOf("").text).toBe("");
  });
});

describe("searching", () => {
  test("finds every place, without regard to case, in the text and not in the time", () => {
    const log = lines("17:42:27 Fold 1 fold\n17:42:28 nothing\n17:42:29 FOLD\n");
    expect(find(log, "fold")).toEqual([{ line: 0, start: 0, end: 4 }, { line: 0, start: 7, end: 11 }, { line: 2, start: 0, end: 4 }]);
    expect(find(log, "17:42")).toEqual([]);
    expect(find(log, "")).toEqual([]);
  });
  test("ends at ten thousand", () => {
    expect(find(lines("a".repeat(30_000)), "a")).toHaveLength(10_000);
  });
});

describe("heights", () => {
  test("agree with a plain sum, whatever has been measured", () => {
    const next = random(5), heights = new Heights(() => 17), plain = new Map<number, number>();
    heights.resize(3000, 0);
    for (let round = 0; round < 400; round += 1) {
      const line = Math.floor(next() * 3000), height = 17 * (1 + Math.floor(next() * 4));
      heights.set(line, height);
      plain.set(line, height);
      if (round % 40) continue;
      const until = Math.floor(next() * 3001);
      let sum = 0;
      for (let at = 0; at < until; at += 1) sum += plain.get(at) ?? 17;
      expect(heights.top(until)).toBe(sum);
    }
    const line = 2345;
    expect(heights.at(heights.top(line))).toBe(line);
    expect(heights.at(heights.top(line) + heights.of(line) - 1)).toBe(line);
  });
  test("of new lines are guessed, those of old ones kept", () => {
    const heights = new Heights(() => 10);
    heights.resize(2, 0);
    heights.set(0, 30);
    heights.set(1, 50);
    heights.resize(4, 1);
    expect([heights.of(0), heights.of(1), heights.total]).toEqual([30, 10, 60]);
    heights.resize(0, 0);
    expect([heights.total, heights.at(100)]).toEqual([0, 0]);
  });
  test("of a hundred thousand lines are found at once", () => {
    const heights = new Heights(() => 17);
    heights.resize(100_000, 0);
    heights.at(17 * 99_999);
    const start = performance.now();
    for (let round = 0; round < 200; round += 1) heights.at(17 * ((round * 7919) % 100_000));
    expect(performance.now() - start).toBeLessThan(500);
  });
});
