/** Shape, colour and word of an iteration's state. */

import { h, icon, name, type IconName } from "../dom";
import type { Row, TrialState } from "../types";

interface Look { icon: IconName; tone: string; word: string }

const LOOKS: Record<TrialState, Look> = {
  queued: { icon: "queue", tone: "dim", word: "queued" },
  running: { icon: "run", tone: "acc", word: "running" },
  canceling: { icon: "run", tone: "dim", word: "cancelling" },
  completed: { icon: "check", tone: "ok", word: "completed" },
  failed: { icon: "fail", tone: "err", word: "failed" },
  canceled: { icon: "cancel", tone: "dim", word: "cancelled" },
  timeout: { icon: "clock", tone: "warn", word: "timed out" },
  crashed: { icon: "fail", tone: "err", word: "crashed" },
  oom: { icon: "fail", tone: "err", word: "out of memory" },
  lost: { icon: "fail", tone: "err", word: "lost" },
};

const NOT_STARTED: Look = { icon: "cancel", tone: "dim", word: "not started" };

/** `runEnded`: what still waits then will never start. */
function lookOf(row: Row, runEnded: boolean): Look {
  const isOff = (row.state === "canceled" && row.started_at === null) || (row.state === "queued" && !row.attempt && runEnded);
  return isOff ? NOT_STARTED : LOOKS[row.state];
}

export const stateWord = (row: Row, runEnded: boolean): string => lookOf(row, runEnded).word;

export function stateIcon(row: Row, runEnded: boolean): Node[] {
  const look = lookOf(row, runEnded), turns = look.icon === "run" ? " spin" : "";
  return [icon(look.icon, look.tone + turns), h("span", { class: "sr" }, look.word)];
}

/** How it ended, and why: `Failed. Input X contains NaN.` */
export function reasonWords({ reason, ...row }: Row): (Node | string)[] {
  const { word } = LOOKS[row.state], tone = row.state === "canceled" ? "dim" : row.state === "timeout" ? "warn" : "err";
  const state = h("span", { class: tone }, `${word.charAt(0).toUpperCase()}${word.slice(1)}${/^[a-z]/.test(reason ?? "") ? ":" : "."}`);
  return reason ? [state, " ", name(reason, { title: null })] : [state];
}
