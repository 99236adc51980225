// @vitest-environment happy-dom
/** The doors to the engine: late answers, the way past a busy kernel, what the connection says, and no trace afterwards. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { row, status, T0 } from "../dev/recordings";
import { connectionOf, type Contact } from "../src/hosts/contact";
import { jupyterHost, type AnyModel } from "../src/hosts/jupyter";
import { cellInserter, hidePictures, keepKeys, kernelOf, refreshPicture } from "../src/hosts/notebook";
import { Rest, serverOf, untilWholeCharacter } from "../src/hosts/rest";
import type { Connection, Host, Patch, Request } from "../src/types";

type Take = (...args: never[]) => void;
/** anywidget's model without a kernel: what was sent, and a way to play the answers. It has no `set`: nothing may be written. */
class FakeModel implements AnyModel {
  readonly sent: Request[] = [];
  readonly listeners = new Map<string, Set<Take>>();
  constructor(readonly traits: Record<string, unknown>, readonly widget_manager?: unknown) {}
  get(name: string): unknown { return this.traits[name]; }
  on(event: string, take: Take): void { this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(take)); }
  off(event: string, take: Take): void { this.listeners.get(event)?.delete(take); }
  send(content: unknown): void { this.sent.push(content as Request); }
  emit(event: string, ...args: unknown[]): void { for (const take of [...(this.listeners.get(event) ?? [])]) (take as (...all: unknown[]) => void)(...args); }
  answer(change: Record<string, unknown>, at = this.sent.length - 1): void { this.emit("msg:custom", { ...change, id: this.sent[at]?.id }, []); }
}

const RUN = "AutoML_7f3c21e4";
const patch = (seq: number, after = 0): Patch => ({ v: 1, run: RUN, after, seq, status: status(), rows: [row(0)] });
let model: FakeModel, host: Host, life: AbortController, calls: { url: string; init: RequestInit }[], reply: (url: string) => Response;

function open(traits: Record<string, unknown> = {}, manager?: unknown): void {
  model = new FakeModel({ run_id: RUN, snap: patch(3), patch: {}, server_path: "work/automl_workspace/runs/x", ...traits }, manager);
  life = new AbortController();
  host = jupyterHost(model, document.body, life.signal);
}
const asJupyterPage = (config: Record<string, unknown> = { baseUrl: "/user/bob/", token: "" }): void => {
  document.body.innerHTML = `<script id="jupyter-config-data" type="application/json">${JSON.stringify(config)}</script>`;
};

beforeEach(() => {
  vi.useFakeTimers({ now: T0 * 1000 });
  document.body.replaceChildren();
  document.cookie = "_xsrf=2%7Cabc; path=/";
  calls = [];
  reply = () => new Response("from disk\n", { status: 200 });
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => { calls.push({ url, init }); return Promise.resolve(reply(url)); });
  open();
});
afterEach(() => { life.abort(); vi.useRealTimers(); vi.unstubAllGlobals(); });

describe("questions", () => {
  test("an answer finds its question by its number, whatever comes between", async () => {
    const log = host.log(4, 10), hello = host.hello(3);
    model.answer({ op: "patch", patch: patch(9, 3) }, 1);
    model.answer({ op: "log", chunk: { i: 4, from: 10, size: 12, text: "ab" } }, 0);
    expect([(await hello).seq, (await log).text]).toEqual([9, "ab"]);
    expect(model.sent.map((one) => one.op)).toEqual(["log", "hello"]);
  });

  test("the engine's refusal is the reader's error", async () => {
    const file = host.file(9, "code.py");
    model.answer({ op: "error", message: "Iteration 9 has no code." });
    await expect(file).rejects.toThrow("Iteration 9 has no code.");
  });

  test("a view that is closed leaves no question and no listener", async () => {
    const hello = host.hello(0);
    life.abort();
    await expect(hello).rejects.toThrow("The view was closed.");
    expect([...model.listeners.values()].every((set) => set.size === 0)).toBe(true);
    await expect(host.log(0, 0)).rejects.toThrow("The view was closed.");
  });

  test("two views of one model do not take each other's answers", async () => {
    const other = jupyterHost(model, document.body, life.signal), mine = host.file(1, "code.py"), theirs = other.file(2, "code.py");
    model.answer({ op: "file", text: "two" }, 1);
    model.answer({ op: "file", text: "one" }, 0);
    expect([await mine, await theirs]).toEqual(["one", "two"]);
  });
});

