/** The keyboard of the grid: rows, cells, and what can be done with a row. */

import { compareWithBest, explain, type RowDeeds } from "./rowmenu";
import type { Body } from "./body";
import { isSetup } from "../setup";
import type { AppState, Send } from "../state";
import type { Row } from "../types";

export interface Keyboard extends RowDeeds {
  body: Body;
  send: Send;
  /** The state that the table shows. */
  state(): AppState | null;
  lastCell(): number;
  openMenu(row: Row, from?: HTMLElement): void;
}

/** Handles a key of the grid and keeps it from the page; keys that are none of ours go on. */
export function onKey(event: KeyboardEvent, keyboard: Keyboard): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { body } = keyboard, at = Math.max(0, body.indexOf(body.focus?.i)), row = body.rows[at];
  body.touch();
  if (!row || !(moved(event.key, at, keyboard) || onRow(event, row, keyboard))) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Moves from row to row; the panel follows if it is open. */
function moved(key: string, at: number, { body, send, state }: Keyboard): boolean {
  const page = body.pageSize(), last = body.rows.length - 1;
  const to = ({ ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last } as Record<string, number>)[key];
  if (to === undefined) return false;
  const row = body.rows[Math.max(0, Math.min(last, to))] as Row;
  body.focusOn({ i: row.i, cell: null });
  if ((state()?.selected ?? null) !== null) send({ kind: "select", iteration: row.i });
  return true;
}

function onRow(event: KeyboardEvent, row: Row, keyboard: Keyboard): boolean {
  const { body, send } = keyboard, { key, target } = event, cell = body.focus?.cell ?? null;
  if (key === "ArrowRight") body.focusOn({ i: row.i, cell: cell === null ? 0 : Math.min(keyboard.lastCell(), cell + 1) });
  else if (key === "ArrowLeft") body.focusOn({ i: row.i, cell: cell ? cell - 1 : null });
  else if ((key === "Enter" || key === " ") && target instanceof HTMLButtonElement) keyboard.openMenu(row, target);
  else if (isSetup(row) && [" ", "e", "c"].includes(key)) return true; // they do nothing here, nor in the page
  else if (key === "Enter") send({ kind: "select", iteration: row.i, focus: true });
  else if (key === " ") send({ kind: "tick", iteration: row.i });
  else if (key === "ContextMenu" || (key === "F10" && event.shiftKey)) keyboard.openMenu(row);
  else if (key === "e") explain(row, keyboard);
  else if (key === "c") compareWithBest(row, keyboard);
  else return false;
  return true;
}
