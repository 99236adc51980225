/** Logs by byte: in order, twice, overlapping, with holes, very long, in any alphabet. */

import { describe, expect, test } from "vitest";
import { random } from "../dev/recordings";
import { append, KEPT_BYTES, linesOf, missing, NO_LOGS, textOf, type LogBook, type LogText } from "../src/logbook";

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const add = (book: LogBook, from: number, text: string, size = from + bytes(text).length): LogBook => append(book, { i: 3, from, size, text });
const log = (book: LogBook): LogText => book.get(3) as LogText;
const lines = (book: LogBook): string[] => { const all = linesOf(log(book)); return Array.from({ length: all.count }, (_, k) => all.at(k).text); };

describe("append", () => {
  test("chunks in order are one text", () => {
    const book = add(add(NO_LOGS, 0, "one\ntw"), 6, "o\nthree");
    expect([textOf(log(book)), missing(log(book))]).toEqual(["one\ntwo\nthree", null]);
    expect(lines(book)).toEqual(["one", "two", "three"]);
  });
  test("a duplicate changes nothing, an overlap adds what is new", () => {
    const book = add(NO_LOGS, 0, "abcdef");
    expect(add(book, 0, "abc", 6)).toBe(book);
    expect(textOf(log(add(book, 4, "efghi")))).toBe("abcdefghi");
  });
  test("a hole is known, named in its place, and filled", () => {
    const book = add(add(NO_LOGS, 0, "one\n"), 10, "four\n"), all = linesOf(log(book));
    expect(missing(log(book))).toBe(4);
    expect([all.count, all.at(1).hole]).toEqual([3, 6]);
    expect(lines(add(book, 4, "two\n3\n"))).toEqual(["one", "two", "3", "four"]);
  });
  test("what the file has beyond is missing", () => expect(missing(log(add(NO_LOGS, 0, "abc", 9)))).toBe(3));
  test("bytes are counted, not characters", () => {
    const book = add(NO_LOGS, 0, "héllo ✓\n");
    expect(textOf(log(add(book, bytes("héllo ✓\n").length, "next")))).toBe("héllo ✓\nnext");
  });
  test("a chunk that tells its end is believed, for broken bytes become longer characters", () => {
    const book = append(NO_LOGS, { i: 3, from: 0, to: 4, size: 4, text: "ab\ufffd\n" });
    expect([missing(log(book)), textOf(log(add(book, 4, "cd")))]).toEqual([null, "ab\ufffd\ncd"]);
  });
});

test("a very long log keeps its end, counts what it let go, and numbers on", () => {
  let book = NO_LOGS, at = 0, line = 0;
  while (at < KEPT_BYTES * 1.4) {
    const text = Array.from({ length: 500 }, () => `line ${(line += 1)} of a log that says very little again and again\n`).join("");
    book = add(book, at, text);
    at += bytes(text).length;
  }
  const all = linesOf(log(book));
  expect(log(book).dropped).toBeGreaterThan(0);
  expect(at - log(book).dropped).toBeLessThanOrEqual(KEPT_BYTES);
  expect(all.at(0).hole).toBe(log(book).dropped);
  expect([all.at(1).text.startsWith(`line ${all.at(1).number} `), all.at(all.count - 1).number]).toEqual([true, line]);
  expect(missing(log(book))).toBeNull();
});

test("of a file that is longer than what is kept only the end is asked for", () => {
  expect(missing(log(add(NO_LOGS, 0, "head\n", 100_000_000)))).toBe(100_000_000 - KEPT_BYTES);
});

test("a line without an end is kept in pieces and shown as one", () => {
  let book = NO_LOGS;
  for (let k = 0; k < 10; k += 1) book = add(book, k * 60_000, "x".repeat(60_000));
  expect(lines(book).map((one) => one.length)).toEqual([600_000]);
});

test("however a text is cut and shuffled, it comes together again", () => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const draw = random(seed), text = Array.from({ length: 300 }, (_, k) => (draw() < 0.2 ? "\n" : draw() < 0.1 ? "✓é" : `w${k} `)).join(""), all = bytes(text);
    const cuts = [0, ...Array.from({ length: 8 }, () => Math.floor(draw() * text.length)), text.length].sort((a, b) => a - b);
    const parts = cuts.slice(1).map((to, k) => { const from = Math.max(0, (cuts[k] as number) - Math.floor(3 * draw())); return { from: bytes(text.slice(0, from)).length, text: text.slice(from, to) }; });
    const book = [...parts, ...parts.slice(0, 3)].sort(() => draw() - 0.5).reduce((known, part) => add(known, part.from, part.text, all.length), NO_LOGS);
    expect(textOf(log(book))).toBe(text);
    expect(lines(book)).toEqual(text.replace(/\n$/, "").split("\n"));
  }
});
