/** One diagnostic in the Charts tab: its title and switches, the picture or, on request, its numbers as a table, and a caption. */

import { attr, h, on, setText } from "../dom";
import { visible } from "../format";
import { shape } from "./shapes";

export interface Table { columns: readonly string[]; rows: readonly (readonly (string | number)[])[]; /** The first so many columns are names. */ names?: number }
export interface Content { picture: readonly (Node | null)[]; caption: string; table: Table }
export interface Block { node: HTMLElement; show(content: Content | null): void }

const MOST_ROWS = 300;

export function block(title: string, signal: AbortSignal, ...controls: readonly (HTMLElement | null)[]): Block {
  const toggle = h("button", { class: "icon bare", "aria-pressed": "false", "aria-label": `${title}: show as table`, title: "Show as table" }, shape("table"));
  const picture = h("div", { class: "dpic" }), table = h("div", { class: "dtable", hidden: true, tabindex: "0", role: "region", "aria-label": `${title} as table` });
  const caption = h("p", { class: "cap", dir: "auto" });
  const node = h("section", { class: "diag", hidden: true, "aria-label": title }, h("h4", {}, title, h("span", { class: "acts" }, ...controls, toggle)), picture, table, caption);
  let content: Content | null = null;
  const show = (): void => {
    const isTable = toggle.getAttribute("aria-pressed") === "true";
    attr(node, "hidden", content === null);
    attr(table, "hidden", !isTable);
    attr(picture, "hidden", isTable);
    if (!content) return;
    if (isTable) table.replaceChildren(tableOf(title, content.table)); else picture.replaceChildren(...content.picture.filter((one): one is Node => one !== null));
    setText(caption, visible(content.caption));
  };
  on(toggle, "click", () => { attr(toggle, "aria-pressed", toggle.getAttribute("aria-pressed") !== "true"); show(); }, signal);
  return { node, show(next) { content = next; show(); } };
}

export function tableOf(title: string, { columns, rows, names = 1 }: Table): HTMLElement {
  const shown = rows.slice(0, MOST_ROWS), looks = columns.map((_, k) => (k < names ? "" : "num"));
  const cell = (value: string | number, k: number): HTMLElement => (k === 0 ? h("th", { scope: "row", class: looks[k] }, h("bdi", {}, visible(String(value)))) : h("td", { class: looks[k] }, visible(String(value))));
  return h("table", {},
    h("caption", { class: "sr" }, rows.length > shown.length ? `${title}, the first ${shown.length} of ${rows.length} rows` : title),
    h("thead", {}, h("tr", {}, ...columns.map((words, k) => h("th", { scope: "col", class: looks[k] }, visible(words))))),
    h("tbody", {}, ...shown.map((row) => h("tr", {}, ...row.map(cell)))));
}

/** Buttons of which one is pressed. */
export function segments<T extends string>(label: string, options: readonly (readonly [T, string])[], picked: (choice: T) => void, signal: AbortSignal): HTMLElement {
  const buttons = options.map(([value, words], k) => h("button", { "aria-pressed": k === 0 ? "true" : "false", "data-value": value }, words));
  buttons.forEach((button, k) => on(button, "click", () => {
    buttons.forEach((one) => attr(one, "aria-pressed", one === button ? "true" : "false"));
    const choice = options[k];
    if (choice) picked(choice[0]);
  }, signal));
  return h("span", { class: "seg", role: "group", "aria-label": label }, ...buttons);
}

/** Presses one of them without a click. */
export function press(group: HTMLElement | null, value: string): void {
  for (const button of group?.querySelectorAll("button") ?? []) attr(button, "aria-pressed", button.dataset["value"] === value ? "true" : "false");
}
