/** The page of all runs: searched, narrowed, sorted, kept up to date, and rid of what nobody needs. */

import { attr, h, on, setText } from "../dom";
import { count, plural, visible } from "../format";
import { answer } from "../hosts/portal";
import type { Server } from "../hosts/rest";
import { RUN_LOOKS } from "../views/looks";
import { fromAddress, isNarrowed, PAGE_ROWS, sorted, START, toAddress } from "./asked";
import { confirmDelete } from "./confirm";
import { runTable } from "./table";
import type { Asked, RunList, RunRow } from "./types";

const LOOK_MS = 3000;
const TYPING_MS = 200;

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
  private readonly table = runTable((key) => this.ask(sorted(this.asked, key)), (row) => confirmDelete(row, () => this.remove(row)), this.life.signal);
  private asked: Asked = fromAddress(location.search);
  private question = 0;
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor(page: HTMLElement, private readonly server: Server) {
    const { search, choices, found } = this;
    const tools = h("div", { class: "tools", role: "search" }, search, choices.workspace, choices.experiment, choices.state, found);
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
      if (event.key !== "/" || event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.search.focus();
    }, signal);
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
    await this.look();
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
