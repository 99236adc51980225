// @vitest-environment happy-dom
import { describe, expect, test, vi } from "vitest";
import type { Diagnostics, Row } from "../src/types";
import { artifacts } from "../src/views/artifacts";
import { chartsTab } from "../src/views/diagnostics";
import { alsoOf, liftOf, lowestOf, mainOf } from "../src/views/diagnostics-curves";
import { captionOf, shownMatrix } from "../src/views/diagnostics-matrix";
import { plain, spanOf, ticks } from "../src/views/diagnostics-plot";
import { at, bestAt } from "../src/views/diagnostics-threshold";
import { binsOf } from "../src/views/diagnostics-values";
import { binary, classified, curves, valued } from "./diagnostics-make";
import { done, failed, find, running, settled, state } from "./panel-make";

const { signal } = new AbortController();

async function opened(found: Diagnostics | string, row: Row = done(0, 0.9), file = vi.fn(() => Promise.resolve(typeof found === "string" ? found : JSON.stringify(found)))) {
  const app = state([row]);
  let show = (): void => undefined;
  const files = artifacts({ file }, () => show()), view = chartsTab(files, signal);
  show = () => view.update({ app, row });
  show();
  await settled();
  const section = (title: string): HTMLElement => find(view.node, `section[aria-label="${title}"]`);
  const titles = (): string[] => [...view.node.querySelectorAll<HTMLElement>("section.diag")].filter((one) => !one.hidden).map((one) => one.getAttribute("aria-label") ?? "");
  return { view, section, titles, file };
}

describe("the tab", () => {
  test("shows the charts of classes", async () => {
    const { view, titles } = await opened(classified());
    expect(titles()).toEqual(["Confusion matrix", "ROC", "Precision and recall", "Calibration", "Gain", "Errors by feature", "Rows with the largest loss"]);
    expect(find(view.node, ".ctl > span").textContent).toBe("30 rows held back, 3 folds");
    expect([...find<HTMLSelectElement>(view.node, "[aria-label='Also show']").options].map((one) => one.textContent)).toEqual(["nothing else", "macro average", "micro average", "ant", "bee", "<i>cat"]);
  });
  test("two classes have a threshold, values have residuals and rounds", async () => {
    expect((await opened(binary())).titles()).toContain("Threshold");
    const { titles, view } = await opened(valued());
    expect(titles()).toEqual(["Predicted against true", "Residuals", "Residuals by prediction", "Errors by feature", "Learning curve", "Rows with the largest loss"]);
    expect(view.node.textContent).toContain("12 rows of validation data");
    expect(view.node.textContent).toContain("Lowest after about 5 rounds: more of them fit noise.");
  });
  test.each([
    [running(0), "Charts are drawn when the iteration has ended."], [failed(0), "No charts: the iteration ended without a score."],
  ])("asks for nothing before the end nor without a score", async (row, words) => {
    const { view, titles, file } = await opened(classified(), row);
    expect([titles(), file.mock.calls]).toEqual([[], []]);
    expect(view.node.textContent).toContain(words);
  });
  test("says what the engine says where there are none, and what is damaged", async () => {
    expect((await opened({ ...classified(), reason: "3 of 30 predictions are not finite numbers." })).view.node.textContent).toContain("3 of 30 predictions are not finite numbers.");
    expect((await opened("{\"task\":")).view.node.textContent).toContain("the file is damaged");
  });
  test("a file that cannot be read can be asked for again", async () => {
    const file = vi.fn(() => Promise.reject<string>(new Error("Iteration 0 has no diagnostics.json.")));
    const { view } = await opened("", done(0, 0.9), file);
    expect(view.node.textContent).toContain("The charts cannot be read. Iteration 0 has no diagnostics.json.");
    find<HTMLButtonElement>(view.node, "button:not([hidden])").click();
    await settled();
    expect(file).toHaveBeenCalledTimes(2);
  });
  test("text of the data is never markup", async () => {
    const { view } = await opened(classified());
    expect(view.node.querySelector("i")).toBeNull();
    expect(view.node.textContent).toContain("<i>cat");
  });
  test("every chart is a table on request", async () => {
    for (const found of [classified(), binary(), valued()]) {
      const { view, titles, section } = await opened(found);
      for (const button of view.node.querySelectorAll<HTMLButtonElement>("[title='Show as table']")) button.click();
      for (const title of titles()) expect(section(title).querySelectorAll(".dtable:not([hidden]) tbody tr").length, title).toBeGreaterThan(0);
    }
  });
});

describe("the matrix", () => {
  test("says what is confused most, in counts and shares", async () => {
    const { section } = await opened(classified()), matrix = section("Confusion matrix");
    expect(captionOf(classified())).toBe("Rows: true. Columns: predicted. 4 of 30 wrong; the most: bee read as <i>cat (3).");
    expect([...matrix.querySelectorAll(".q")].map((one) => one.textContent)).toEqual(["1", "3"]);
    find<HTMLButtonElement>(matrix, "[data-value=shares]").click();
    expect([...matrix.querySelectorAll(".q, .d")].map((one) => one.textContent)).toEqual(["90.0 %", "10.0 %", "70.0 %", "30.0 %", "100.0 %"]);
  });
  test("of more than 50 classes shows the 20 with most errors, without numbers over 20", async () => {
    const n = 50, counts = Array.from({ length: n }, (_, k) => Array.from({ length: n }, (__, j) => (k === j ? 5 : k === j + 1 && k > 29 ? 2 : 0)));
    const many = classified({ n_classes: 500, confusion: { classes: Array.from({ length: n }, (_, k) => k * 10), counts, n_wrong: 40, n_outside: 9, frequent: [] } });
    expect(shownMatrix(many).classes).toEqual(Array.from({ length: 20 }, (_, k) => (k + 29) * 10));
    expect(captionOf(many)).toContain("The 20 of 500 classes with most errors.");
    const { section } = await opened({ ...many, n_classes: 50 });
    expect(find(section("Confusion matrix"), ".cm").className).toBe("cm many");
  });
});

