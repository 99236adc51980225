/** What one can do with a row: the menu's entries, and how code, parameters and logs get out. */

import { download } from "../clipboard";
import { parameterInFull, pipeline } from "../format";
import { endOf, textOf, type LogBook } from "../logbook";
import { hasEnded, isQueued, isRunning } from "../model";
import { blocked, type AppState, type Send } from "../state";
import type { Host, Row } from "../types";
import type { MenuEntry } from "./menu";

/** Hyper-parameters as a Python dictionary. */
export function parametersAsPython(row: Row): string {
  const lines = Object.entries(row.params).map(([key, value]) => `    ${JSON.stringify(key)}: ${parameterInFull(value)},`);
  return lines.length ? `{\n${lines.join("\n")}\n}\n` : "{}\n";
}

/** Why an iteration cannot be cancelled or explained, or has no code or log; absent where it can and has. */
export function against(state: AppState, row: Row): { cancel?: string; explain?: string; code?: string; log?: string } {
  const { model, connection, pending } = state, away = blocked(connection);
  const ended = hasEnded(model), importance = model.importance.get(row.i);
  const because = (...reasons: (string | null | false | undefined)[]): string | undefined => reasons.find((reason): reason is string => Boolean(reason));
  const found = {
    cancel: because(!isRunning(row) && !isQueued(row) && "has ended", ended && "run has ended", row.state === "canceling" && "is being cancelled", pending.has(`cancel_iteration:${row.i}`) && "on its way", away && "no kernel"),
    explain: because(row.state !== "completed" && "no model", importance?.state === "completed" && "is explained", (importance?.state === "running" || pending.has(`explain:${row.i}`)) && "being explained", away && "no kernel"),
    code: because(row.state !== "completed" && "no model"),
    log: because(isQueued(row) && "not started"),
  };
  return Object.fromEntries(Object.entries(found).filter(([, reason]) => reason !== undefined));
}

/** What the deeds need: the state at hand, and the ways out. */
export interface RowDeeds { state(): AppState | null; send: Send; host: Pick<Host, "file" | "log"> }

/** Has an iteration explained, or says why that cannot be. */
export function explain(row: Row, { state, send }: RowDeeds): void {
  const now = state(), reason = now ? against(now, row).explain : "nothing is known yet";
  if (reason) send({ kind: "notice", text: `Iteration ${row.i} cannot be explained: ${reason}` });
  else send({ kind: "command", command: { kind: "explain", iteration: row.i } });
}

export function rowEntries(row: Row, deeds: RowDeeds): MenuEntry[] {
  const state = deeds.state(), { send } = deeds;
  if (!state) return [];
  const no = against(state, row);
  const entry = (label: string, key: string, reason: string | undefined, run: () => void): MenuEntry => ({ label, hint: reason ?? key, blocked: reason, run });
  return [
    entry("Open", "Enter", undefined, () => send({ kind: "select", iteration: row.i, focus: true })),
    entry("Explain", "E", no.explain, () => explain(row, deeds)),
    null,
    entry("Copy code", "", no.code, () => void copyCode(row, deeds)),
    entry("Copy parameters", "", Object.keys(row.params).length ? undefined : "not chosen yet", () => send({ kind: "copy", text: parametersAsPython(row), what: "Parameters" })),
    entry("Download log", "", no.log, () => void downloadLog(row, state.logs, deeds)),
    null,
    entry("Cancel", "", no.cancel, () => send({ kind: "command", command: { kind: "cancel_iteration", iteration: row.i } })),
  ];
}

const because = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function copyCode(row: Row, { send, host }: RowDeeds): Promise<void> {
  try {
    send({ kind: "copy", text: await host.file(row.i, "code.py"), what: "Code" });
  } catch (error) {
    send({ kind: "notice", text: `The code of iteration ${row.i} could not be read: ${because(error)}` });
  }
}

const MOST_CHUNKS = 400;

/** The log is read whole: what the page holds may lack its beginning. */
async function downloadLog(row: Row, known: LogBook, { send, host }: RowDeeds): Promise<void> {
  let text = "";
  try {
    for (let n = 0, from = 0, size = 1; n < MOST_CHUNKS && from < size; n += 1) {
      const chunk = await host.log(row.i, from);
      text += chunk.text;
      size = chunk.text ? chunk.size : from;
      from = endOf(chunk);
    }
  } catch (error) {
    text = textOf(known.get(row.i));
    if (!text) {
      send({ kind: "notice", text: `The log of iteration ${row.i} could not be read: ${because(error)}` });
      return;
    }
  }
  download(`iteration-${row.i}-${pipeline(row).replace(/[^\w.-]+/g, "_")}.log`, text);
}
