/** Where a key leads among things in a row. Pure. */

/** The one that a key leads to from the iteration `from`; null if the key is none of ours. */
export function moved<T extends { i: number }>(points: readonly T[], from: number | null, key: string): T | null {
  const at = points.findIndex((one) => one.i === from), last = points.length - 1;
  const steps: Record<string, number> = { ArrowRight: at < 0 ? 0 : at + 1, ArrowLeft: at < 0 ? last : at - 1, Home: 0, End: last };
  const to = steps[key];
  return to === undefined ? null : (points[Math.min(last, Math.max(0, to))] ?? null);
}
