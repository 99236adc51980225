/** What is known of each iteration's log, by byte: chunks in any order, twice, overlapping or with holes between. Text only. */

import { memo } from "./model";
import type { LogChunk } from "./types";

/** Text of the bytes `from` to `to` of one log. */
interface Piece { readonly from: number; readonly to: number; readonly text: string }

export interface LogText {
  readonly i: number;
  /** Size of the file when last heard of, in bytes. */
  readonly size: number;
  /** Bytes at the beginning that were let go because the log is very long, and the lines in them. */
  readonly dropped: number;
  readonly droppedLines: number;
  readonly pieces: readonly Piece[];
}

export type LogBook = ReadonlyMap<number, LogText>;

export const NO_LOGS: LogBook = new Map();

/** At most this much text is kept for each iteration. */
export const KEPT_BYTES = 2_000_000;
/** Characters. */
const PIECE = 64_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const sizeOf = (text: string): number => encoder.encode(text).length;
/** Text without its first or beyond its first `bytes`. */
const cut = (text: string, start: number, end: number): string => decoder.decode(encoder.encode(text).subarray(start, end));

/** The book with a chunk in it; the same book if it holds nothing new. */
export function append(book: LogBook, chunk: LogChunk): LogBook {
  const known = book.get(chunk.i) ?? { i: chunk.i, size: 0, dropped: 0, droppedLines: 0, pieces: [] };
  const next = capped(written(known, chunk));
  return next === known && book.has(chunk.i) ? book : new Map(book).set(chunk.i, next);
}

/** The byte after a chunk. */
export const endOf = (chunk: LogChunk): number => chunk.to ?? chunk.from + sizeOf(chunk.text);

function written(log: LogText, chunk: LogChunk): LogText {
  const size = Math.max(log.size, chunk.size);
  let fresh: readonly Piece[] = chunk.text ? [{ from: chunk.from, to: endOf(chunk), text: chunk.text }] : [];
  fresh = fresh.flatMap((piece) => outside(piece, 0, log.dropped));
  for (const piece of log.pieces) fresh = fresh.flatMap((one) => outside(one, piece.from, piece.to));
  if (!fresh.length) return size === log.size ? log : { ...log, size };
  const pieces = joined([...log.pieces, ...fresh].sort((a, b) => a.from - b.from));
  return { ...log, size: Math.max(size, (pieces[pieces.length - 1] as Piece).to), pieces };
}

/** The parts of a piece that lie outside of the bytes `from` to `to`. */
function outside(piece: Piece, from: number, to: number): Piece[] {
  if (to <= piece.from || from >= piece.to) return [piece];
  const parts: Piece[] = [];
  if (piece.from < from) parts.push({ from: piece.from, to: from, text: cut(piece.text, 0, from - piece.from) });
  if (piece.to > to) parts.push({ from: to, to: piece.to, text: cut(piece.text, to - piece.from, piece.to - piece.from) });
  return parts;
}

/** Neighbours are joined while small; a full piece ends with a whole line, where there is one, so that its lines can be kept. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result[result.length - 1];
    if (last?.to === piece.from && last.text.length < PIECE) result[result.length - 1] = { from: last.from, to: piece.to, text: last.text + piece.text };
    else result.push(piece);
  }
  return result.flatMap(split);
}

function split(piece: Piece): Piece[] {
  const parts: Piece[] = [];
  let { from, text } = piece;
  while (text.length > PIECE) {
    const end = cutAt(text);
    if (end >= text.length) break;
    const head = text.slice(0, end), to = from + sizeOf(head);
    parts.push({ from, to, text: head });
    from = to;
    text = text.slice(end);
  }
  return parts.length ? [...parts, { from, to: piece.to, text }] : [piece];
}

/** After the line that is open at a piece's usual length; lines without an end are cut, but never a pair of surrogates. */
function cutAt(text: string): number {
  const line = text.indexOf("\n", PIECE - 1) + 1;
  if (line > 0 && line <= 4 * PIECE) return line;
  if (text.length <= 4 * PIECE) return text.length;
  const isPair = (text.charCodeAt(4 * PIECE - 1) & 0xfc00) === 0xd800;
  return 4 * PIECE - (isPair ? 1 : 0);
}

function capped(log: LogText): LogText {
  let held = log.pieces.reduce((sum, piece) => sum + piece.to - piece.from, 0);
  if (held <= KEPT_BYTES || log.pieces.length < 2) return log;
  let { dropped, droppedLines } = log;
  const pieces = [...log.pieces];
  while (held > KEPT_BYTES && pieces.length > 1) {
    const first = pieces.shift() as Piece;
    held -= first.to - first.from;
    dropped = first.to;
    droppedLines += linesIn(first).length - 1;
  }
  return { ...log, dropped, droppedLines, pieces };
}

/** Where reading must go on: the first missing byte of those that will be kept; null if they are all there. */
export function missing(log: LogText | undefined): number | null {
  if (!log) return 0;
  let at = Math.max(log.dropped, log.size - KEPT_BYTES);
  for (const piece of log.pieces) {
    if (piece.from > at) return at;
    at = Math.max(at, piece.to);
  }
  return at < log.size ? at : null;
}

/** One line; `hole` counts the bytes that are missing in its place. */
export interface LogLine { number: number; text: string; hole: number }
export interface LogLines { readonly count: number; at(index: number): LogLine }

const linesIn = memo((piece: Piece): readonly string[] => piece.text.split("\n"));

interface Run { readonly start: number; readonly lines: readonly string[]; readonly hole: number; readonly glued: string }

/** The lines of a log, read where they are needed. A hole and a beginning that was let go are lines of their own. */
export const linesOf = memo((log: LogText): LogLines => {
  const runs: Run[] = [];
  let count = 0, at = log.dropped, open = "";
  const hole = (bytes: number): void => { runs.push({ start: count, lines: [""], hole: bytes, glued: "" }); count += 1; };
  if (log.dropped > 0) hole(log.dropped);
  log.pieces.forEach((piece, index) => {
    if (piece.from > at) {
      if (open) { runs.push({ start: count, lines: [open], hole: 0, glued: "" }); count += 1; open = ""; }
      hole(piece.from - at);
    }
    at = piece.to;
    const lines = linesIn(piece), whole = lines.length - 1, isLast = index === log.pieces.length - 1;
    const n = isLast && lines[whole] !== "" ? whole + 1 : whole;
    if (n > 0) { runs.push({ start: count, lines, hole: 0, glued: open }); count += n; open = isLast ? "" : (lines[whole] as string); }
    else open += lines[0];
  });
  if (open) { runs.push({ start: count, lines: [open], hole: 0, glued: "" }); count += 1; }
  return { count, at: (index) => lineAt(runs, index, log) };
});

function lineAt(runs: readonly Run[], index: number, log: LogText): LogLine {
  let low = 0, high = runs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((runs[middle] as Run).start <= index) low = middle; else high = middle - 1;
  }
  const run = runs[low];
  if (!run) return { number: 0, text: "", hole: 0 };
  const offset = index - run.start, text = run.lines[offset] ?? "";
  const number = index + 1 + log.droppedLines - (log.dropped > 0 ? 1 : 0);
  return { number, text: offset === 0 ? run.glued + text : text, hole: run.hole };
}

/** All text that is held, for copy and download. */
export const textOf = (log: LogText | undefined): string => log?.pieces.map((piece) => piece.text).join("") ?? "";
