/** A made-up explanation.json: pixels and a category, two hundred rows, ten classes. */

import type { Sample } from "../src/types";

export function explanation(features: readonly string[], draw: () => number): Sample {
  const rows = Array.from({ length: 200 }, (_, k) => 3 * k + 1), normal = (): number => draw() + draw() + draw() - 1.5;
  const cells = features.map((_, j) => ({ kind: "number" as const, x: rows.map(() => (j === 3 && draw() < 0.2 ? null : Math.round(16 * draw()))) }));
  const outputs = Array.from({ length: 10 }, (_, k) => ({
    label: String(k), expected: -2.3, rest: rows.map(() => 0.3 * normal()),
    values: features.map((_, j) => cells[j]?.x.map((x) => ((x ?? 8) - 8) * 0.06 * Math.cos(j + k) * (1 - 0.06 * j) + 0.25 * normal()) ?? []),
  }));
  const town = { kind: "category" as const, x: rows.map((_, k) => k % 3), levels: ["Bergen", "Oslo", "<b>Rome</b>"] };
  return { unit: "log-odds", n_features: 61, features: [...features], rows, outputs, cells: cells.map((one, j) => (j === 5 ? town : one)) };
}
