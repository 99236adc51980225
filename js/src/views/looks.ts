/** Shape, colour and word of each state of a run. */

import type { IconName } from "../dom";
import type { RunState } from "../types";

export interface Look { icon: IconName; tone: string; label: string; spins?: boolean }

export const RUN_LOOKS: Record<RunState, Look> = {
  preparing: { icon: "run", tone: "acc", label: "Preparing", spins: true },
  running: { icon: "run", tone: "acc", label: "Running", spins: true },
  paused: { icon: "pause", tone: "dim", label: "Paused" },
  stopping: { icon: "run", tone: "dim", label: "Stopping", spins: true },
  finalizing: { icon: "run", tone: "acc", label: "Finishing", spins: true },
  completed: { icon: "check", tone: "ok", label: "Completed" },
  failed: { icon: "fail", tone: "err", label: "Failed" },
  canceled: { icon: "cancel", tone: "dim", label: "Cancelled" },
  interrupted: { icon: "alert", tone: "warn", label: "Interrupted" },
};

/** An interrupted run, between the click and the engine's first sign of life. */
export const RESUMING: Look = { icon: "run", tone: "acc", label: "Resuming", spins: true };
