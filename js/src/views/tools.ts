/** The line over the table: filter, state, count, column chooser. */

import { attr, h, icon, on, setText } from "../dom";
import { count, plural, visible } from "../format";
import { hasEnded, type Model } from "../model";
import { algorithms, isNarrowed } from "../order";
import { counts } from "../progress";
import type { AppState, Send, StateFilter, View } from "../state";
import { choices, type Column } from "./columns";
import { openMenu, rove, type MenuEntry, type OpenMenu } from "./menu";

const STATES: readonly (readonly [StateFilter, string])[] = [
  ["all", "All states"], ["completed", "Completed"], ["running", "Running"], ["queued", "Queued"], ["failed", "Without score"], ["canceled", "Cancelled"],
];

/** `7 of 20`, `20 iterations`, `3 planned, up to 20`, `up to 20` while nothing is planned yet. */
export function countWords(shown: number, model: Model, isNarrowed: boolean): string {
  const known = model.rows.size, { total, ended, running } = counts(model);
  if (isNarrowed) return `${count(shown)} of ${count(known)}`;
  if (known >= total || hasEnded(model)) return plural(known, "iteration");
  if (!known) return `up to ${count(total)}`;
  return ended + running === 0 ? `${count(known)} planned, up to ${count(total)}` : `${count(known)} so far, up to ${count(total)}`;
}

export interface Tools extends View<AppState> { focusFilter(): void; show(shown: number, columns: readonly Column[]): void }

export function toolsView(send: Send, frame: HTMLElement): Tools {
  const life = new AbortController(), { signal } = life;
  const filter = h("input", { type: "text", class: "filter", placeholder: "Filter   /", "aria-label": "Filter iterations", spellcheck: "false", autocomplete: "off" });
  const states = h("select", { "aria-label": "State" }, ...STATES.map(([value, label]) => h("option", { value }, label)));
  const algorithm = h("select", { "aria-label": "Algorithm" });
  const label = h("span", { class: "dim cut count" });
  const compare = h("button", { hidden: true });
  const columns = h("button", { class: "bare", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "Columns", title: "Columns" }, icon("cols"), h("span", { class: "word" }, "Columns"));
  const node = h("div", { class: "tools", role: "toolbar", "aria-label": "Iterations" }, filter, states, algorithm, label, h("span", { class: "grow" }), compare, columns);
  let state: AppState | null = null, visible: readonly Column[] = [], menu: OpenMenu | null = null;
  rove(node, signal);
  on(filter, "input", () => send({ kind: "filter", text: filter.value }), signal);
  on(states, "change", () => send({ kind: "stateFilter", state: states.value as StateFilter }), signal);
  on(algorithm, "change", () => send({ kind: "algorithm", name: algorithm.value }), signal);
  on(compare, "click", () => { if (state) send({ kind: "compare", iterations: state.ticked }); }, signal);
  on(columns, "click", () => { if (state) menu = openMenu(frame, columns, "Columns", entries(state.model, visible, send)); }, signal);
  return {
    node,
    update: (next) => {
      state = next;
      if (filter.value !== next.filter) filter.value = next.filter;
      if (states.value !== next.stateFilter) states.value = next.stateFilter;
      fillAlgorithms(algorithm, next);
      attr(compare, "hidden", next.ticked.length === 0);
      attr(compare, "aria-disabled", next.ticked.length < 2 ? "true" : null);
      attr(compare, "title", next.ticked.length < 2 ? "Tick one more to compare" : "Show the ticked iterations beside each other");
      setText(compare, `Compare ${next.ticked.length}`);
    },
    show: (shown, now) => {
      visible = now;
      if (!state) return;
      setText(label, countWords(shown, state.model, isNarrowed(state)));
      attr(label, "title", label.textContent);
    },
    focusFilter: () => { filter.focus(); filter.select(); },
    dispose: () => { menu?.close(); life.abort(); },
  };
}

function fillAlgorithms(select: HTMLSelectElement, { model, algorithm }: AppState): void {
  const names = algorithms(model.rows), all = ["", ...names, ...(algorithm && !names.includes(algorithm) ? [algorithm] : [])];
  const has = [...select.options].map((option) => option.value);
  if (all.length !== has.length || all.some((one, at) => one !== has[at])) {
    select.replaceChildren(...all.map((one) => h("option", { value: one }, visible(one) || "All algorithms")));
  }
  if (select.value !== algorithm) select.value = algorithm;
  attr(select, "hidden", names.length < 2 && !algorithm);
}

function entries(model: Model, visible: readonly Column[], send: Send): MenuEntry[] {
  const shown = new Set(visible.map((column) => column.key));
  return choices(model).flatMap(({ heading, columns }): MenuEntry[] => [
    { heading },
    ...columns.map(({ key, title }) => {
      let isOn = shown.has(key);
      return { label: title, checked: isOn, run: () => { isOn = !isOn; send({ kind: "column", key, shown: isOn }); } };
    }),
  ]);
}
