// @vitest-environment happy-dom
/** The widget as a whole: what an action does, what a failure leaves standing, and that nothing stays behind. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { failed, interrupted, row, running, scored, status, T0 } from "../dev/recordings";
import { announcer, news, ordinal } from "../src/announce";
import { mount } from "../src/app";
import { guarded } from "../src/boundary";
import { NOTHING_KEPT, recall } from "../src/keep";
import { splitAfterKey } from "../src/layout";
import { apply, EMPTY } from "../src/model";
import { luminance } from "../src/theme";
import { act, hasTakenEffect, START } from "../src/ui";
import { reopenCode } from "../src/views/banner";
import type { Command, Connection, Host, LogChunk, Patch } from "../src/types";

/** A host that a test plays: patches in, questions out. */
class FakeHost implements Host {
  patches: (patch: Patch) => void = () => undefined;
  connect: (connection: Connection) => void = () => undefined;
  logs: (chunks: LogChunk[]) => void = () => undefined;
  hellos: number[] = [];
  commands: Command[] = [];
  how: () => Promise<"taken" | "queued"> = () => Promise.resolve("taken");
  greeting: (have: number) => Promise<Patch> = (have) => Promise.resolve({ v: 1, run: this.first.run, after: have, seq: have });
  constructor(readonly first: Patch) {}
  initial(): Patch { return this.first; }
  onPatch(take: (patch: Patch) => void): void { this.patches = take; }
  onLogs(take: (chunks: LogChunk[]) => void): void { this.logs = take; }
  onConnection(take: (connection: Connection) => void): void { this.connect = take; }
  hello(have: number): Promise<Patch> { this.hellos.push(have); return this.greeting(have); }
  log(i: number, from: number): Promise<LogChunk> { return Promise.resolve({ i, from, size: from + 3, text: "abc" }); }
  file(): Promise<string> { return Promise.reject(new Error("no file")); }
  command(command: Command): Promise<"taken" | "queued"> { this.commands.push(command); return this.how(); }
  plotly(): Promise<never> { return Promise.reject(new Error("no plotly")); }
}

let host: FakeHost, unmount: () => void;
const root = (): ShadowRoot => (document.querySelector(".automl-run") as HTMLElement).shadowRoot as ShadowRoot;
const find = (selector: string): HTMLElement => { const found = root().querySelector<HTMLElement>(selector); if (!found) throw new Error(`no ${selector}`); return found; };
const button = (text: string): HTMLElement => { const found = [...root().querySelectorAll<HTMLElement>("button")].find((one) => one.textContent === text); if (!found) throw new Error(`no button ${text}`); return found; };
const settle = (ms = 50): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const press = (key: string): void => { (root().activeElement ?? find("article")).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, composed: true })); };
const open = (patch: Patch): void => {
  host = new FakeHost(patch);
  unmount = mount(document.body, host);
};

beforeEach(() => {
  vi.useFakeTimers({ now: (T0 + 334) * 1000 });
  document.body.replaceChildren();
  localStorage.clear();
});
afterEach(() => { unmount(); vi.useRealTimers(); });

