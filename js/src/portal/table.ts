/** The runs as a table whose heads sort it. */

import { attr, h, icon, name, on } from "../dom";
import * as format from "../format";
import { RUN_LOOKS } from "../views/looks";
import type { Asked, RunRow, SortKey } from "./types";

const ENDED = new Set(["completed", "failed", "canceled", "interrupted"]);
const GOING = new Set(["preparing", "running", "paused", "stopping", "finalizing"]);

interface Column { key: SortKey | null; title: string; className: string; cell(row: RunRow, now: number): (Node | string)[] }

/** Since when, or for how long, a run has been worked on. */
export function seconds(row: RunRow, now: number): number | null {
  const since = row.resumed_at ?? row.started_at;
  if (since === null || (row.state === "interrupted" && row.ended_at === null)) return null;
  return row.used_s + (row.ended_at ?? now) - since;
}

const addressOf = (row: RunRow): string => `run?${new URLSearchParams({ workspace: row.workspace, run: row.run_id })}`;

function stateCell(row: RunRow): (Node | string)[] {
  const look = RUN_LOOKS[row.state], why = row.reason ? format.visible(row.reason) : "";
  const chip = h("span", { class: `chip ${look.tone}`, title: why || null }, icon(look.icon, look.spins ? "spin" : ""), h("b", {}, look.label));
  return [chip];
}

function tags(row: RunRow): Node[] {
  return Object.entries(row.tags).map(([key, value]) => name(value ? `${key}: ${value}` : key, { class: "tag" }));
}

const scoreOf = (row: RunRow): string => format.score(row.best_score, { bounded: row.best_score !== null && Math.abs(row.best_score) <= 1 });

const COLUMNS: readonly Column[] = [
  { key: "name", title: "Run", className: "what", cell: (row) => [
    h("a", { href: addressOf(row) }, name(row.name || row.run_id)), h("span", { class: "mono dim id" }, row.run_id), ...tags(row)] },
  { key: "experiment", title: "Experiment", className: "more1", cell: (row) => [name(row.experiment)] },
  { key: "workspace", title: "Workspace", className: "more3", cell: (row) => [name(row.workspace_name, { title: row.workspace })] },
  { key: "state", title: "State", className: "", cell: stateCell },
  { key: "iterations", title: "Iterations", className: "num more1", cell: (row) => [`${format.count(row.n_ended)} / ${format.count(row.n_iterations)}`] },
  { key: "score", title: "Best", className: "num", cell: (row) => [h("b", {}, scoreOf(row)), h("span", { class: "dim sub" }, format.visible(row.primary_metric))] },
  { key: null, title: "Best pipeline", className: "more3", cell: (row) => [name(row.best_recipe || format.NONE)] },
  { key: "created", title: "Started", className: "num more1", cell: (row, now) => [format.clock(row.created_at, now)] },
  { key: "duration", title: "Duration", className: "num more2", cell: (row, now) => [format.duration(seconds(row, now))] },
];

export interface RunTable { node: HTMLElement; update(rows: readonly RunRow[], asked: Asked, hasWorkspaces: boolean): void }

/** `remove` is called for the run whose cross was pressed. */
export function runTable(sort: (key: SortKey) => void, remove: (row: RunRow) => void, signal: AbortSignal): RunTable {
  const head = h("tr"), body = h("tbody"), table = h("table", { class: "runs" }, h("thead", {}, head), body);
  let shown: readonly RunRow[] = [], drawn = "";
  const heads = COLUMNS.map((column) => {
    const label = column.key ? h("button", { type: "button", "data-sort": column.key }, column.title, h("span", { class: "arrow", "aria-hidden": "true" })) : column.title;
    return h("th", { scope: "col", class: column.className }, label);
  });
  head.append(...heads, h("th", { scope: "col" }, h("span", { class: "sr" }, "Delete")));
  on(head, "click", (event) => {
    const key = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-sort]")?.dataset["sort"] : undefined;
    if (key) sort(key as SortKey);
  }, signal);
  on(body, "click", (event) => {
    const id = event.target instanceof Element ? event.target.closest<HTMLElement>("button[data-run]")?.dataset["run"] : undefined;
    const row = shown.find((one) => `${one.workspace}\n${one.run_id}` === id);
    if (row && ENDED.has(row.state)) remove(row);
  }, signal);
  const rowNode = (row: RunRow, now: number): HTMLElement => {
    const isGoing = GOING.has(row.state), title = isGoing ? "Stop it before it is deleted" : "Delete this run";
    const cross = h("button", { type: "button", class: "bare", "data-run": `${row.workspace}\n${row.run_id}`, "aria-disabled": isGoing ? "true" : null, title, "aria-label": `Delete ${format.visible(row.name || row.run_id)}` }, icon("close"));
    return h("tr", { "data-run": row.run_id, "data-state": row.state },
      ...COLUMNS.map((column) => h("td", { class: column.className }, ...column.cell(row, now))), h("td", { class: "num" }, cross));
  };
  return {
    node: table,
    update(rows, asked, hasWorkspaces) {
      shown = rows;
      table.classList.toggle("one", !hasWorkspaces);
      COLUMNS.forEach(({ key }, k) => {
        const order = key === asked.sort ? asked.order : null, node = heads[k] as HTMLElement;
        attr(node, "aria-sort", key ? (order ?? "none") : null);
        const arrow = node.querySelector(".arrow");
        if (arrow) arrow.textContent = order === null ? "" : order === "ascending" ? "↑" : "↓";
      });
      const now = Date.now() / 1000, next = JSON.stringify(rows);
      if (next === drawn && !rows.some((row) => GOING.has(row.state))) return;
      drawn = next;
      const focused = document.activeElement?.closest("tr")?.dataset["run"], isCross = document.activeElement instanceof HTMLButtonElement;
      body.replaceChildren(...rows.map((row) => rowNode(row, now)));
      if (focused && document.activeElement === document.body) body.querySelector<HTMLElement>(`tr[data-run="${CSS.escape(focused)}"] ${isCross ? "button" : "a"}`)?.focus();
    },
  };
}
