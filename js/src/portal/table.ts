/** The runs as a table: its heads sort it, its ticks choose what is compared, its tags are changed in place. */

import { attr, h, icon, name, on } from "../dom";
import * as format from "../format";
import { RUN_LOOKS } from "../views/looks";
import { tagLine } from "./tags";
import { addressOf, keyOf, MOST, type Asked, type RunRow, type SortKey, type TagChange } from "./types";

const ENDED = new Set(["completed", "failed", "canceled", "interrupted"]);
const GOING = new Set(["preparing", "running", "paused", "stopping", "finalizing"]);
export const isGoing = (row: RunRow): boolean => GOING.has(row.state);

interface Column { key: SortKey | null; title: string; className: string; cell(row: RunRow, now: number): (Node | string)[] }

/** Since when, or for how long, a run has been worked on. */
export function seconds(row: RunRow, now: number): number | null {
  const since = row.resumed_at ?? row.started_at;
  if (since === null || (row.state === "interrupted" && row.ended_at === null)) return null;
  return row.used_s + (row.ended_at ?? now) - since;
}

/** The state in shape, colour and word; why in the tool-tip. */
export function stateChip(row: RunRow): Node {
  const look = RUN_LOOKS[row.state], why = row.reason ? format.visible(row.reason) : "";
  return h("span", { class: `chip ${look.tone}`, title: why || null }, icon(look.icon, look.spins ? "spin" : ""), h("b", {}, look.label));
}

const scoreOf = (row: RunRow): string => format.score(row.best_score, { bounded: row.best_score !== null && Math.abs(row.best_score) <= 1 });

/** What stands in a row after the run's own cell. */
const COLUMNS: readonly Column[] = [
  { key: "experiment", title: "Experiment", className: "more1", cell: (row) => [name(row.experiment)] },
  { key: "workspace", title: "Workspace", className: "more3 place", cell: (row) => [name(row.workspace_name, { title: row.workspace })] },
  { key: "state", title: "State", className: "", cell: (row) => [stateChip(row)] },
  { key: "iterations", title: "Iterations", className: "num more1", cell: (row) => [`${format.count(row.n_ended)} / ${format.count(row.n_iterations)}`] },
  { key: "score", title: "Best", className: "num", cell: (row) => [h("b", {}, scoreOf(row)), h("span", { class: "dim sub" }, format.visible(row.primary_metric))] },
  { key: null, title: "Best pipeline", className: "more3", cell: (row) => [name(row.best_recipe || format.NONE)] },
  { key: "created", title: "Started", className: "num more1", cell: (row, now) => [format.clock(row.created_at, now)] },
  { key: "duration", title: "Duration", className: "num more2", cell: (row, now) => [format.duration(seconds(row, now))] },
];
const HEADS: readonly Pick<Column, "key" | "title" | "className">[] = [{ key: "name", title: "Run", className: "what" }, ...COLUMNS];

export interface RunTable { node: HTMLElement; update(rows: readonly RunRow[], asked: Asked, hasWorkspaces: boolean): void; tick(chosen: ReadonlySet<string>): void }

/** What the table has done for it. */
export interface Deeds {
  sort(key: SortKey): void;
  /** The cross of a run that has ended was pressed. */
  remove(row: RunRow): void;
  choose(row: RunRow, isChosen: boolean): void;
  retag(row: RunRow, change: TagChange): Promise<Record<string, string>>;
}

interface RowView { node: HTMLElement; tick: HTMLInputElement; update(row: RunRow, now: number): void }

