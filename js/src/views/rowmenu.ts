/** What one can do with a row: the menu's entries, and how code, parameters and logs get out. */

import { download, safeName } from "../clipboard";
import { parameterInFull, pipeline, visible } from "../format";
import { endOf, textOf, type LogBook } from "../logbook";
import { bestRow, hasEnded, isEnded, isQueued, isRunning } from "../model";
import { isSetup } from "../setup";
import { blocked, type AppState, type Send } from "../state";
import type { Host, Row } from "../types";
import type { MenuEntry } from "./menu";

/** Hyper-parameters as a Python dictionary. */
export function parametersAsPython(row: Row): string {
  const lines = Object.entries(row.params).map(([key, value]) => `    ${JSON.stringify(key)}: ${parameterInFull(value)},`);
  return lines.length ? `{\n${lines.join("\n")}\n}\n` : "{}\n";
}

export type Deed = "cancel" | "explain" | "code" | "log" | "compare" | "retry" | "like" | "block";

/** Why something cannot be done with an iteration; absent where it can. */
export function against(state: AppState, row: Row): Partial<Record<Deed, string>> {
  const { model, connection, pending } = state, away = blocked(connection);
  const ended = hasEnded(model), importance = model.importance.get(row.i);
  const because = (...reasons: (string | null | false | undefined)[]): string | undefined => reasons.find((reason): reason is string => Boolean(reason));
  const interrupted = model.status?.state === "interrupted" && "run was interrupted";
  const shut = interrupted || (away ? "no kernel" : model.status?.state === "stopping" && "run is stopping");
  const best = bestRow(model), noRecipe = row.origin === "ensemble" ? "is an ensemble" : !row.alg && "not chosen yet";
  const isOn = (...keys: string[]): string | false => keys.some((key) => pending.has(key)) && "on its way";
  const found = {
    compare: because(best === null && "no score yet", best?.i === row.i && "is the best"),
    retry: because(!isEnded(row) && "has not ended", row.state === "completed" && "has a score", shut, isOn(`retry:${row.i}`)),
    like: because(noRecipe, shut, isOn(`like:${row.i}`)),
    block: because(noRecipe, ended && "run has ended", shut, isOn(`block:${row.alg}`)),
    cancel: because(!isRunning(row) && !isQueued(row) && "has ended", ended && "run has ended", row.state === "canceling" && "is being cancelled", pending.has(`cancel_iteration:${row.i}`) && "on its way", away && "no kernel"),
    explain: because(row.state !== "completed" && "no model", importance?.state === "completed" && "is explained", (importance?.state === "running" || pending.has(`explain:${row.i}`)) && "being explained", interrupted, away && "no kernel"),
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

/** Puts an iteration beside the best, or says why that cannot be. */
export function compareWithBest(row: Row, { state, send }: RowDeeds): void {
  const now = state(), best = now && bestRow(now.model), reason = now ? against(now, row).compare : "nothing is known yet";
  if (reason || !best) send({ kind: "notice", text: `Iteration ${row.i} cannot be compared with the best: ${reason}` });
  else send({ kind: "compare", iterations: [best.i, row.i] });
}

const LIKE_COUNT = 5;

export function rowEntries(row: Row, deeds: RowDeeds): MenuEntry[] {
  const state = deeds.state(), { send } = deeds;
  if (!state) return [];
  const no = against(state, row);
  const entry = (label: string, key: string, reason: string | undefined, run: () => void): MenuEntry => ({ label, hint: reason ?? key, blocked: reason, run });
  const open = entry("Open", "Enter", undefined, () => send({ kind: "select", iteration: row.i, focus: true }));
  const log = entry("Download log", "", no.log, () => void downloadLog(row, state.logs, deeds));
  if (isSetup(row)) return [open, log];
  return [
    open,
    entry("Compare with best", "C", no.compare, () => compareWithBest(row, deeds)),
    entry("Explain", "E", no.explain, () => explain(row, deeds)),
    null,
    entry("Copy code", "", no.code, () => void copyCode(row, deeds)),
    entry("Copy parameters", "", Object.keys(row.params).length ? undefined : "not chosen yet", () => send({ kind: "copy", text: parametersAsPython(row), what: "Parameters" })),
    log,
    entry("Download report", "", no.code, () => void downloadReport(state.model.run, row.i, deeds)),
    null,
    entry(`${LIKE_COUNT} more like this`, "", no.like, () => send({ kind: "command", command: { kind: "like", iteration: row.i, count: LIKE_COUNT } })),
    entry(row.alg ? `Block ${visible(row.alg)}` : "Block this algorithm", "", no.block, () => send({ kind: "command", command: { kind: "block", algorithm: row.alg } })),
    entry("Retry", "", no.retry, () => send({ kind: "command", command: { kind: "retry", iteration: row.i } })),
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

/** One page that tells all of the run, with this iteration's model. */
export async function downloadReport(run: string, i: number, { send, host }: Pick<RowDeeds, "send" | "host">): Promise<void> {
  try {
    download(`${safeName(run)}-report-${i}.html`, await host.file(i, "report.html"), "text/html");
  } catch (error) {
    send({ kind: "notice", text: `The report could not be written: ${because(error)}` });
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
      send({ kind: "notice", text: `The log of ${isSetup(row) ? "the set-up" : `iteration ${row.i}`} could not be read: ${because(error)}` });
      return;
    }
  }
  download(`${isSetup(row) ? "setup" : `iteration-${row.i}`}-${safeName(pipeline(row))}.log`, text);
}
