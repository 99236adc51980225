/** What the list is narrowed to and sorted by, to and from an address. Pure. */

import type { Asked, SortKey } from "./types";

export const PAGE_ROWS = 100;
const KEYS: readonly SortKey[] = ["created", "name", "experiment", "workspace", "state", "metric", "score", "iterations", "duration"];
export const START: Asked = { search: "", workspace: "", experiment: "", state: "", sort: "created", order: "descending", offset: 0 };
const TEXTS = ["search", "workspace", "experiment", "state"] as const;

export function fromAddress(query: string): Asked {
  const given = new URLSearchParams(query), texts = Object.fromEntries(TEXTS.map((name) => [name, given.get(name) ?? ""]));
  const sort = KEYS.find((key) => key === given.get("sort")) ?? START.sort, offset = Number(given.get("offset") ?? 0);
  return { ...START, ...texts, sort, order: given.get("order") === "ascending" ? "ascending" : "descending", offset: Number.isInteger(offset) && offset > 0 ? offset : 0 };
}

/** As a query, without what is as at the start. */
export function toAddress(asked: Asked): string {
  const kept = Object.entries(asked).filter(([name, value]) => value !== START[name as keyof Asked]);
  return new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
}

export const isNarrowed = (asked: Asked): boolean => TEXTS.some((name) => asked[name] !== "");

/** Where a click on a column's head leads: words begin at A, figures at the highest. */
export function sorted(asked: Asked, key: SortKey): Asked {
  const first = ["name", "experiment", "workspace", "state", "metric"].includes(key) ? "ascending" : "descending";
  const order = asked.sort !== key ? first : asked.order === "ascending" ? "descending" : "ascending";
  return { ...asked, sort: key, order, offset: 0 };
}
