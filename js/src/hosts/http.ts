/** A recorded run without a kernel: a patch, texts of logs and files, and plotly from an address. For development, tests and reports. */

import type { Command, Connection, FileName, Host, LogChunk, Patch } from "../types";
import { sharedPlotly } from "./plotly";

export interface Recording {
  patch: Patch;
  /** Text of logs and files by iteration. */
  logs?: Record<string, string>;
  files?: Record<string, Partial<Record<FileName, string>>>;
  /** Patches that come later, and after how many seconds. */
  later?: { after_s: number; patch: Patch }[];
  connection?: Connection;
}

/** A host that plays a recording; `plotlyUrl` is where plotly-subset.js.gz lies. */
export function httpHost(recording: Recording, plotlyUrl: string, signal: AbortSignal): Host {
  const { patch, logs = {}, files = {}, later = [], connection = { kind: "snapshot", at: patch.status?.now ?? 0 } } = recording;
  const isLive = connection.kind !== "snapshot" && connection.kind !== "disconnected";
  return {
    initial: () => patch,
    onPatch: (take) => {
      const timers = later.map((one) => setTimeout(() => take(one.patch), one.after_s * 1000));
      signal.addEventListener("abort", () => timers.forEach(clearTimeout), { once: true });
    },
    onLogs: () => undefined,
    onConnection: (take) => take(connection),
    hello: () => Promise.resolve({ v: 1, run: patch.run, after: patch.seq, seq: patch.seq }),
    log: (i, from) => logChunk(logs[i], i, from),
    file: (i, name) => {
      const text = files[i]?.[name];
      return text === undefined ? Promise.reject(new Error(`There is no ${name} in this recording.`)) : Promise.resolve(text);
    },
    command: (command: Command) => (isLive ? Promise.resolve("taken") : Promise.reject(new Error(`This is a recording: ${command.kind} is not possible.`))),
    plotly: () => sharedPlotly(async () => (await fetch(plotlyUrl)).arrayBuffer()),
  };
}

function logChunk(text: string | undefined, i: number, from: number): Promise<LogChunk> {
  if (text === undefined) return Promise.reject(new Error("There is no log of this iteration in the recording."));
  const bytes = new TextEncoder().encode(text);
  return Promise.resolve({ i, from, to: bytes.length, size: bytes.length, text: new TextDecoder().decode(bytes.subarray(from)) });
}