describe("curves", () => {
  test("the average is in accent, the lowest dashed, of two classes the positive one alone", () => {
    expect([mainOf(classified())?.words, lowestOf(classified(), "roc")?.words]).toEqual(["weighted", "bee, the lowest"]);
    expect([mainOf(binary())?.words, lowestOf(binary(), "roc")]).toEqual(["bee", null]);
    expect([alsoOf(classified(), "micro")?.words, alsoOf(classified(), "0")?.words, alsoOf(classified(), "")]).toEqual(["micro", "ant", null]);
  });
  test("another one is drawn on request, in all charts", async () => {
    const { view, section } = await opened(classified()), choice = find<HTMLSelectElement>(view.node, "[aria-label='Also show']");
    choice.value = "0";
    choice.dispatchEvent(new Event("change"));
    expect(section("ROC").textContent).toContain("ant 0.9900");
    expect(view.node.querySelectorAll(".dplot .curve.other")).toHaveLength(4);
  });
  test("a good model opens in the corner", async () => {
    const pressed = async (found: Diagnostics) => find((await opened(found)).section("ROC"), "[aria-pressed=true]").textContent;
    expect(await pressed(classified())).toBe("0 to 1");
    const good = classified(), shown = good.curves as NonNullable<Diagnostics["curves"]>;
    expect(await pressed({ ...good, curves: { ...shown, averages: { weighted: curves(0.99) } } })).toBe("Corner");
  });
  test("lift is gain over the share looked at", () => {
    expect(liftOf({ x: [0, 0.25, 1], y: [0, 0.5, 1] })).toEqual({ x: [0.25, 1], y: [2, 1] });
  });
});

describe("the threshold", () => {
  test("changes matrix and figures; costs find the cheapest", async () => {
    const { section } = await opened(binary()), threshold = section("Threshold"), slider = find<HTMLInputElement>(threshold, "input[type=range]");
    slider.value = "20";
    slider.dispatchEvent(new Event("input"));
    expect([...threshold.querySelectorAll(".cm .d, .cm .q")].map((one) => one.textContent)).toEqual(["8", "2", "8", "2"]);
    const [alarm, miss] = [...threshold.querySelectorAll<HTMLInputElement>("input.cost")];
    if (alarm && miss) { alarm.value = "0"; miss.value = "9"; }
    [...threshold.querySelectorAll("button")].find((one) => one.textContent === "Cheapest")?.click();
    expect([...threshold.querySelectorAll(".cm .d, .cm .q")].map((one) => one.textContent)?.[1]).toBe("0");
    expect(threshold.querySelector("dl")?.textContent).toContain("Cost0");
  });
  test("its rates are those of its own matrix", () => {
    expect(at(binary(), 20)).toMatchObject({ threshold: 0.2, tp: 8, fn: 2, precision: 0.5, recall: 0.8 });
    expect(at(classified({ thresholds: { threshold: [1], counts: [[0, 0, 4, 0]] } }), 0)).toMatchObject({ precision: null, recall: null, f1: null, accuracy: 1 });
    expect(bestAt(binary(), (one) => -Math.abs(one.threshold - 0.3))).toBe(30);
  });
});

describe("parts", () => {
  test("bins have names; those without rows are left out", () => {
    expect(classified().features?.shown.map((one) => binsOf(one).map((bin) => bin.words))).toEqual([["0 to 1", "missing"], ["Rome", "others", "missing"]]);
    expect(binsOf({ name: "day", tells: 0, kind: "time", edges: [0, 86_400], counts: [1, 0], error: [0.5, null] })[0]?.words).toBe("1970-01-01 to 1970-01-02");
  });
  test("the bias by feature has a sign", async () => {
    const { section } = await opened(valued()), features = section("Errors by feature");
    find<HTMLButtonElement>(features, "[data-value=bias]").click();
    expect([...features.querySelectorAll("rect title")].map((one) => one.textContent)).toEqual(["0 to 1: −0.1, 6 rows", "1 to 2: 0.3, 6 rows"]);
  });
  test("ticks are round and inside; a span is never empty", () => {
    expect(ticks([0, 1])).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([-3.2, 17])).toEqual([0, 5, 10, 15]);
    expect(ticks([1, 1])).toEqual([1]);
    expect([spanOf([]), spanOf([5, 5]), spanOf([null, 0])]).toEqual([[0, 1], [4.5, 5.5], [-1, 1]]);
    expect([plain(1234.5678), plain(-0.00001), plain(null), plain(0)]).toEqual(["1,235", "−1.0e-5", "–", "0"]);
  });
});
