// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PlotlyLike } from "../src/types";
import { chartView } from "../src/views/chart";
import { moved } from "../src/views/chart-keys";
import { paced } from "../src/views/paced";
import { done, ear, failed, find, key, model, row, settled, state } from "./panel-make";

type Handler = (event: Record<string, unknown>) => void;

/** Plotly that remembers what it was given. */
function fakePlotly(): PlotlyLike & { drawn: { data: unknown[]; layout: Record<string, unknown> }[]; purged: number; emit(name: string, event: Record<string, unknown>): void } {
  const handlers = new Map<string, Handler>();
  const fake = {
    drawn: [] as { data: unknown[]; layout: Record<string, unknown> }[], purged: 0,
    async react(node: HTMLElement, data: unknown[], layout: Record<string, unknown>) {
      Object.assign(node, { on: (name: string, take: Handler) => handlers.set(name, take) });
      fake.drawn.push({ data, layout });
    },
    purge: () => { fake.purged += 1; },
    downloadImage: vi.fn(async () => undefined), Plots: { resize: () => undefined },
    emit: (name: string, event: Record<string, unknown>) => handlers.get(name)?.(event),
  };
  return fake;
}

const ROWS = [done(0, 0.95), done(1, 0.97), failed(2), row(3)];

beforeEach(() => {
  vi.useFakeTimers();
  for (const [name, size] of [["clientWidth", 600], ["clientHeight", 218]] as const) Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => size });
});
afterEach(() => { vi.useRealTimers(); document.body.replaceChildren(); });

async function opened(change: Parameters<typeof state>[1] = {}) {
  const plotly = fakePlotly(), heard = ear(), host = { plotly: vi.fn(async () => plotly) };
  const view = chartView(heard.send, host), start = state(ROWS, change);
  document.body.append(view.node);
  view.update(start);
  await settled();
  return { plotly, heard, host, view, start, box: find(view.node, ".chartbox") };
}

describe("drawing", () => {
  test("plotly is fetched once, and the sentence says what it shows", async () => {
    const { host, plotly, box } = await opened();
    expect(host.plotly).toHaveBeenCalledOnce();
    expect(plotly.drawn).toHaveLength(1);
    expect(box.getAttribute("role")).toBe("img");
    expect(box.getAttribute("aria-label")).toContain("AUC_weighted of 2 iterations");
  });
  test("news are drawn at most once a second, and the last of them never forgotten", async () => {
    const { view, plotly, start } = await opened();
    vi.advanceTimersByTime(1000);
    for (let n = 4; n < 10; n += 1) { view.update({ ...start, model: model([...ROWS, done(n, 0.9)]) }); await settled(); }
    expect(plotly.drawn).toHaveLength(2);
    vi.advanceTimersByTime(1000);
    await settled();
    expect(plotly.drawn).toHaveLength(3);
    expect(JSON.stringify(plotly.drawn[2]?.data)).toContain('"customdata":[0,9]');
  });
  test("another metric is drawn at once", async () => {
    const { view, plotly, start } = await opened();
    view.update({ ...start, metric: "log_loss" });
    await settled();
    expect(plotly.drawn).toHaveLength(2);
  });
  test("what changes nothing draws nothing", async () => {
    const { view, plotly, start } = await opened();
    view.update({ ...start, now: start.now + 1, filter: "x", hovered: 1 });
    vi.advanceTimersByTime(3000);
    await settled();
    expect(plotly.drawn).toHaveLength(1);
  });
  test("while a button is held the plot is left alone", async () => {
    const { view, plotly, start, box } = await opened();
    find(box, ".plotly-node").dispatchEvent(new Event("pointerdown"));
    view.update({ ...start, metric: "accuracy" });
    await settled();
    expect(plotly.drawn).toHaveLength(1);
    window.dispatchEvent(new Event("pointerup"));
    vi.advanceTimersByTime(1);
    await settled();
    expect(plotly.drawn).toHaveLength(2);
  });
  test("if plotly cannot come a line says so, and it can be tried again", async () => {
    const host = { plotly: vi.fn(async (): Promise<PlotlyLike> => { throw new Error("The kernel does not answer"); }) };
    const view = chartView(ear().send, host);
    document.body.append(view.node);
    view.update(state(ROWS));
    await settled();
    expect(view.node.textContent).toContain("The chart cannot be drawn: The kernel does not answer.");
    find(view.node, ".waiting button").click();
    await settled();
    expect(host.plotly).toHaveBeenCalledTimes(2);
  });
  test("without an iteration to draw plotly is not asked for", async () => {
    const heard = ear(), host = { plotly: vi.fn() };
    const view = chartView(heard.send, host);
    view.update(state([row(0)]));
    expect(host.plotly).not.toHaveBeenCalled();
    expect(find(view.node, ".nothing").textContent).toBe("The first point appears when the first iteration ends.");
  });
  test("dispose purges plotly and ends the timers", async () => {
    const { view, plotly, start } = await opened();
    view.update({ ...start, model: model([...ROWS, done(5, 0.9)]) });
    view.dispose();
    vi.advanceTimersByTime(5000);
    await settled();
    expect([plotly.purged, plotly.drawn.length]).toEqual([1, 1]);
  });
});

