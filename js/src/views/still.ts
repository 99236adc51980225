/** Nothing moves under the hand: how the table takes a new order while the pointer or the focus is on a row. Pure. */

import type { Row } from "../types";

/** Rows as they stand and how far they are scrolled. */
export interface Standing { rows: readonly Row[]; scrollTop: number }
export interface Window { rowHeight: number; height: number }

/** How long after its last movement a hand still counts. */
export const HAND_MS = 10_000;

/**
 * The new standing: `wanted` with the scroll compensated, so that the row under the hand stays where it is;
 * where the scroll cannot do that, the old order with the new facts, what is new at its end.
 */
export function kept(old: Standing, wanted: readonly Row[], hand: number | null, { rowHeight, height }: Window): Standing {
  if (hand === null) return { rows: wanted, scrollTop: old.scrollTop };
  const before = old.rows.findIndex((row) => row.i === hand), after = wanted.findIndex((row) => row.i === hand);
  if (before < 0) return { rows: wanted, scrollTop: old.scrollTop };
  const scrollTop = old.scrollTop + (after - before) * rowHeight;
  const most = Math.max(0, wanted.length * rowHeight - height);
  if (after >= 0 && scrollTop >= 0 && scrollTop <= Math.max(most, old.scrollTop)) return { rows: wanted, scrollTop };
  return { rows: held(old.rows, wanted), scrollTop: old.scrollTop };
}

/** The old order with the new records; those that are gone stay away, those that are new come last. */
function held(old: readonly Row[], wanted: readonly Row[]): readonly Row[] {
  const now = new Map(wanted.map((row) => [row.i, row]));
  const stay = old.flatMap((row) => now.get(row.i) ?? []);
  const known = new Set(stay.map((row) => row.i));
  return [...stay, ...wanted.filter((row) => !known.has(row.i))];
}