describe("past a busy kernel", () => {
  test("a log that does not come within 1.2 s is read from the server", async () => {
    asJupyterPage();
    const log = host.log(4, 5);
    await vi.advanceTimersByTimeAsync(1100);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(await log).toEqual({ i: 4, from: 5, to: 10, size: 10, text: "disk\n" });
    expect(calls[0]?.url).toBe("/user/bob/files/work/automl_workspace/runs/x/iterations/4/log.txt");
    expect(calls[0]?.init.headers).toMatchObject({ Range: "bytes=4-", "X-XSRFToken": "2|abc" });
  });

  test("a command that is not taken is left for the engine, and counts as queued", async () => {
    asJupyterPage({ baseUrl: "/", token: "secret" });
    reply = () => new Response("{}", { status: 201 });
    const sent = host.command({ kind: "cancel_iteration", iteration: 7 });
    await vi.advanceTimersByTimeAsync(1300);
    expect(await sent).toBe("queued");
    const [{ url, init }] = calls as [{ url: string; init: RequestInit }];
    expect(url).toMatch(/^\/api\/contents\/work\/automl_workspace\/runs\/x\/commands\/[\w-]+\.json$/);
    expect([init.method, init.headers]).toEqual(["PUT", expect.objectContaining({ Authorization: "token secret", "X-XSRFToken": "2|abc" })]);
    const body = JSON.parse(String(init.body)) as { type: string; format: string; content: string };
    expect([body.type, body.format, JSON.parse(body.content)]).toEqual(["file", "text", { kind: "cancel_iteration", iteration: 7, click: expect.stringMatching(/^[0-9a-f]{32}$/) as string }]);
    expect(url).toContain((JSON.parse(body.content) as { click: string }).click);
    expect(model.sent.at(-1)).toMatchObject({ op: "command", click: (JSON.parse(body.content) as { click: string }).click }); // by both ways: obeyed once
  });

  test("a command that is answered is taken, and a refusal is told", async () => {
    const taken = host.command({ kind: "pause" });
    model.answer({ op: "taken", command_id: 1 });
    expect(await taken).toBe("taken");
    const refused = host.command({ kind: "resume" });
    model.answer({ op: "error", message: "The run has ended." });
    await expect(refused).rejects.toThrow("The run has ended.");
  });

  test("without a server the command waits in the kernel's queue", async () => {
    const sent = host.command({ kind: "cancel" });
    await vi.advanceTimersByTimeAsync(1300);
    expect([await sent, calls]).toEqual(["queued", []]);
  });

  test("without a server a log that does not come is an error for people", async () => {
    const log = expect(host.log(1, 0)).rejects.toThrow("The kernel has not answered within 1.2 s.");
    await vi.advanceTimersByTimeAsync(1300);
    await log;
  });

  test("a late answer still says that the kernel is back", async () => {
    const seen: string[] = [];
    host.onConnection((connection) => seen.push(connection.kind), life.signal);
    const log = expect(host.log(1, 0)).rejects.toThrow("1.2 s");
    await vi.advanceTimersByTimeAsync(1300);
    await log;
    model.answer({ op: "log", chunk: { i: 1, from: 0, size: 0, text: "" } });
    expect(seen).toEqual(["live", "busy", "live"]);
  });

  test("an answer that was lost does not make the kernel busy for ever", async () => {
    const lost = expect(host.log(1, 0)).rejects.toThrow("1.2 s");
    await vi.advanceTimersByTimeAsync(6000);
    await lost;
    const hello = model.sent.findIndex((one) => one.op === "hello");
    expect(hello).toBeGreaterThan(0);
    model.answer({ op: "patch", patch: patch(4) }, hello);
    const again = host.file(0, "code.py");
    model.answer({ op: "file", text: "fine" });
    expect(await again).toBe("fine");
  });
});

