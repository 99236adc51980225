import { describe, expect, test } from "vitest";
import { toRgb } from "../src/views/chart-colours";
import { zoomOf } from "../src/views/chart-canvas";
import { bestPoint, horizontalOf, pointsOf, scaleOf, scaleOptions } from "../src/views/chart-data";
import { frameOf, layoutOf, leftOf, markOf, tickTexts, topOf, tracesOf, unlabelled, type Colours, type Drawing } from "../src/views/chart-figure";
import { bestSoFar } from "../src/progress";
import type { Model } from "../src/model";
import { done, failed, model, running } from "./panel-make";

const COLOURS: Colours = { bg: "bg", ink: "ink", text: "text", dim: "dim", faint: "faint", control: "control", line: "line", accent: "accent", err: "err", font: "font" };

function drawing(one: Model, change: Partial<Drawing> = {}, metric = "AUC_weighted", log = false): Drawing {
  const points = pointsOf(one, metric, "iteration", 0);
  return {
    points, best: bestPoint(one, metric, points), steps: bestSoFar(one, metric, "iteration"), scale: scaleOf(points, scaleOptions(one, metric, log, false)),
    across: horizontalOf(one, points, "iteration", 600, change.zoom?.x ?? null), zoom: null, width: 672, height: 218, write: String, ...change,
  };
}

type Marker = { color?: string; size?: number; symbol?: string };
const byMarker = (made: Record<string, unknown>[], test: (marker: Marker) => boolean): Record<string, unknown>[] => made.filter((trace) => trace["marker"] && test(trace["marker"] as Marker));
const MIXED = [done(0, 0.95), done(1, 0.97), done(2, 0.96), done(3, 0.965), done(4, 0.5), failed(5), running(6, [0.96])];

describe("pixels", () => {
  test("a point is where plotly puts it", () => {
    const frame = frameOf(drawing(model(MIXED, { status: { n_iterations: 8 } })));
    expect([frame.left, frame.top, frame.width, frame.height]).toEqual([56, 10, 600, 168]);
    expect(leftOf(frame, -0.5)).toBe(56);
    expect(leftOf(frame, 7.5)).toBe(656);
    expect(topOf(frame, frame.y[1])).toBe(10);
    expect(topOf(frame, frame.y[0])).toBe(178);
  });
  test("on a logarithmic axis too", () => {
    const frame = { left: 0, top: 0, width: 100, height: 100, x: [0, 1] as const, y: [0.01, 100] as const, log: true, zoomed: false };
    expect(topOf(frame, 1)).toBeCloseTo(50);
  });
  test("outliers are at the edge, but out of a dragged range they are nowhere", () => {
    const one = drawing(model(MIXED, { status: { n_iterations: 8 } })), outlier = one.points[4];
    expect(outlier && markOf(frameOf(one), outlier)?.top).toBe(171);
    expect(outlier && markOf(frameOf({ ...one, zoom: { x: [0, 6], y: [0.9, 1] } }), outlier)).toBeNull();
  });
});

