/** The page of some runs beside each other; its address names them. */

import { h, icon, name, setText } from "../dom";
import { plural, visible } from "../format";
import { answer } from "../hosts/portal";
import type { Server } from "../hosts/rest";
import { bodyOf } from "../views/compare";
import { caution, partsOf, titleOf } from "./beside";
import { isGoing, stateChip } from "./table";
import { addressOf, keyOf, type RunColumn } from "./types";

const LOOK_MS = 3000;

/** Shows the runs that the page's address names, as long as the page lives. */
export function showComparison(page: HTMLElement, server: Server, back: string): void {
  const heading = h("h1", {}, "Runs compared"), trouble = h("p", { class: "warn", role: "alert", hidden: true }), place = h("div", { class: "scroll" });
  page.append(h("header", { class: "bar" }, h("a", { href: back, class: "back" }, "← All runs"), heading), h("main", {}, trouble, place));
  const names = new URLSearchParams(location.search).getAll("run");
  const complain = (text: string): void => { trouble.hidden = !text; setText(trouble, visible(text)); };
  let shown = "", timer: ReturnType<typeof setTimeout> | undefined;

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    let isLive = true;
    try {
      const { runs } = (await answer(server, `api/compare?${new URLSearchParams(names.map((one) => ["run", one]))}`, {})) as { runs: RunColumn[] };
      isLive = runs.some(isGoing);
      complain(caution(runs) ?? "");
      setText(heading, `${plural(runs.length, "run")} compared`);
      document.title = `${plural(runs.length, "run")} compared – AutoML`;
      const next = JSON.stringify(runs);
      if (next !== shown || isLive) draw(runs);
      shown = next;
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
    if (isLive) timer = setTimeout(() => void look(), LOOK_MS);
  };
  const draw = (runs: readonly RunColumn[]): void => {
    const focused = (document.activeElement as HTMLElement | null)?.dataset["key"];
    place.replaceChildren(tableOf(runs, back));
    if (focused) place.querySelector<HTMLElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  };
  void look();
}

function tableOf(runs: readonly RunColumn[], back: string): Node {
  const parts = partsOf(runs, Date.now() / 1000);
  const table = h("table", { class: "cmp" }, h("caption", { class: "sr" }, "Runs beside each other; the best value of a line is bold"),
    h("colgroup", {}, h("col", { class: "names" }), ...runs.map(() => h("col"))),
    h("thead", {}, h("tr", {}, h("td", {}), ...runs.map((run) => columnHead(run, runs, back)))), ...parts.map((part) => bodyOf(part, runs.length)));
  table.style.minWidth = `${200 + 170 * runs.length}px`;
  table.style.maxWidth = `${260 + 320 * runs.length}px`;
  return table;
}

function columnHead(run: RunColumn, runs: readonly RunColumn[], back: string): Node {
  const rest = runs.filter((one) => one !== run), title = titleOf(run);
  const without = rest.length > 1 ? `compare?${new URLSearchParams(rest.map((one) => ["run", keyOf(one)]))}` : back;
  return h("th", { scope: "col" },
    h("span", { class: "cmphead" }, h("a", { href: addressOf(run), class: "cut", "data-key": keyOf(run) }, name(run.name || run.run_id)),
      h("a", { href: without, class: "off", "data-key": `off ${keyOf(run)}`, "aria-label": `Leave out ${title}`, title: "Leave out" }, icon("close"))),
    name(run.run_id, { class: "mono dim cut" }), name(run.experiment, { class: "dim cut" }), stateChip(run));
}