describe("what comes by itself", () => {
  test("the saved state is there at once, then the last patch, then each new one", () => {
    open({ patch: patch(5, 3) });
    const seen: number[] = [];
    host.onPatch((one) => seen.push(one.seq), life.signal);
    model.traits["patch"] = patch(6, 5);
    model.emit("change:patch");
    expect([host.initial()?.seq, seen]).toEqual([3, [5, 6]]);
  });
  test("an empty trait is no patch", () => {
    open({ snap: {} });
    expect(host.initial()).toBeNull();
  });
  test("logs are passed on", () => {
    const seen: string[] = [];
    host.onLogs((chunks) => seen.push(...chunks.map((chunk) => chunk.text)), life.signal);
    model.emit("msg:custom", { op: "logs", chunks: [{ i: 1, from: 0, size: 2, text: "ab" }] });
    expect(seen).toEqual(["ab"]);
  });
});

describe("the connection", () => {
  const contact = (change: Partial<Contact>): Contact => ({ heardAt: T0, waitingSince: null, restartedAt: null, kernel: "unknown", startedAt: T0, shownAt: T0 - 500, ...change });
  const kind = (change: Partial<Contact>, after = 0): string => connectionOf(contact(change), T0 + after).kind;
  test.each<[string, Partial<Contact>, number, Connection["kind"]]>([
    ["answers", {}, 100, "live"],
    ["is late", { waitingSince: T0, kernel: "busy" }, 2, "busy"],
    ["is not late yet", { waitingSince: T0 }, 1, "live"],
    ["is busy for long", { waitingSince: T0, kernel: "busy" }, 600, "busy"],
    ["is idle and silent", { waitingSince: T0, kernel: "idle" }, 6, "disconnected"],
    ["was restarted", { restartedAt: T0 + 5, kernel: "idle" }, 9, "disconnected"],
    ["is gone", { kernel: "gone" }, 1, "disconnected"],
    ["never was", { kernel: "none", heardAt: null }, 0, "snapshot"],
    ["has never answered on a page that does not say", { heardAt: null, waitingSince: T0 }, 11, "snapshot"],
    ["is idle and has never answered", { heardAt: null, waitingSince: T0, kernel: "idle" }, 6, "snapshot"],
  ])("a kernel that %s", (_, change, after, expected) => expect(kind(change, after)).toBe(expected));

  test("a command is refused at once where nothing can take it", async () => {
    open({}, { context: {}, kernel: null });
    host.onConnection(() => undefined, life.signal);
    await expect(host.command({ kind: "pause" })).rejects.toThrow("the command was not sent");
    expect(model.sent).toEqual([]);
  });
  test("a page says what it knows of its kernel", () => {
    expect([kernelOf(undefined), kernelOf({}), kernelOf({ context: {}, kernel: null }), kernelOf({ kernel: null })]).toEqual(["unknown", "unknown", "none", "unknown"]);
    expect([{ status: "idle" }, { status: "busy" }, { status: "dead" }, { status: "idle", connectionStatus: "disconnected" }].map((kernel) => kernelOf({ kernel }))).toEqual(["idle", "busy", "gone", "gone"]);
  });
});

describe("the server", () => {
  test("is found where the page tells of it", () => {
    expect(serverOf(document)).toBeNull();
    asJupyterPage({ baseUrl: "/hub" });
    expect(serverOf(document)).toEqual({ base: "/hub/", token: "" });
    document.body.innerHTML = '<script id="jupyter-config-data">not json</script>';
    expect(serverOf(document)).toBeNull();
  });
  test("may send a part, or say that there is no more", async () => {
    const rest = (response: Response): Rest => new Rest({ base: "/", token: "" }, "a b/c", () => Promise.resolve(response));
    expect(await rest(new Response("\ntail", { status: 206 })).log(1, 6)).toEqual({ i: 1, from: 6, to: 10, size: 10, text: "tail" });
    expect(await rest(new Response("", { status: 416 })).log(1, 6)).toEqual({ i: 1, from: 6, to: 6, size: 6, text: "" });
    await expect(rest(new Response("", { status: 404 })).file(1, "code.py")).rejects.toThrow("the server answered 404 for iterations/1/code.py");
    await expect(rest(new Response("", { status: 403 })).command({ kind: "pause" }, "c0ffee")).rejects.toThrow("the server answered 403");
  });
  test("a character that is half written waits for its other half", () => {
    const bytes = new TextEncoder().encode("a✓");
    expect([2, 3, 4].map((n) => untilWholeCharacter(bytes.slice(0, n)).length)).toEqual([1, 1, 4]);
    expect(untilWholeCharacter(new TextEncoder().encode("plain")).length).toBe(5);
  });
});

