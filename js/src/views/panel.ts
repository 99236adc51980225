/** The detail panel of one iteration: its title, and the tabs Overview, Log, Charts, Importance and Code; of the set-up, its log. */

import { attr, h, icon, name, on } from "../dom";
import { bestRow, hasEnded, isEnded } from "../model";
import { listed, ordered } from "../order";
import { bestThen } from "../progress";
import { isSetup, labelOf, rowAt } from "../setup";
import type { AppState, Send, Tab, View } from "../state";
import type { Host, Row } from "../types";
import { openTab } from "../ui";
import { artifacts } from "./artifacts";
import { codeTab } from "./code";
import { chartsTab } from "./diagnostics";
import { importanceTab } from "./importance";
import { logTab } from "./log";
import { overviewTab } from "./overview";
import type { PanelState } from "./panel-parts";
import { reasonWords, stateIcon } from "./row-state";

type TabView = View<PanelState>;

const TABS: readonly (readonly [Tab, string])[] = [["overview", "Overview"], ["log", "Log"], ["charts", "Charts"], ["importance", "Importance"], ["code", "Code"]];
let count = 0;

export function panelView(send: Send, host: Pick<Host, "file" | "insertCell">): View<AppState> {
  const ends = new AbortController(), { signal } = ends;
  const id = `panel-${(count += 1)}`;
  let state: AppState | null = null;
  const files = artifacts(host, () => { if (state) update(state); });
  const views: Partial<Record<Tab, TabView>> = {
    overview: overviewTab(send, files, signal), log: logTab(send, signal), charts: chartsTab(files, signal),
    importance: importanceTab(send, files, signal), code: codeTab(send, files, host.insertCell, signal),
  };
  const title = titleBar(send, () => state, signal), tabs = tabList(id, send, signal);
  for (const [tab] of TABS) frame(views[tab]?.node, `${id}-${tab}`);
  const node = h("aside", { class: "detail", hidden: true }, title.node, tabs.node, ...TABS.map(([tab]) => views[tab]?.node));

  function update(next: AppState): void {
    state = next;
    const row = rowAt(next.model, next.selected);
    attr(node, "hidden", !row);
    if (!row) return;
    const open = openTab(next);
    attr(node, "aria-label", labelOf(row));
    title.update(next, row);
    tabs.update(open, isSetup(row));
    for (const [tab] of TABS) {
      attr(views[tab]?.node as HTMLElement, "hidden", tab !== open);
      if (tab === open) views[tab]?.update({ app: next, row });
    }
  }

  return {
    node,
    update,
    dispose() {
      ends.abort();
      for (const view of Object.values(views)) view.dispose();
    },
  };
}

function frame(panel: HTMLElement | undefined, id: string): void {
  if (!panel) return;
  attr(panel, "id", id);
  attr(panel, "role", "tabpanel");
  attr(panel, "aria-labelledby", `${id}-tab`);
}

// Title

interface TitleBar { node: HTMLElement; update(state: AppState, row: Row): void }

function titleBar(send: Send, state: () => AppState | null, signal: AbortSignal): TitleBar {
  const button = (label: string, shape: "up" | "down" | "close"): HTMLButtonElement => h("button", { class: "icon bare", "aria-label": label, title: label }, icon(shape));
  const previous = button("Previous row", "up"), next = button("Next row", "down"), close = button("Close (Escape)", "close");
  const mark = h("span", { class: "mark" }), heading = h("h3", { class: "cut" });
  /** The set-up has no overview that would say it. */
  const why = h("p", { class: "why", hidden: true });
  const step = (by: number): void => {
    const app = state(), to = app && neighbour(app, by);
    if (to != null) send({ kind: "select", iteration: to });
  };
  on(previous, "click", () => step(-1), signal);
  on(next, "click", () => step(1), signal);
  on(close, "click", () => send({ kind: "close" }), signal);
  let shownKey = "";
  return {
    node: h("div", {}, h("div", { class: "dhead" }, mark, heading, h("span", { class: "btns" }, previous, next, close)), why),
    update(app, row) {
      attr(previous, "disabled", neighbour(app, -1) === null);
      attr(next, "disabled", neighbour(app, 1) === null);
      const isBest = bestRow(app.model)?.i === row.i;
      const runEnded = hasEnded(app.model);
      const key = [row.i, row.pre, row.alg, row.state, row.reason, row.started_at, isBest, runEnded].join("|");
      if (key === shownKey) return;
      shownKey = key;
      attr(why, "hidden", !isSetup(row) || !isEnded(row) || row.state === "completed");
      if (!why.hidden) why.replaceChildren(...reasonWords(row));
      mark.replaceChildren(...(isBest ? [icon("star", "acc"), h("span", { class: "sr" }, "best")] : stateIcon(row, runEnded)));
      heading.replaceChildren(h("span", { class: "dim" }, isSetup(row) ? labelOf(row) : String(row.i)), "\u2002", name([row.pre, row.alg].filter(Boolean).join(" ") || "not chosen yet"));
    },
  };
}

/** The iteration above or below in the table's order; null at its ends. */
function neighbour(app: AppState, by: number): number | null {
  const inTable = listed(app.model, app, bestThen(app.model));
  const rows = inTable.some((row) => row.i === app.selected) ? inTable : ordered(app.model);
  const at = rows.findIndex((row) => row.i === app.selected);
  return rows[at + by]?.i ?? null;
}

// Tabs

function tabList(id: string, send: Send, signal: AbortSignal): { node: HTMLElement; update(open: Tab, isAlone: boolean): void } {
  const buttons = TABS.map(([tab, words]) => {
    const button = h("button", { role: "tab", id: `${id}-${tab}-tab`, "aria-controls": `${id}-${tab}`, "data-tab": tab, "aria-selected": "false", tabindex: "-1" }, words);
    on(button, "click", () => send({ kind: "tab", tab }), signal);
    return button;
  });
  const node = h("div", { class: "tabs", role: "tablist", "aria-label": "Details" }, ...buttons);
  on(node, "keydown", (event) => {
    const offered = buttons.filter((button) => !button.hidden), at = offered.indexOf(event.target as HTMLButtonElement), last = offered.length - 1;
    const to = ({ ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last } as Record<string, number>)[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (last === 0) return;
    const target = offered[(to + offered.length) % offered.length], tab = target?.dataset["tab"] as Tab;
    send({ kind: "tab", tab });
    target?.focus();
  }, signal);
  return {
    node,
    update(open, isAlone) {
      buttons.forEach((button, at) => {
        const isOpen = TABS[at]?.[0] === open;
        attr(button, "aria-selected", isOpen);
        attr(button, "tabindex", isOpen ? 0 : -1);
        attr(button, "hidden", isAlone && !isOpen);
      });
    },
  };
}
