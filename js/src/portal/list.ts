/** The page of all runs: searched, narrowed, sorted, kept up to date, and rid of what nobody needs. */

import { attr, h, on, setText } from "../dom";
import { count, plural, visible } from "../format";
import { answer } from "../hosts/portal";
import type { Server } from "../hosts/rest";
import { RUN_LOOKS } from "../views/looks";
import { fromAddress, isNarrowed, PAGE_ROWS, sorted, START, toAddress } from "./asked";
import { confirmDelete } from "./confirm";
import { runTable } from "./table";
import { keyOf, LEAST, MOST, type Asked, type RunList, type RunRow, type TagChange } from "./types";

const LOOK_MS = 3000;
const TYPING_MS = 200;

const CHOSEN = "automl-widgets-chosen";

const isTextField = (target: EventTarget | null): boolean => target instanceof HTMLInputElement && target.type !== "checkbox";

/** The runs that were ticked in this tab: they are there again after a look at the comparison. */
function recalled(): string[] {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(CHOSEN) ?? "[]");
    return Array.isArray(found) ? found.filter((one) => typeof one === "string").slice(0, MOST) : [];
  } catch {
    return []; // a page may not be allowed to keep anything
  }
}

function remembered(keys: readonly string[]): void {
  try {
    sessionStorage.setItem(CHOSEN, JSON.stringify(keys));
  } catch {
    // not kept, then
  }
}

/** Shows the list in `page` for as long as the page lives. */
export function showList(page: HTMLElement, server: Server): void {
  new List(page, server).start();
}

class List {
  private readonly life = new AbortController();
  private readonly search = h("input", { type: "search", placeholder: "Search runs, tags, algorithms", "aria-label": "Search", maxlength: 200 });
  private readonly choices = { workspace: h("select", { "aria-label": "Workspace" }), experiment: h("select", { "aria-label": "Experiment" }), state: h("select", { "aria-label": "State" }) };
  private readonly found = h("span", { class: "dim found", role: "status" });
  private readonly trouble = h("p", { class: "warn", role: "alert", hidden: true });
  private readonly nothing = h("div", { class: "empty", hidden: true });
  private readonly pager = h("nav", { class: "pager", "aria-label": "Pages", hidden: true });
  private readonly compare = h("button", { type: "button", class: "compare" }, "Compare");
  private readonly untick = h("button", { type: "button", hidden: true }, "Clear ticks");
  private readonly table = runTable({
    sort: (key) => this.ask(sorted(this.asked, key)), remove: (row) => confirmDelete(row, () => this.remove(row)),
    choose: (row, isChosen) => this.choose(keyOf(row), isChosen), retag: (row, change) => this.retag(row, change),
  }, this.life.signal);
  private readonly chosen = new Set(recalled());
  private asked: Asked = fromAddress(location.search);
  private question = 0;
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor(page: HTMLElement, private readonly server: Server) {
    const { search, choices, found } = this;
    const tools = h("div", { class: "tools", role: "search" }, search, choices.workspace, choices.experiment, choices.state, this.compare, this.untick, found);
    page.append(h("header", { class: "bar" }, h("h1", {}, "AutoML runs")), h("main", {}, tools, this.trouble, h("div", { class: "scroll" }, this.table.node), this.nothing, this.pager));
  }

  start(): void {
    const { signal } = this.life;
    this.search.value = this.asked.search;
    on(this.search, "input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.ask({ ...this.asked, search: this.search.value.trim(), offset: 0 }), TYPING_MS);
    }, signal);
    for (const [name, select] of Object.entries(this.choices)) {
      on(select, "change", () => this.ask({ ...this.asked, ...(name === "workspace" ? { experiment: "" } : {}), [name]: select.value, offset: 0 }), signal);
    }
    on(document, "keydown", (event) => {
      if (event.key !== "/" || isTextField(event.target) || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.search.focus();
    }, signal);
    on(this.compare, "click", () => { if (this.chosen.size >= LEAST) location.assign(`compare?${new URLSearchParams([...this.chosen].map((key) => ["run", key]))}`); }, signal);
    on(this.untick, "click", () => { this.chosen.clear(); this.showChosen(); this.search.focus(); }, signal);
    this.showChosen();
    document.addEventListener("visibilitychange", () => { if (!document.hidden) void this.look(); }, { signal });
    setInterval(() => { if (!document.hidden) void this.look(); }, LOOK_MS);
    void this.look();
  }

  private ask(next: Asked): void {
    this.asked = next;
    const query = toAddress(next);
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
    void this.look();
  }

  private async look(): Promise<void> {
    const question = (this.question += 1);
    try {
      const list = (await answer(this.server, `api/runs?${toAddress(this.asked)}&limit=${PAGE_ROWS}`, {})) as RunList;
      if (question === this.question) this.show(list);
    } catch (error) {
      if (question === this.question) this.complain(error instanceof Error ? error.message : String(error));
    }
  }

