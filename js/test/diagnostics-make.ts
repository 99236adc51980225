/** Small diagnostics, as Python writes them. */

import type { Curves, Diagnostics } from "../src/types";

export function curves(area: number): Curves {
  return {
    roc: { x: [0, 0.1, 1], y: [0, area, 1], area }, precision_recall: { x: [0, 0.5, 1], y: [1, area, 0.4], area: area - 0.1 }, gain: { x: [0, 0.5, 1], y: [0, area, 1] },
    calibration: { error: 0.02, predicted: [0.1, 0.9], happened: [0.2, 0.8], weight: [10, 20] },
  };
}

export function classified(change: Partial<Diagnostics> = {}): Diagnostics {
  return {
    task: "classification", n_rows: 30, n_folds: 3, is_weighted: false, rows_of: "training", n_classes: 3, positive: null, labels: { 0: "ant", 1: "bee", 2: "<i>cat" },
    confusion: { classes: [0, 1, 2], counts: [[9, 1, 0], [0, 7, 3], [0, 0, 10]], n_wrong: 4, n_outside: 0, frequent: [[1, 2, 3], [0, 1, 1]] },
    curves: { n_rows: 30, averages: { macro: curves(0.91), weighted: curves(0.92), micro: curves(0.93) }, classes: [0.99, 0.8, 0.95].map((area, k) => ({ class: k, support: 10, ...curves(area) })) },
    features: { n_rows: 30, n_features: 2, shown: [
      { name: "size", tells: 0.3, kind: "number", edges: [0, 1, 2], counts: [20, 0, 10], error: [0.1, null, 0.3] },
      { name: "town", tells: 0.1, kind: "category", levels: ["Rome"], counts: [10, 15, 5], error: [0.1, 0.2, 0.4] },
    ] },
    worst: [{ row: 7, fold: 1, true: 1, predicted: 2, p_true: 0.01, p_predicted: 0.9, loss: 4.6052 }],
    ...change,
  };
}

export function binary(): Diagnostics {
  const threshold = Array.from({ length: 101 }, (_, k) => k / 100);
  return classified({
    n_classes: 2, positive: 1, confusion: { classes: [0, 1], counts: [[9, 1], [3, 7]], n_wrong: 4, n_outside: 0, frequent: [[1, 0, 3]] },
    curves: { n_rows: 30, averages: { weighted: curves(0.9) }, classes: [0, 1].map((k) => ({ class: k, support: 10, ...curves(0.9 + k / 100) })) },
    thresholds: { threshold, counts: threshold.map((one) => { const misses = Math.floor(one * 10), alarms = Math.floor((1 - one) * 10); return [10 - misses, alarms, 10 - alarms, misses]; }) },
  });
}

export function valued(change: Partial<Diagnostics> = {}): Diagnostics {
  const by = { x: [1, 2, 3], mean: [1.1, 2, 2.8], std: [0.1, 0.1, 0.2], low: [0.9, 1.8, 2.5], high: [1.3, 2.2, 3.1], counts: [4, 4, 4] };
  return {
    task: "regression", n_rows: 12, n_folds: 1, is_weighted: false, rows_of: "validation", predicted_true: { edges: [0, 4], n_outside: 2, by_truth: by, points: [[1, 2], [1.1, 1.9]] },
    residuals: { edges: [-1, 0, 1], counts: [5, 6], n_below: 1, n_above: 0, mean: -0.01, std: 0.2, by_prediction: by },
    features: { n_rows: 12, n_features: 1, shown: [{ name: "size", tells: 0.3, kind: "number", edges: [0, 1, 2], counts: [6, 6, 0], error: [0.1, 0.3, null], bias: [-0.1, 0.3, null] }] },
    rounds: { metric: "root_mean_squared_error", round: [1, 5, 10], trained: [3, 2, 1], held: [3, 2.2, 2.5], n_rows: [20, 10] },
    worst: [{ row: 3, fold: 0, true: 1, predicted: 3, residual: 2 }], ...change,
  };
}