describe("the notebook around", () => {
  const output = (html: string | string[]): { data: Record<string, unknown>; metadata: unknown; setData: ReturnType<typeof vi.fn> } => ({ data: { "text/html": html, "text/plain": "x" }, metadata: { a: 1 }, setData: vi.fn() });
  const list = <T>(...items: T[]): { length: number; get(index: number): T } => ({ length: items.length, get: (index) => items[index] as T });

  test("the picture in the notebook is brought up to date, and no other output", () => {
    const own = output(['<div class="automl-picture" ', `data-run="${RUN}">old</div>`]), other = output('<div class="automl-picture" data-run="b">'), plain = output("<p>");
    refreshPicture({ context: { model: { cells: list({ outputs: list(plain, own) }, {}, { outputs: list(other) }) } } }, RUN, "<new>");
    expect(own.setData).toHaveBeenCalledWith({ data: { "text/html": "<new>", "text/plain": "x" }, metadata: { a: 1 } });
    expect([other.setData, plain.setData].every((set) => set.mock.calls.length === 0)).toBe(true);
    refreshPicture(undefined, RUN, "<new>");
  });

  test("the picture is hidden while the view lives, also one that comes later, and comes back", async () => {
    document.body.innerHTML = `<div class="automl-picture" data-run="${RUN}" style="display: flex"></div><div class="automl-picture" data-run="other"></div>`;
    const shown = (): string[] => [...document.querySelectorAll<HTMLElement>(".automl-picture")].map((picture) => picture.style.display);
    const view = new AbortController();
    hidePictures(RUN, document, view.signal);
    document.body.insertAdjacentHTML("beforeend", `<div class="automl-picture" data-run="${RUN}"></div>`);
    await vi.advanceTimersByTimeAsync(100);
    expect(shown()).toEqual(["none", "", "none"]);
    view.abort();
    expect(shown()).toEqual(["flex", "", ""]);
  });

  test("Jupyter's shortcuts stay away from the widget's keys, and from no others", () => {
    const outer = document.body.appendChild(document.createElement("div")), inner = outer.appendChild(document.createElement("button")), view = new AbortController();
    keepKeys(outer, view.signal);
    const marked = (key: string, more: KeyboardEventInit = {}): boolean => {
      inner.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true, ...more }));
      return outer.hasAttribute("data-lm-suppress-shortcuts");
    };
    expect([marked("d"), marked("s", { ctrlKey: true }), marked("ArrowDown"), marked("Tab")]).toEqual([true, false, true, false]);
    view.abort();
    expect(marked("d")).toBe(false);
  });

  test("a cell goes below the widget's own, where the page can do that", () => {
    expect(cellInserter({}, document.body)).toBeUndefined();
    document.body.innerHTML = '<div class="jp-Notebook"><div class="jp-Cell"></div><div class="jp-Cell"><p></p></div></div>';
    const insertCell = vi.fn();
    cellInserter({ context: { model: { sharedModel: { insertCell } } } }, document.querySelector("p") as Element)?.("x = 1");
    expect(insertCell).toHaveBeenCalledWith(2, expect.objectContaining({ cell_type: "code", source: "x = 1" }));
  });
});

test("a chart library that does not come can be asked for again", async () => {
  const failed = expect(host.plotly()).rejects.toThrow("The kernel has not answered within 30 s.");
  await vi.advanceTimersByTimeAsync(31_000);
  await failed;
  const again = expect(host.plotly()).rejects.toThrow("did not come");
  model.answer({ op: "plotly" });
  await again;
});
