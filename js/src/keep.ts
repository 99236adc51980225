/** What this browser remembers of the layout: split, height, columns, sort. A browser that refuses costs nothing but memory. */

import type { Sort } from "./state";

export interface Kept {
  /** Width of the panel and height of the widget, in px; null for the default of the width at hand. */
  split: number | null;
  height: number | null;
  columns: Record<string, boolean>;
  sort: Sort;
}

export const NOTHING_KEPT: Kept = { split: null, height: null, columns: {}, sort: null };
const KEY = "automl_widgets.layout";

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const pixels = (value: unknown): number | null => (typeof value === "number" && value >= 100 && value <= 10_000 ? value : null);

/** Whatever lies there, only what is well-formed comes back. */
export function recall(): Kept {
  try {
    const raw: unknown = JSON.parse(localStorage.getItem(KEY) ?? "null");
    if (!isObject(raw)) return NOTHING_KEPT;
    const columns = Object.fromEntries(Object.entries(isObject(raw["columns"]) ? raw["columns"] : {})
      .filter((pair): pair is [string, boolean] => typeof pair[1] === "boolean").slice(0, 100));
    const { sort } = raw;
    const isSort = isObject(sort) && typeof sort["key"] === "string" && typeof sort["descending"] === "boolean";
    return {
      split: pixels(raw["split"]), height: pixels(raw["height"]), columns,
      sort: isSort ? { key: String(sort["key"]), descending: sort["descending"] === true } : null,
    };
  } catch {
    return NOTHING_KEPT; // storage is denied in some sandboxed frames: the defaults are as good
  }
}

export function remember(kept: Kept): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    return; // full or denied: the layout lasts as long as the page
  }
}
