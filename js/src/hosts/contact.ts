/** Whether the kernel answers, as a decision: from what was heard and when, to what the header says. No clock, no host. */

import type { Connection } from "../types";

/** What a page of Jupyter's says about its kernel; `unknown` where it says nothing (VS Code, Colab, a saved page). */
export type Kernel = "idle" | "busy" | "gone" | "none" | "unknown";

export interface Contact {
  /** Seconds since the epoch of the last word from the kernel, patch or answer; null if there never was one. */
  heardAt: number | null;
  /** Since when a question is without an answer; null if none is. */
  waitingSince: number | null;
  /** The kernel was restarted since the last word: the model's other half is gone. */
  restartedAt: number | null;
  kernel: Kernel;
  /** When the page began to ask, and the engine's clock of what it shows. */
  startedAt: number;
  shownAt: number | null;
}

/** A question may be late for so long before the kernel counts as busy. */
export const LATE_S = 1.2;
/** An idle kernel that does not answer for so long has lost the run's other half. */
export const LOST_S = 5;
/** Without any word for so long a page shows something saved. */
export const SAVED_S = 10;

export function connectionOf(contact: Contact, now: number): Connection {
  const { heardAt, waitingSince, restartedAt, kernel, startedAt, shownAt } = contact;
  const waits = waitingSince === null ? 0 : now - waitingSince, since = heardAt ?? startedAt;
  if (kernel === "none" && heardAt === null) return { kind: "snapshot", at: shownAt ?? startedAt };
  if (kernel === "none" || kernel === "gone") return { kind: "disconnected", since };
  if (restartedAt !== null) return { kind: "disconnected", since: restartedAt };
  if (heardAt === null && kernel === "unknown" && waits > SAVED_S) return { kind: "snapshot", at: shownAt ?? startedAt };
  if (kernel === "idle" && waits > LOST_S) return heardAt === null ? { kind: "snapshot", at: shownAt ?? startedAt } : { kind: "disconnected", since };
  return waits > LATE_S ? { kind: "busy" } : { kind: "live" };
}