export function runTable(deeds: Deeds, signal: AbortSignal): RunTable {
  const head = h("tr"), body = h("tbody"), table = h("table", { class: "runs" }, h("thead", {}, head), body);
  const views = new Map<string, RowView>();
  let chosen: ReadonlySet<string> = new Set();
  const heads = HEADS.map((column) => {
    const label = column.key ? h("button", { type: "button", "data-sort": column.key }, column.title, h("span", { class: "arrow", "aria-hidden": "true" })) : column.title;
    return h("th", { scope: "col", class: column.className }, label);
  });
  head.append(h("th", { scope: "col", class: "ticks" }, h("span", { class: "sr" }, "Compare")), ...heads, h("th", { scope: "col" }, h("span", { class: "sr" }, "Delete")));
  on(head, "click", (event) => {
    const key = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-sort]")?.dataset["sort"] : undefined;
    if (key) deeds.sort(key as SortKey);
  }, signal);

  const showTick = (key: string, { node, tick }: RowView): void => {
    const isOn = chosen.has(key), isFull = !isOn && chosen.size >= MOST;
    tick.checked = isOn;
    tick.disabled = isFull;
    attr(tick, "title", isFull ? `${MOST} runs at most are compared` : "Compare this run");
    node.classList.toggle("on", isOn);
  };
  const show = (rows: readonly RunRow[], now: number): void => {
    const focused = document.activeElement, keys = new Set(rows.map(keyOf));
    for (const [key, view] of views) if (!keys.has(key)) { view.node.remove(); views.delete(key); }
    rows.forEach((row, at) => {
      const key = keyOf(row), view = views.get(key) ?? rowView(row, deeds, signal);
      views.set(key, view);
      view.update(row, now);
      showTick(key, view);
      if (body.children[at] !== view.node) body.insertBefore(view.node, body.children[at] ?? null);
    });
    if (focused instanceof HTMLElement && focused.isConnected && focused !== document.activeElement) focused.focus(); // a row that moves loses it
  };
  return {
    node: table,
    update(rows, asked, hasWorkspaces) {
      table.classList.toggle("one", !hasWorkspaces);
      HEADS.forEach(({ key }, k) => {
        const order = key === asked.sort ? asked.order : null, node = heads[k] as HTMLElement;
        attr(node, "aria-sort", key ? (order ?? "none") : null);
        const arrow = node.querySelector(".arrow");
        if (arrow) arrow.textContent = order === null ? "" : order === "ascending" ? "↑" : "↓";
      });
      show(rows, Date.now() / 1000);
    },
    tick(next) {
      chosen = next;
      for (const [key, view] of views) showTick(key, view);
    },
  };
}

function rowView(first: RunRow, deeds: Deeds, signal: AbortSignal): RowView {
  let row = first;
  const title = format.visible(first.name || first.run_id);
  const tick = h("input", { type: "checkbox", "aria-label": `Compare ${title}` }), cross = h("button", { type: "button", class: "bare", "aria-label": `Delete ${title}` }, icon("close"));
  const tags = tagLine(title, (change) => deeds.retag(row, change), signal);
  const cells = COLUMNS.map((column) => h("td", { class: column.className }));
  const run = h("td", { class: "what" }, h("a", { href: addressOf(first) }, name(first.name || first.run_id)), h("span", { class: "mono dim id" }, first.run_id), tags.node);
  const node = h("tr", { "data-run": first.run_id }, h("td", { class: "ticks" }, tick), run, ...cells, h("td", { class: "num" }, cross));
  on(tick, "change", () => deeds.choose(row, tick.checked), signal);
  on(cross, "click", () => { if (ENDED.has(row.state)) deeds.remove(row); }, signal);
  return {
    node, tick,
    update(next, now) {
      row = next;
      attr(node, "data-state", row.state);
      tags.update(row.tags);
      cells.forEach((cell, k) => {
        const fresh = h("td", {}, ...(COLUMNS[k] as Column).cell(row, now));
        if (fresh.innerHTML !== cell.innerHTML) cell.replaceChildren(...fresh.childNodes);
      });
      attr(cross, "aria-disabled", isGoing(row) ? "true" : null);
      attr(cross, "title", isGoing(row) ? "Stop it before it is deleted" : "Delete this run");
    },
  };
}