describe("pointer and keys", () => {
  test("a click selects, the pointer shows the tool-tip and tells the table", async () => {
    const { plotly, heard, view } = await opened();
    plotly.emit("plotly_hover", { points: [{ customdata: 1 }] });
    expect(heard.of("hover").pop()?.iteration).toBe(1);
    expect(find(view.node, ".tip").hidden).toBe(false);
    expect(find(view.node, ".tip").textContent).toContain("0.9700 ± 0.0010");
    plotly.emit("plotly_click", { points: [{ customdata: 1 }] });
    expect(heard.of("select")).toEqual([{ kind: "select", iteration: 1 }]);
    plotly.emit("plotly_unhover", {});
    expect(find(view.node, ".tip").hidden).toBe(true);
  });
  test("arrows go from point to point, Enter selects", async () => {
    const { box, heard } = await opened({ selected: null });
    for (const name of ["ArrowRight", "ArrowRight", "Enter"]) box.dispatchEvent(key(name));
    expect(heard.of("hover").map((one) => one.iteration)).toEqual([0, 1]);
    expect(heard.of("select")).toEqual([{ kind: "select", iteration: 1 }]);
    expect(heard.of("say").pop()?.text).toBe("Iteration 1, 0.9700 ± 0.0010");
  });
  test("keys have ends, and others are none of ours", () => {
    const points = [0, 1, 2].map((i) => ({ i, x: i, y: 1, spread: null, kind: "scored" as const }));
    expect([moved(points, 2, "ArrowRight")?.i, moved(points, null, "ArrowLeft")?.i, moved(points, 2, "Home")?.i, moved(points, 0, "End")?.i]).toEqual([2, 2, 0, 2]);
    expect(moved(points, 0, "a")).toBeNull();
    expect(moved([], null, "ArrowRight")).toBeNull();
  });
  test("Escape resets a dragged range, and only then is it ours", async () => {
    const { box, plotly } = await opened();
    const seen = vi.fn();
    document.body.addEventListener("keydown", seen);
    box.dispatchEvent(key("Escape"));
    expect(seen).toHaveBeenCalledOnce();
    plotly.emit("plotly_relayout", { "xaxis.range[0]": 0, "xaxis.range[1]": 1, "yaxis.range[0]": 0.9, "yaxis.range[1]": 0.96 });
    await settled();
    expect(plotly.drawn.at(-1)?.layout).toMatchObject({ yaxis: { range: [0.9, 0.96] } });
    box.dispatchEvent(key("Escape"));
    await settled();
    expect(plotly.drawn.at(-1)?.layout).not.toMatchObject({ yaxis: { range: [0.9, 0.96] } });
    expect(seen).toHaveBeenCalledOnce();
  });
  test("a double click shows all, another goes back", async () => {
    const { view, plotly, start } = await opened();
    const far = model([...[0.95, 0.96, 0.97, 0.955, 0.965].map((y, i) => done(i, y)), done(9, 0.1)]);
    view.update({ ...start, model: far });
    vi.advanceTimersByTime(2000);
    const low = (): number => ((plotly.drawn.at(-1)?.layout as { yaxis: { range: number[] } }).yaxis.range[0] as number);
    await settled();
    expect(low()).toBeGreaterThan(0.9);
    plotly.emit("plotly_doubleclick", {});
    await settled();
    expect(low()).toBeLessThanOrEqual(0.1);
    plotly.emit("plotly_doubleclick", {});
    await settled();
    expect(low()).toBeGreaterThan(0.9);
  });
  test("the selected point and the one under the pointer are ringed without drawing again", async () => {
    const { view, plotly, start } = await opened({ selected: 0 });
    view.update({ ...start, hovered: 1 });
    const [chosen, near] = [...view.node.querySelectorAll<HTMLElement>(".ring")];
    expect([chosen?.hidden, near?.hidden]).toEqual([false, false]);
    expect(plotly.drawn).toHaveLength(1);
  });
});

describe("tool bar", () => {
  test("has every metric and says what was chosen", async () => {
    const { view, heard } = await opened();
    const metric = find<HTMLSelectElement>(view.node, "select.metric");
    expect([...metric.options].map((option) => option.value)).toContain("matthews_correlation");
    metric.value = "log_loss";
    metric.dispatchEvent(new Event("change"));
    expect(heard.of("metric")).toEqual([{ kind: "metric", name: "log_loss" }]);
  });
  test("offers a logarithmic axis for losses only", async () => {
    const { view, start, heard } = await opened();
    const log = [...view.node.querySelectorAll("button")].find((button) => button.textContent === "Log");
    expect(log?.hidden).toBe(true);
    view.update({ ...start, metric: "log_loss" });
    expect(log?.hidden).toBe(false);
    log?.click();
    expect(heard.of("logScale")).toEqual([{ kind: "logScale", on: true }]);
  });
  test("saves a picture and shows the data as a table", async () => {
    const { view, plotly } = await opened();
    find(view.node, "[aria-label='Save as PNG']").click();
    expect(plotly.downloadImage).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ format: "png", filename: "digits-classification-AUC_weighted" }));
    find(view.node, "[aria-label='Show as table']").click();
    expect(find(view.node, ".chartbox").hidden).toBe(true);
    expect([...view.node.querySelectorAll("tbody tr")].map((line) => line.textContent)).toEqual([
      "0MaxAbsScaler LightGBM0.9500± 0.00100.9500", "1MaxAbsScaler LightGBM0.9700± 0.00100.9700", "2MaxAbsScaler LightGBMInput X contains infinity.–0.9700",
    ]);
  });
});

test("a pace is at once the first time, then waits, and ends with its signal", () => {
  const act = vi.fn(), ends = new AbortController(), pace = paced(act, 1000, ends.signal);
  pace.soon();
  pace.soon();
  pace.soon();
  expect(act).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1000);
  expect(act).toHaveBeenCalledTimes(2);
  pace.soon();
  ends.abort();
  vi.advanceTimersByTime(9000);
  pace.now();
  expect(act).toHaveBeenCalledTimes(2);
});