describe("a running run", () => {
  beforeEach(() => open(running().patch));

  test("stands in one shadow root, named after the run", () => {
    expect(document.body.children).toHaveLength(1);
    expect([find("article").getAttribute("aria-label"), find(".chip").textContent, find(".best .score").textContent]).toEqual(["AutoML run digits-classification", "Running", "0.9983"]);
    expect(find("[role=progressbar]").getAttribute("aria-valuetext")).toBe("13 completed, 1 without score, 2 running, 4 queued");
  });

  test("says hello once, and again when something was lost", async () => {
    await settle();
    expect(host.hellos).toEqual([57]);
    const { patch } = running();
    host.greeting = () => Promise.resolve({ ...patch, after: 57, seq: 61, rows: [scored(14, 0.9999, { started_at: T0, ended_at: T0 + 334 })] });
    host.patches({ v: 1, run: patch.run, after: 59, seq: 60, rows: [] });
    await settle();
    expect(host.hellos).toEqual([57, 57]);
    expect(find('.row[data-i="14"] .sc b').textContent).toBe("0.9999");
  });

  test("a hello without an answer is repeated, with growing pauses", async () => {
    unmount();
    host = new FakeHost(running().patch);
    host.greeting = () => Promise.reject(new Error("busy"));
    unmount = mount(document.body, host);
    await settle(10_000);
    expect(host.hellos.length).toBeGreaterThan(2);
    expect(host.hellos.length).toBeLessThan(6);
  });

  test("Stop asks first, with the focus on what does no harm; then it says stopping at once", async () => {
    button("Stop").click();
    expect(find("[role=alertdialog] p").textContent).toBe("13 finished iterations are kept, with their models. The 2 that run now (14, 15) are lost; the 4 queued do not start.");
    expect(root().activeElement?.textContent).toBe("Keep running");
    press("Escape");
    expect([root().querySelector("[role=alertdialog]"), host.commands]).toEqual([null, []]);
    button("Stop").click();
    host.how = () => new Promise((resolve) => setTimeout(() => resolve("queued"), 1200));
    button("Stop now").click();
    expect([host.commands, button("stopping…").getAttribute("aria-disabled")]).toEqual([[{ kind: "cancel" }], "true"]);
    await settle(1300);
    expect(button("queued").title).toBe("The command is on its way");
  });

  test("a command that is refused says why and can be sent again", async () => {
    host.how = () => Promise.reject(new Error("The run has ended."));
    button("Pause").click();
    await settle();
    expect([find(".toast").textContent, find(".toast").hidden, button("Pause").hasAttribute("aria-disabled")]).toEqual(["The run has ended.", false, false]);
  });

  test("without a kernel no command can be sent, and the tool-tip says why", async () => {
    host.connect({ kind: "disconnected", since: T0 + 322 });
    await settle();
    expect([find(".conn").textContent, button("Pause").getAttribute("aria-disabled")]).toEqual(["disconnected, 12 s", "true"]);
    button("Pause").click();
    expect([host.commands, button("Pause").title]).toEqual([[], "The kernel does not answer: reconnect or restart it first"]);
  });

  test("Escape clears the filter, then closes the panel, and the focus returns to its row", () => {
    find('.row[data-i="7"]').click();
    press("Enter");
    expect(root().activeElement?.getAttribute("role")).toBe("tab");
    press("/");
    const field = find("input.filter") as HTMLInputElement;
    expect(root().activeElement).toBe(field);
    field.value = "svm";
    field.dispatchEvent(new Event("input", { bubbles: true }));
    press("Escape");
    expect([field.value, find("aside").hidden]).toEqual(["", false]);
    press("Escape");
    expect([find("aside").hidden, root().activeElement?.getAttribute("data-i")]).toEqual([true, "7"]);
  });

  test("the sort is remembered for this browser", () => {
    find(".thead [data-key=memory] button, .thead [data-key=duration] button").click();
    expect(recall().sort).toEqual({ key: "duration", descending: true });
    unmount();
    open(running().patch);
    expect(find(".thead [data-key=duration]").getAttribute("aria-sort")).toBe("descending");
  });

  test("nothing stays behind: no node, no timer, no answer that still arrives", async () => {
    await settle();
    unmount();
    expect([document.body.children.length, vi.getTimerCount()]).toEqual([0, 0]);
    host.patches({ v: 1, run: host.first.run, after: 57, seq: 58, rows: [] });
    await settle(2000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("when an iteration ends it is said in one sentence, at most every five seconds", async () => {
    const { patch } = running(), say = (): string | null => find("article > [aria-live=polite]").textContent;
    host.patches({ v: 1, run: patch.run, after: 57, seq: 58, rows: [scored(14, 0.9981, { started_at: T0, ended_at: T0 + 334 })] });
    expect(say()).toBe("Iteration 14 completed, AUC weighted 0.9981, second of 14.");
    host.patches({ v: 1, run: patch.run, after: 58, seq: 59, rows: [row(15, { state: "timeout" })] });
    expect(say()).toContain("Iteration 14");
    await settle(5100);
    expect(say()).toBe("Iteration 15 timed out.");
  });
});

test("a run that failed opens its last failure with its log", () => {
  open(failed().patch);
  expect([find("article").dataset["state"], find(".banner b").textContent]).toEqual(["failed", "No iteration could finish. All 3 ended with: out of memory."]);
  expect([find("aside").getAttribute("aria-label"), find("[role=tab][aria-selected=true]").textContent]).toEqual(["Iteration 2", "Log"]);
});

test("a block that fails shows one line, and the others live on", () => {
  unmount = () => undefined;
  const said: unknown[] = [], error = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const node = document.createElement("p");
  const block = guarded<number, { node: HTMLElement; update(n: number): void; dispose(): void }>("chart", (action) => said.push(action), () => ({ node, update: (n) => { if (n > 1) throw new Error("boom"); }, dispose: () => { throw new Error("again"); } }));
  block.view.update(1);
  expect(block.view.node.firstChild).toBe(node);
  block.view.update(2);
  block.view.update(1);
  expect(block.view.node.textContent).toBe("The chart cannot be shown: boomCopy details");
  block.view.node.querySelector("button")?.click();
  expect(said).toEqual([expect.objectContaining({ kind: "copy", what: "Details" })]);
  block.view.dispose();
  expect(error).toHaveBeenCalledTimes(1);
  error.mockRestore();
});

describe("decisions", () => {
  beforeEach(() => { unmount = () => undefined; });

  test("a command is on its way until the model shows its effect", () => {
    const model = (change: Partial<ReturnType<typeof status>>, rows = [row(3, { state: "running" })]): ReturnType<typeof apply> => apply(EMPTY, { v: 1, run: "r", after: 0, seq: 1, status: status(change), rows });
    expect([hasTakenEffect("pause", model({})), hasTakenEffect("pause", model({ state: "paused" })), hasTakenEffect("resume", model({}))]).toEqual([false, true, true]);
    expect([hasTakenEffect("cancel", model({})), hasTakenEffect("cancel", model({ state: "stopping" }))]).toEqual([false, true]);
    expect([hasTakenEffect("cancel_iteration:3", model({})), hasTakenEffect("cancel_iteration:3", model({}, [row(3, { state: "canceling" })]))]).toEqual([false, true]);
    expect(hasTakenEffect("explain:3", model({ state: "completed" }))).toBe(false);
  });

  test("an action that changes nothing is no new state", () => {
    expect(act(START, { kind: "tab", tab: "overview" })).toBe(START);
    expect(act(START, { kind: "select", iteration: 99 })).toBe(START);
  });

  test("what lies in the browser's storage is only believed if it is well-formed", () => {
    localStorage.setItem("automl_widgets.layout", '{"split": "wide", "height": 500, "columns": {"a": 1, "b": true}, "sort": {"key": 3}}');
    expect(recall()).toEqual({ split: null, height: 500, columns: { b: true }, sort: null });
    localStorage.setItem("automl_widgets.layout", "not json");
    expect(recall()).toEqual(NOTHING_KEPT);
  });

  test("the border moves with the arrow, 64 px with Shift, and within its limits", () => {
    expect([splitAfterKey("ArrowLeft", false, 440, 1200), splitAfterKey("ArrowRight", true, 440, 1200), splitAfterKey("ArrowRight", true, 330, 1200), splitAfterKey("Home", false, 440, 1200), splitAfterKey("a", false, 440, 1200)])
      .toEqual([456, 376, 320, 720, null]);
  });

  test("backgrounds are light, dark or not there", () => {
    expect([luminance("rgb(255, 255, 255)"), luminance("rgba(0, 0, 0, 0)"), luminance("")]).toEqual([1, null, null]);
    expect(luminance("rgb(33, 33, 33)")).toBeLessThan(0.4);
    expect(luminance("color(srgb 1 1 1)")).toBe(1);
  });

  test("places are said as one says them", () => expect([1, 2, 11].map(ordinal)).toEqual(["best", "second", "number 11"]));

  test("several that end together are one sentence, and so is the end of the run", () => {
    const before = apply(EMPTY, running().patch), ends = (i: number): ReturnType<typeof scored> => scored(i, 0.9, { started_at: T0, ended_at: T0 + 1 });
    const patch = (change: Partial<Patch>): Patch => ({ v: 1, run: before.run, after: before.seq, seq: before.seq + 1, ...change });
    expect(news(before, apply(before, patch({ rows: [ends(14), ends(15)] })))).toBe("2 iterations ended, best AUC weighted 0.9983.");
    expect(news(before, apply(before, patch({ status: status({ state: "completed", best: 11 }) })))).toBe("Run completed, best AUC weighted 0.9983.");
    expect(news(before, apply(before, patch({ rows: [row(19)] })))).toBeNull();
  });

  test("what was overtaken while waiting stays unsaid", async () => {
    const region = document.createElement("div"), speaker = announcer(region, 1000);
    for (const word of ["one", "two", "three"]) speaker.say(word);
    expect(region.textContent).toBe("one");
    await settle(1001);
    expect(region.textContent).toBe("three");
    speaker.dispose();
  });
});

test("a run whose cluster has gone says so", () => {
  const found = interrupted().patch, reason = "the head of the Ray cluster has gone or cannot be reached (ActorDiedError)";
  open({ ...found, status: status({ ...found.status, ended_at: T0 + 340, reason }) });
  expect(find(".banner b").textContent).toBe(`The run was interrupted: ${reason}.`);
});

test("an interrupted run says what is kept, and how to resume it", () => {
  open(interrupted().patch);
  expect(find(".banner b").textContent).toBe("The run was interrupted: the kernel that it ran in has ended.");
  expect(find(".banner p").textContent).toBe("13 finished iterations are kept, with their models.");
  expect(hasTakenEffect("resume", apply(EMPTY, interrupted().patch))).toBe(false);
  expect(reopenCode(apply(EMPTY, interrupted().patch))).toContain('run = AutoMLRun(Experiment(ws, "digits"), "AutoML_7f3c21e4")\nrun.resume()\n');
  expect(find(".banner .acts button").textContent).toBe("Resume it");
  button("Resume").click();
  expect([find(".chip").textContent, find(".banner .acts button").title]).toEqual(["Resuming", "It is being resumed"]);
  expect([host.commands, button("Stop").title, button("More time").title]).toEqual([[{ kind: "resume" }], "The run was interrupted: resume it first", "The run was interrupted: resume it first"]);
});