describe("traces", () => {
  test("the best is filled in accent, running ones are hollow, no score is a cross on the axis, outliers are triangles with their value", () => {
    const made = tracesOf(drawing(model(MIXED)), COLOURS);
    expect(byMarker(made, (marker) => marker.color === "accent").map((trace) => trace["customdata"])).toEqual([[1]]);
    expect(byMarker(made, (marker) => marker.color === "bg" && !marker.symbol)[0]?.["customdata"]).toEqual([6]);
    expect(byMarker(made, (marker) => marker.symbol === "x-thin")[0]).toMatchObject({ customdata: [5], yaxis: "y2" });
    expect(byMarker(made, (marker) => marker.symbol === "triangle-down")[0]).toMatchObject({ customdata: [4] });
    expect(made.find((trace) => trace["mode"] === "text")).toMatchObject({ text: ["0.50"] });
  });
  test("the best so far goes on to the last point", () => {
    const made = tracesOf(drawing(model(MIXED)), COLOURS), step = made.find((trace) => (trace["line"] as { shape?: string } | undefined)?.shape === "hv");
    expect(step?.["x"]).toEqual([0, 1, 6]);
    expect(step?.["y"]).toEqual([0.95, 0.97, 0.97]);
  });
  test("over 500 points are small and without whiskers", () => {
    const made = tracesOf(drawing(model(Array.from({ length: 501 }, (_, i) => done(i, 0.9 + (i % 50) / 1000)))), COLOURS);
    expect(made.some((trace) => (trace["line"] as { color?: string } | undefined)?.color === "faint")).toBe(false);
    expect(byMarker(made, (marker) => marker.color === "control" && !marker.symbol)[0]?.["marker"]).toMatchObject({ size: 4 });
  });
  test("no foreign text reaches plotly, which reads some tags in it", () => {
    const evil = "<a href='https://example.org'>x</a>";
    const one = drawing(model([done(0, 0.9, { alg: evil, pre: evil, reason: evil }), failed(1, { reason: evil })], { facts: { name: evil } }));
    expect(JSON.stringify([tracesOf(one, COLOURS), layoutOf(one, COLOURS, [0, 1])])).not.toContain("href");
  });
  test("points without a label are counted", () => {
    const rows = [...Array.from({ length: 60 }, (_, i) => done(i, 0.95 + (i % 5) / 1000)), ...Array.from({ length: 9 }, (_, i) => done(60 + i, 0.3 + i / 100))];
    expect(unlabelled(drawing(model(rows)))).toEqual({ below: 7, above: 0 });
  });
  test("without any score there is neither a scale nor a drag", () => {
    const one = drawing(model([failed(0)]));
    expect(layoutOf(one, COLOURS, [])).toMatchObject({ dragmode: false, yaxis: { tickvals: [], ticktext: [] } });
  });
});

describe("numbers on the axis", () => {
  test("have the decimals of their distance", () => {
    expect(tickTexts([0.98, 0.985, 1], { ticks: [0.98, 0.985], log: false })).toEqual(["0.980", "0.985", "1.000"]);
    expect(tickTexts([-2.5, 0, 2.5], { ticks: [-2.5, 0], log: false })).toEqual(["−2.5", "0.0", "2.5"]);
    expect(tickTexts([10_000, 2_500_000], { ticks: [10_000, 20_000], log: false })).toEqual(["10k", "2.5M"]);
    expect(tickTexts([0.05, 0.1, 0.00001], { ticks: [0.05, 0.1], log: true })).toEqual(["0.05", "0.1", "1e−5"]);
  });
});

describe("what the user drags", () => {
  const one = drawing(model(MIXED));
  test("both ways, or across only, is a range in data units", () => {
    expect(zoomOf({ "xaxis.range[0]": 1, "xaxis.range[1]": 2, "yaxis.range[0]": 0.9, "yaxis.range[1]": 0.95 }, one)).toEqual({ x: [1, 2], y: [0.9, 0.95] });
    expect(zoomOf({ "xaxis.range[0]": 1, "xaxis.range[1]": 2 }, one)).toEqual({ x: [1, 2], y: frameOf(one).y });
    expect(zoomOf({ "yaxis.range[0]": -1, "yaxis.range[1]": 0 }, drawing(model(MIXED), {}, "log_loss", true))?.y).toEqual([0.1, 1]);
  });
  test("other messages are none of ours", () => {
    expect(zoomOf({ width: 3 }, one)).toBeNull();
  });
});

test("mixed colours become what plotly can read", () => {
  expect(toRgb("color(srgb 0.5 0 1)")).toBe("rgb(128, 0, 255)");
  expect(toRgb("color(srgb 0.5 0 1 / 0.25)")).toBe("rgba(128, 0, 255, 0.25)");
  expect(toRgb("rgb(1, 2, 3)")).toBe("rgb(1, 2, 3)");
  expect(toRgb("")).toBe("rgb(128, 128, 128)");
});
