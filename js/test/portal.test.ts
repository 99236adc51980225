// @vitest-environment happy-dom
/** The portal's host: changes that are waited for, refusals in the server's words, logs that are followed; and the list's address. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { row, setup, status, T0 } from "../dev/recordings";
import { jupyterHost, type AnyModel } from "../src/hosts/jupyter";
import { Portal, portalHost } from "../src/hosts/portal";
import { fromAddress, sorted, START, toAddress } from "../src/portal/asked";
import { caution, partsOf } from "../src/portal/beside";
import { runTable, seconds, type Deeds } from "../src/portal/table";
import { changeTo, parsed, tagLine } from "../src/portal/tags";
import type { RunColumn, RunRow, TagChange } from "../src/portal/types";
import type { Connection, Host, LogChunk, Patch } from "../src/types";

const QUERY = "workspace=a+%26+b%2Fautoml_workspace&run=AutoML_1";
type Reply = Response | Promise<Response>;
let calls: { url: URL; init: RequestInit }[], reply: (url: URL) => Reply, life: AbortController;

const json = (value: unknown, code = 200): Response => new Response(JSON.stringify(value), { status: code });
const patch = (seq: number, after: number, rows = [row(0)]): Patch => ({ v: 1, run: "AutoML_1", after, seq, status: status(), rows });
const never = (): Promise<Response> => new Promise(() => undefined);
const fetcher = ((url: string, init: RequestInit) => { calls.push({ url: new URL(url, "http://host"), init }); return Promise.resolve(reply(new URL(url, "http://host"))); }) as typeof fetch;
const portal = (): Portal => new Portal({ base: "/user/ann/", token: "" }, QUERY, fetcher);

beforeEach(() => { vi.useFakeTimers({ now: T0 * 1000 }); calls = []; life = new AbortController(); document.cookie = "_xsrf=2%7Cabc; path=/"; });
afterEach(() => { life.abort(); vi.useRealTimers(); vi.unstubAllGlobals(); });

describe("the host of a run's page", () => {
  const open = (): { host: Host; patches: Patch[]; logs: LogChunk[]; told: Connection[] } => {
    const host = portalHost(portal(), "/charts.js", life.signal), patches: Patch[] = [], logs: LogChunk[] = [], told: Connection[] = [];
    host.onPatch((one) => patches.push(one), life.signal);
    host.onLogs((some) => logs.push(...some), life.signal);
    host.onConnection((one) => told.push(one), life.signal);
    return { host, patches, logs, told };
  };

  test("asks for all there is, then waits for what comes after it", async () => {
    reply = (url) => (url.searchParams.get("after") === "9" ? never() : json(patch(9, Number(url.searchParams.get("after")))));
    const { host } = open();
    expect((await host.hello(0)).seq).toBe(9);
    await vi.advanceTimersByTimeAsync(10);
    expect(calls.map(({ url }) => [url.pathname, url.searchParams.get("workspace"), url.searchParams.get("after"), url.searchParams.get("wait")])).toEqual([
      ["/user/ann/automl-widgets/api/run", "a & b/automl_workspace", "0", "0"], ["/user/ann/automl-widgets/api/run", "a & b/automl_workspace", "9", "10"]]);
  });

  test("tells once that the server does not answer, and once that it does again", async () => {
    let isUp = true, seq = 1;
    reply = () => { if (!isUp) throw new TypeError("Failed to fetch"); return json(patch((seq += 1), seq - 1)); };
    const { host, told } = open();
    await host.hello(0);
    isUp = false;
    await vi.advanceTimersByTimeAsync(5000);
    expect(told).toEqual([{ kind: "disconnected", since: expect.any(Number), who: "server" }]);
    isUp = true;
    reply = (() => { let n = 0; return () => ((n += 1) > 1 ? never() : json(patch(9, 1))); })();
    await vi.advanceTimersByTimeAsync(9000);
    expect(told.at(-1)).toEqual({ kind: "live" });
  });

  test("a refusal is told in the server's own words", async () => {
    reply = () => json({ message: "This run's kernel has ended." }, 409);
    await expect(open().host.command({ kind: "cancel" })).rejects.toThrow("This run's kernel has ended.");
    reply = () => json({ message: "Forbidden" }, 403);
    await expect(open().host.command({ kind: "cancel" })).rejects.toThrow("log in again");
  });

  test("a command carries the mark against forgery and that of the click", async () => {
    reply = () => json({ state: "taken", answer: "" });
    expect(await open().host.command({ kind: "cancel_iteration", iteration: 3 })).toBe("taken");
    const { init } = calls[0] as { init: RequestInit };
    expect((init.headers as Record<string, string>)["X-XSRFToken"]).toBe("2|abc");
    expect(JSON.parse(init.body as string)).toEqual({ workspace: "a & b/automl_workspace", run: "AutoML_1", command: { kind: "cancel_iteration", iteration: 3 }, click: expect.stringMatching(/^[0-9a-f]{32}$/) });
  });

  test("the log that was opened is followed until its iteration has ended", async () => {
    let size = 10, state: "running" | "completed" = "running", seq = 1, change: ((response: Response) => void) | null = null;
    reply = (url) => {
      if (url.pathname.endsWith("/log")) return json({ i: 0, from: Number(url.searchParams.get("from")), to: size, size, text: "x" });
      if (url.searchParams.get("wait") === "0") return json(patch(seq, 0, [row(0, { state })]));
      return new Promise((done) => { change = done; });
    };
    const { host, logs } = open();
    await host.hello(0);
    await host.log(0, 0);
    size = 20;
    await vi.advanceTimersByTimeAsync(1100);
    expect(logs.map((chunk) => [chunk.from, chunk.to])).toEqual([[10, 20]]);
    state = "completed";
    seq = 2;
    (change as unknown as (response: Response) => void)(json(patch(2, 1, [row(0, { state })])));
    size = 30;
    await vi.advanceTimersByTimeAsync(1100);
    const asked = calls.length;
    await vi.advanceTimersByTimeAsync(5000);
    expect([logs.at(-1)?.to, calls.length]).toEqual([30, asked]);
  });
});

test("the log of what brings the data is followed while that runs", async () => {
  const { patch: first } = setup(), asked: string[] = [];
  reply = (url) => {
    if (!url.pathname.endsWith("/log")) return url.searchParams.get("wait") === "0" ? json({ ...first, run: "AutoML_1" }) : never();
    asked.push(`${url.searchParams.get("iteration")} from ${url.searchParams.get("from")}`);
    return json({ i: -1, from: 0, to: 10, size: 10, text: "x" });
  };
  const host = portalHost(portal(), "/charts.js", life.signal);
  await host.hello(0);
  await host.log(-1, 0);
  await vi.advanceTimersByTimeAsync(2100);
  expect(asked).toEqual(["-1 from 0", "-1 from 10", "-1 from 10"]);
});

describe("the widget beside a server with the portal", () => {
  const model = (status_: string): AnyModel & { sent: unknown[] } => ({
    sent: [] as unknown[], get: (name) => ({ portal: QUERY, run_id: "AutoML_1", snap: patch(1, 0) })[name], on: () => undefined, off: () => undefined,
    send(this: { sent: unknown[] }, one: unknown) { this.sent.push(one); }, widget_manager: { kernel: { status: status_ }, context: {} },
  });
  beforeEach(() => {
    document.body.innerHTML = `<script id="jupyter-config-data" type="application/json">{"baseUrl":"/user/ann/"}</script>`;
    vi.stubGlobal("fetch", fetcher);
  });

  test("links to the run's page, and goes past a busy kernel", async () => {
    reply = () => json({ state: "taken", answer: "" });
    const busy = model("busy"), host = jupyterHost(busy, document.body, life.signal);
    expect(host.page).toBe(`/user/ann/automl-widgets/run?${QUERY}`);
    expect([await host.command({ kind: "pause" }), busy.sent]).toEqual(["taken", []]);
  });

  test("asks the kernel when it is idle, and when the portal refuses", async () => {
    reply = () => json({ message: "no" }, 409);
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    for (const state of ["idle", "busy"]) {
      const one = model(state);
      void jupyterHost(one, document.body, life.signal).command({ kind: "pause" }).catch(() => undefined);
      await vi.advanceTimersByTimeAsync(1);
      expect(one.sent).toHaveLength(1);
    }
    expect(calls).toHaveLength(1);
  });
});

describe("the list", () => {
  test("what is asked for is in the address, and comes back from it", () => {
    const asked = { ...START, search: "a & b", state: "running", sort: "score" as const, offset: 100 };
    expect(fromAddress(`?${toAddress(asked)}`)).toEqual(asked);
    expect([toAddress(START), fromAddress("?sort=evil&order=up&offset=-3")]).toEqual(["", START]);
  });

  test("a head sorts words from A, figures from the highest, and turns round", () => {
    expect(sorted(START, "name")).toMatchObject({ sort: "name", order: "ascending" });
    expect(sorted(sorted(START, "score"), "score")).toMatchObject({ sort: "score", order: "ascending" });
  });

  test("a run that was resumed counts what its engines worked", () => {
    const run = { state: "running", started_at: 100, resumed_at: 500, used_s: 50, ended_at: null } as unknown as RunRow;
    expect([seconds(run, 520), seconds({ ...run, state: "interrupted" }, 520), seconds({ ...run, ended_at: 510 }, 900)]).toEqual([70, null, 60]);
  });
});

const NASTY = "<img src=x onerror=alert(1)>";
const aRun = (more: Partial<RunColumn> = {}): RunColumn => ({
  run_id: "AutoML_1", experiment: "digits", name: "one", state: "completed", reason: null, task: "classification", primary_metric: "AUC_weighted", n_iterations: 20, n_ended: 20,
  best_iteration: 3, best_score: 0.9, best_recipe: "LightGBM", created_at: T0, started_at: T0, ended_at: T0 + 60, used_s: 0, resumed_at: null, tags: {}, workspace: "ws", workspace_name: "ws",
  metrics: [{ name: "AUC_weighted", goal: "max", bounds: [0, 1] }, { name: "log_loss", goal: "min", bounds: null }], scores: { AUC_weighted: 0.9, log_loss: 0.4 }, spread: 0.01,
  parameters: {}, settings: { iterations: "20", random_state: "42" }, data: { rows: "100", validation: "5-fold cross-validation" }, fingerprint: "same", versions: { numpy: "2.0" }, ...more,
});

describe("tags in place", () => {
  const settle = (): Promise<void> => vi.advanceTimersByTimeAsync(1).then(() => undefined);
  const open = (save: (change: TagChange) => Promise<Record<string, string>>): { node: HTMLElement; key(field: Element, name: string): Promise<void>; edit(at: number, text: string): HTMLInputElement } => {
    const { node, update } = tagLine("one", save, life.signal);
    document.body.replaceChildren(node);
    update({ owner: NASTY, old: "1" });
    return {
      node, key: (field, name) => { field.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true })); return settle(); },
      edit: (at, text) => { node.querySelectorAll<HTMLElement>("button.tag")[at]?.click(); const field = node.querySelector("input") as HTMLInputElement; field.value = text; return field; },
    };
  };

  test("a text is a name and a value, and only what differs is stored", () => {
    expect([parsed("owner: ann: b"), parsed(" a:b "), parsed("live"), parsed(" : x")]).toEqual([["owner", "ann: b"], ["a", "b"], ["live", ""], null]);
    expect(parsed("a:b: c")).toEqual(["a:b", "c"]);
    expect([changeTo(["a", "1"], "a: 1"), changeTo(["a", "1"], "b: 1"), changeTo(["a", "1"], " "), changeTo(null, "")]).toEqual([null, { set: { b: "1" }, remove: ["a"] }, { set: {}, remove: ["a"] }, null]);
  });

  test("Enter stores, the focus stays at the tag, and text is text", async () => {
    const save = vi.fn(() => Promise.resolve({ owner: NASTY, new: "2" })), { node, key, edit } = open(save);
    expect([node.querySelector("img"), node.querySelector(".tag")?.textContent]).toEqual([null, `owner: ${NASTY}`]);
    await key(edit(1, "new: 2"), "Enter");
    expect(save).toHaveBeenCalledWith({ set: { new: "2" }, remove: ["old"] });
    expect([[...node.querySelectorAll(".tag")].map((one) => one.textContent), document.activeElement?.textContent]).toEqual([[`owner: ${NASTY}`, "new: 2", "+"], "new: 2"]);
  });

  test("Escape stores nothing; a refusal is said and the text stays", async () => {
    const save = vi.fn(() => Promise.reject(new Error("A run may have 50 tags"))), { node, key, edit } = open(save);
    await key(edit(2, "more: 1"), "Escape");
    expect([save.mock.calls.length, node.querySelector("input")]).toEqual([0, null]);
    await key(edit(2, "more: 1"), "Enter");
    expect([node.querySelector("[role=alert]")?.textContent, node.querySelector("input")?.value]).toEqual(["A run may have 50 tags", "more: 1"]);
  });
});

describe("the table of runs", () => {
  test("is kept in place while it is redrawn: ticks, an open text field, the focus", () => {
    const deeds = { sort: vi.fn(), remove: vi.fn(), choose: vi.fn(), retag: vi.fn() }, table = runTable(deeds as unknown as Deeds, life.signal);
    document.body.replaceChildren(table.node);
    const rows = [aRun({ state: "running" }), aRun({ run_id: "AutoML_2", name: "two" })];
    table.update(rows, START, false);
    (table.node.querySelectorAll("button.tag.add")[1] as HTMLElement).click();
    const field = document.activeElement as HTMLInputElement;
    field.value = "half writ";
    table.update([...rows].reverse().map((row) => ({ ...row, n_ended: 21 })), START, false);
    expect([document.activeElement, (document.activeElement as HTMLInputElement).value, table.node.querySelector("tbody tr")?.getAttribute("data-run")]).toEqual([field, "half writ", "AutoML_2"]);
    table.tick(new Set(["ws/AutoML_1", "a", "b", "c", "d"]));
    expect([...table.node.querySelectorAll<HTMLInputElement>("input[type=checkbox]")].map((one) => [one.checked, one.disabled])).toEqual([[false, true], [true, false]]);
  });
});

describe("runs beside each other", () => {
  const parts = (...runs: RunColumn[]): Record<string, string[][]> => Object.fromEntries(partsOf(runs, T0).map((part) => [part.title, part.lines.map((line) => [line.name, ...line.cells.map((cell) => cell.text + (cell.isBest ? "*" : ""))])]));

  test("the best of each metric is marked, whichever way it goes", () => {
    const found = parts(aRun(), aRun({ scores: { AUC_weighted: 0.95, log_loss: 0.5, odd: 1 } }));
    expect(found["Scores of the best iteration"]).toEqual([["AUC_weighted", "0.9000 ± 0.0100", "0.9500 ± 0.0100*"], ["log_loss", "0.40000*", "0.50000"], ["odd", "–", "1.0000"]]);
  });

  test("of settings only those that differ are shown", () => {
    const [settings] = partsOf([aRun(), aRun({ settings: { iterations: "20", random_state: "7" } })], T0).filter((part) => part.title === "Settings");
    expect([settings?.lines.map((line) => line.name), settings?.same]).toEqual([["random_state"], 1]);
  });

  test("says when scores are no contest", () => {
    expect(caution([aRun(), aRun()])).toBeNull();
    expect(caution([aRun(), aRun({ fingerprint: "other" })])).toContain("different data");
    expect(caution([aRun(), aRun({ data: { validation: "20% of the rows held out" } })])).toContain("held back rows in different ways");
    expect(caution([aRun(), aRun({ task: "regression" })])).toContain("different tasks");
  });
});
