/** Shape, colour and word of an iteration's state. */

import { h, icon, type IconName } from "../dom";
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

export const stateWord = (row: Row): string => (row.state === "canceled" && row.started_at === null ? "not started" : LOOKS[row.state].word);

export function stateIcon(row: Row): Node[] {
  const look = LOOKS[row.state], turns = look.icon === "run" ? " spin" : "";
  return [icon(look.icon, look.tone + turns), h("span", { class: "sr" }, stateWord(row))];
}
