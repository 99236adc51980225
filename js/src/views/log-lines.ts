/** A line of a log taken apart, the places where a word occurs, and how high lines are. Pure. */

import { visible } from "../format";
import type { LogLines } from "../logbook";

export type Level = "w" | "e" | null;
/** `time` is the clock time at the beginning, `stamp` all of it; `level` is the word that is coloured. */
export interface LineParts { time: string; stamp: string; word: string; level: Level; text: string }

const STAMP = /^(?:\[?(\d{4}-\d\d-\d\d)[T ])?(\d\d:\d\d:\d\d)(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?[\s:|-]*/;
const WORD = /^\[?(DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\b\]?[\s:|-]*/;
const WARNING = /(?:^|\s|\.)\w*Warning: |\[Warning\]/;
const ERROR = /^(?:Traceback \(most recent call last\):|[\w.]*(?:Error|Exception): )|\[Fatal\]/;

/** DEBUG and INFO are not worth their room: only warnings and errors keep their word. */
export function partsOf(line: string): LineParts {
  const stamp = STAMP.exec(line)?.[0] ?? "", time = STAMP.exec(line)?.[2] ?? "";
  const rest = line.slice(stamp.length), word = WORD.exec(rest);
  const kind = word?.[1] ?? "";
  const isBad = kind === "ERROR" || kind === "CRITICAL" || kind === "FATAL", isOdd = kind.startsWith("WARN");
  const text = word ? rest.slice(word[0].length) : rest;
  const level: Level = isBad || (!word && ERROR.test(rest)) ? "e" : isOdd || (!isBad && WARNING.test(rest)) ? "w" : null;
  return { time, stamp: stamp.trim(), word: isBad ? "ERROR" : isOdd ? "WARN" : "", level, text: visible(text.replace(/\t/g, "    ").replace(/\r$/, "")) };
}

export interface Found { line: number; start: number; end: number }

const MOST_FOUND = 10_000;

/** Where `needle` occurs, without regard to case, in the text of the lines as shown; at most 10,000 places. */
export function find(lines: LogLines, needle: string): readonly Found[] {
  const word = needle.toLowerCase(), found: Found[] = [];
  if (!word) return found;
  for (let at = 0; at < lines.count && found.length < MOST_FOUND; at += 1) {
    const raw = lines.at(at).text;
    if (!raw.toLowerCase().includes(word)) continue; // most lines: not worth taking apart
    const text = partsOf(raw).text.toLowerCase();
    for (let from = text.indexOf(word); from >= 0 && found.length < MOST_FOUND; from = text.indexOf(word, from + word.length)) found.push({ line: at, start: from, end: from + word.length });
  }
  return found;
}

const BLOCK = 256;

/** Heights of many lines: a guess until a line has been measured, and sums by block so that places are found at once. */
export class Heights {
  #known: (number | undefined)[] = [];
  #sums: number[] = [];
  #count = 0;
  #guess: (line: number) => number;

  constructor(guess: (line: number) => number) {
    this.#guess = guess;
  }

  /** Lines from `from` on are forgotten, and there are `count` of them in all. */
  resize(count: number, from = this.#count): void {
    const kept = Math.min(from, count);
    this.#known.length = kept;
    this.#sums.length = Math.floor(kept / BLOCK);
    this.#count = count;
  }

  get count(): number {
    return this.#count;
  }

  of(line: number): number {
    return this.#known[line] ?? this.#guess(line);
  }

  /** Takes a measured height; says how much it differs from what was believed. */
  set(line: number, height: number): number {
    const change = height - this.of(line);
    this.#known[line] = height;
    const block = Math.floor(line / BLOCK), sum = this.#sums[block];
    if (sum !== undefined) this.#sums[block] = sum + change;
    return change;
  }

  #sum(block: number): number {
    const known = this.#sums[block];
    if (known !== undefined) return known;
    let sum = 0;
    for (let line = block * BLOCK, end = Math.min(this.#count, line + BLOCK); line < end; line += 1) sum += this.of(line);
    if ((block + 1) * BLOCK <= this.#count) this.#sums[block] = sum;
    return sum;
  }

  /** Where a line begins. */
  top(line: number): number {
    const block = Math.floor(line / BLOCK);
    let sum = 0;
    for (let at = 0; at < block; at += 1) sum += this.#sum(at);
    for (let at = block * BLOCK; at < line; at += 1) sum += this.of(at);
    return sum;
  }

  get total(): number {
    return this.top(this.#count);
  }

  /** The line at a height from the top. */
  at(offset: number): number {
    let left = offset, block = 0;
    const blocks = Math.ceil(this.#count / BLOCK);
    while (block < blocks - 1 && this.#sum(block) <= left) left -= this.#sum(block++);
    let line = block * BLOCK;
    while (line < this.#count - 1 && this.of(line) <= left) left -= this.of(line++);
    return Math.max(0, Math.min(line, this.#count - 1));
  }
}