  private async remove(row: RunRow): Promise<void> {
    await answer(this.server, `api/run?${new URLSearchParams({ workspace: row.workspace, run: row.run_id })}`, { method: "DELETE" });
    this.choose(keyOf(row), false);
    await this.look();
  }

  private async retag(row: RunRow, change: TagChange): Promise<Record<string, string>> {
    const body = JSON.stringify({ workspace: row.workspace, run: row.run_id, ...change });
    this.question += 1; // a list that was asked for before has the old tags
    return ((await answer(this.server, "api/tags", { method: "PUT", body })) as { tags: Record<string, string> }).tags;
  }

  private choose(key: string, isChosen: boolean): void {
    if (isChosen) this.chosen.add(key);
    else this.chosen.delete(key);
    this.showChosen();
  }

  private showChosen(): void {
    const n = this.chosen.size;
    setText(this.compare, n < LEAST ? "Compare" : `Compare ${plural(n, "run")}`);
    attr(this.compare, "aria-disabled", n < LEAST ? "true" : null);
    attr(this.compare, "title", n < LEAST ? `Tick ${LEAST} to ${MOST} runs` : null);
    this.untick.hidden = n === 0;
    this.table.tick(this.chosen);
    remembered([...this.chosen]);
  }

  private complain(text: string): void {
    this.trouble.hidden = !text;
    setText(this.trouble, text);
  }

  private show(list: RunList): void {
    const unreadable = list.workspaces.filter((one) => one.trouble).map((one) => `${one.place} cannot be read: ${one.trouble}`);
    const rest = list.is_whole ? [] : ["Not every folder of this server was looked into: run.get_portal_url() opens a run of any workspace below it."];
    this.complain([...unreadable, ...rest].map(visible).join(" "));
    this.fill("workspace", "All workspaces", list.workspaces.map((one) => [one.place, one.name === one.place ? one.place : `${one.name} (${one.place})`]));
    this.fill("experiment", "All experiments", list.experiments.map((one) => [one, one]));
    this.fill("state", "All states", list.states.map((one) => [one, RUN_LOOKS[one].label]));
    attr(this.choices.workspace, "hidden", list.workspaces.length < 2);
    setText(this.found, list.found === list.total ? plural(list.total, "run") : `${count(list.found)} of ${plural(list.total, "run")}`);
    this.table.update(list.rows, this.asked, list.workspaces.length > 1);
    this.table.node.hidden = list.rows.length === 0;
    this.showNothing(list);
    this.showPages(list);
  }

  private fill(name: keyof List["choices"], all: string, options: [string, string][]): void {
    const select = this.choices[name], chosen = this.asked[name];
    const known = options.some(([value]) => value === chosen) || !chosen ? options : [...options, [chosen, chosen] as [string, string]];
    const key = JSON.stringify(known);
    if (select.dataset["key"] !== key) {
      select.dataset["key"] = key;
      select.replaceChildren(h("option", { value: "" }, all), ...known.map(([value, label]) => h("option", { value }, visible(label))));
    }
    select.value = chosen;
  }

  private showNothing(list: RunList): void {
    this.nothing.hidden = list.rows.length > 0;
    if (list.rows.length > 0) return;
    const reset = h("button", { type: "button" }, "Show all");
    on(reset, "click", () => { this.search.value = ""; this.ask(START); }, this.life.signal);
    if (isNarrowed(this.asked) || this.asked.offset > 0) this.nothing.replaceChildren(h("p", {}, "No run matches."), reset);
    else this.nothing.replaceChildren(h("p", {}, "No runs yet."), h("p", { class: "dim" }, h("code", {}, "Experiment(ws, \"my_experiment\").submit(config)"), " in a notebook below this server's folder starts the first one."));
  }

  private showPages(list: RunList): void {
    this.pager.hidden = list.found <= PAGE_ROWS && list.offset === 0;
    if (this.pager.hidden) return;
    const last = Math.min(list.offset + PAGE_ROWS, list.found);
    const step = (label: string, offset: number, isPossible: boolean): HTMLElement => {
      const button = h("button", { type: "button", disabled: !isPossible }, label);
      on(button, "click", () => { this.ask({ ...this.asked, offset }); window.scrollTo(0, 0); }, this.life.signal);
      return button;
    };
    this.pager.replaceChildren(
      step("Earlier page", Math.max(0, list.offset - PAGE_ROWS), list.offset > 0), h("span", { class: "dim" }, `${count(list.offset + 1)} to ${count(last)}`),
      step("Next page", list.offset + PAGE_ROWS, last < list.found));
  }
}
