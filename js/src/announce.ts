/** What the live region says: sentences about what ended, and a pace of at most one in five seconds. */

import { count, score } from "./format";
import { bestRow, hasEnded, isEnded, isQueued, primaryMetric, styleOf, type Model } from "./model";
import { ranks } from "./order";
import type { Row } from "./types";

export const PAUSE_MS = 5000;

const ORDINALS = ["best", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
export const ordinal = (place: number): string => ORDINALS[place - 1] ?? `number ${count(place)}`;
/** `AUC_weighted` as one says it. */
const spoken = (name: string): string => name.replace(/_/g, " ");

/** One sentence about what ended between two models; null if nothing did. */
export function news(before: Model, after: Model): string | null {
  if (!hasEnded(before) && hasEnded(after) && before.status) return `Run ${after.status?.state ?? "ended"}${bestWords(after)}.`;
  if (after.setup && isEnded(after.setup) && before.setup && !isEnded(before.setup)) return `Setup ${words(after.setup)}.`;
  const fresh = [...after.rows.values()].filter((row) => {
    const was = before.rows.get(row.i);
    return isEnded(row) && was !== undefined && was !== row && !isEnded(was);
  });
  const [first] = fresh;
  if (!first || (fresh.length === 1 && isQueued(first))) return null;
  return fresh.length === 1 ? `Iteration ${first.i} ${words(first)}${scoreWords(after, first)}.` : `${count(fresh.length)} iterations ended${bestWords(after)}.`;
}

const words = (row: Row): string =>
  ({ completed: "completed", timeout: "timed out", canceled: "was cancelled", oom: "ran out of memory", lost: "was lost", crashed: "crashed" } as Record<string, string>)[row.state] ?? "failed";

function scoreWords(model: Model, row: Row): string {
  if (row.score === null) return "";
  const metric = primaryMetric(model), places = ranks(model), place = places.get(row.i);
  return `, ${spoken(metric)} ${score(row.score, styleOf(model, metric))}${place ? `, ${ordinal(place)} of ${count(places.size)}` : ""}`;
}

function bestWords(model: Model): string {
  const best = bestRow(model), metric = primaryMetric(model);
  return best ? `, best ${spoken(metric)} ${score(best.score, styleOf(model, metric))}` : "";
}

export interface Announcer { say(sentence: string): void; dispose(): void }

/** Says the newest sentence, and waits before the next: what came between and was overtaken stays unsaid. */
export function announcer(region: HTMLElement, pauseMs = PAUSE_MS): Announcer {
  let waiting: string | null = null, timer: ReturnType<typeof setTimeout> | null = null;
  const utter = (sentence: string): void => {
    region.textContent = sentence;
    timer = setTimeout(() => {
      timer = null;
      if (waiting !== null) { const next = waiting; waiting = null; utter(next); }
    }, pauseMs);
  };
  return {
    say: (sentence) => { if (timer === null) utter(sentence); else waiting = sentence; },
    dispose: () => { if (timer !== null) clearTimeout(timer); },
  };
}
