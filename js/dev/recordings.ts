/** Recorded runs for development and tests, made up from a seed: five rows, twenty that run, all failed, nothing yet, thousands. */

import type { Recording } from "../src/hosts/http";
import { explanation } from "./explanation";
import type { Facts, Guardrail, Importance, MetricInfo, Patch, Row, Setup, Status } from "../src/types";

export const T0 = 1_780_000_000;

/** A small generator of numbers from 0 to 1, the same for the same seed. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const bounded = (name: string): MetricInfo => ({ name, goal: "max", bounds: [0, 1] });
const METRICS: MetricInfo[] = [
  ...["AUC_weighted", "AUC_macro", "AUC_micro", "accuracy", "average_precision_score_weighted", "balanced_accuracy", "f1_score_weighted", "norm_macro_recall", "precision_score_weighted", "recall_score_weighted"].map(bounded),
  { name: "log_loss", goal: "min", bounds: null }, { name: "matthews_correlation", goal: "max", bounds: [-1, 1] },
];

export function facts(change: Partial<Facts> = {}): Facts {
  return {
    id: "AutoML_7f3c21e4", name: "digits-classification", experiment: "digits", task: "classification", primary_metric: "AUC_weighted",
    metrics: METRICS, created_at: T0, n_rows: 1797, n_columns: 64, n_classes: 10, validation: "5-fold cross-validation, stratified",
    n_folds: 5, n_slots: 2, random_state: 42, seconds_asked: 900, iteration_seconds: 120, folder: "/home/user/automl_workspace/runs/AutoML_7f3c21e4",
    versions: { "scikit-learn": "1.9.0" }, ...change,
  };
}

export function status(change: Partial<Status> = {}): Status {
  return { state: "running", reason: null, stage: null, error: null, n_iterations: 20, n_slots: 2, best: null, started_at: T0, ended_at: null, now: T0 + 334, ...change };
}

export function row(i: number, change: Partial<Row> = {}): Row {
  return {
    i, state: "queued", attempt: 0, pre: "MaxAbsScaler", alg: "LightGBM", origin: "portfolio", stage: null, score: null, spread: null, folds: [], n_folds: 5,
    metrics: {}, params: {}, changed: [], members: [], reason: null, error: null, started_at: null, ended_at: null, fit_s: null, refit_s: null,
    predict_ms: null, memory_mb: null, model_mb: null, pid: null, warnings: [], ...change,
  };
}

const LIGHTGBM = { boosting_type: "gbdt", colsample_bytree: 0.7922, learning_rate: 0.0842, max_bin: 63, max_depth: 7, min_child_samples: 9, n_estimators: 400, num_leaves: 47, reg_alpha: 0, reg_lambda: 0.526315789 };

/** An ended row with a score; five folds around it. */
export function scored(i: number, score: number, change: Partial<Row> & { started_at: number; ended_at: number }): Row {
  const spread = change.spread ?? 0.0012;
  const metrics = Object.fromEntries(METRICS.map((one, k) => [one.name, one.name === "log_loss" ? 0.3 - score * 0.2 : k < 3 ? score : score - 0.02]));
  return row(i, {
    state: "completed", score, spread, folds: [-1.3, -0.4, 0, 0.3, 1.4].map((z) => score + z * spread), metrics, params: LIGHTGBM, changed: ["learning_rate", "max_bin", "num_leaves", "max_depth", "reg_lambda"],
    fit_s: change.ended_at - change.started_at, refit_s: (change.ended_at - change.started_at) / 5.4, predict_ms: 4.1, memory_mb: 226, model_mb: 3.4, pid: 48213, ...change,
  });
}

export const GUARDRAILS: Guardrail[] = [
  { name: "Constant columns", state: "done", description: "pixel_0_0, pixel_4_0 and pixel_4_7 hold one value; dropped", details: [{ column: "pixel_0_0" }, { column: "pixel_4_0" }, { column: "pixel_4_7" }] },
  { name: "Validation", state: "done", description: "no validation data given; 5-fold cross-validation, stratified", details: [] },
  { name: "Missing values", state: "passed", description: "none in 1,797 rows", details: [] },
  { name: "Class balance", state: "passed", description: "smallest class 9.7 %, largest 10.2 %", details: [] },
  { name: "High cardinality", state: "passed", description: "no text or identifier column", details: [] },
  { name: "Duplicate rows", state: "passed", description: "none", details: [] },
];

const DIGITS: readonly (readonly [pre: string, alg: string, score: number | null, spread: number, seconds: number, memory: number])[] = [
  ["MaxAbsScaler", "LightGBM", 0.9968, 0.0011, 31.4, 212], ["MaxAbsScaler", "XGBoostClassifier", 0.9957, 0.0014, 58.2, 241],
  ["MaxAbsScaler", "RandomForest", 0.9921, 0.0019, 22.6, 318], ["StandardScalerWrapper", "LogisticRegression", 0.9948, 0.0012, 18.9, 164],
  ["MinMaxScaler", "ExtremeRandomTrees", 0.9934, 0.0016, 24.1, 327], ["StandardScalerWrapper", "KNN", 0.9893, 0.0024, 14.3, 158],
  ["TruncatedSVDWrapper", "GradientBoosting", 0.9871, 0.0031, 112, 286], ["MaxAbsScaler", "SVM", 0.9976, 0.0009, 36.7, 203],
  ["RobustScaler", "SGD", 0.9702, 0.0058, 11.2, 151], ["StandardScalerWrapper", "XGBoostClassifier", null, 0, 120, 244],
  ["SparseNormalizer", "LightGBM", 0.9941, 0.0015, 44.8, 219], ["StandardScalerWrapper", "LightGBM", 0.9983, 0.0006, 52.3, 226],
  ["MaxAbsScaler", "BernoulliNaiveBayes", 0.9531, 0.0071, 9.6, 149], ["PCA", "KNN", 0.9909, 0.0022, 16.2, 171],
  ["StandardScalerWrapper", "SVM", 0.9979, 0.0009, 40, 209], ["MaxAbsScaler", "LightGBM", 0.9962, 0.001, 36, 222],
  ["RobustScaler", "LightGBM", 0.9975, 0.001, 41, 214], ["StandardScalerWrapper", "CatBoostClassifier", 0.9972, 0.0009, 60, 260],
  ["", "VotingEnsemble", 0.9991, 0.0004, 9, 240], ["", "StackEnsemble", 0.9988, 0.0005, 14, 250],
];

/** The rows of the digits run when `ended` of them have ended and two run, on two slots. */
function digits(ended: number, running: number): Row[] {
  const free = [T0 + 6, T0 + 6];
  return DIGITS.map(([pre, alg, score, spread, seconds, memory_mb], i) => {
    const slot = (free[0] as number) <= (free[1] as number) ? 0 : 1, started_at = free[slot] as number, ended_at = started_at + seconds;
    const common = { pre, alg, memory_mb, pid: 48200 + i, started_at, origin: pre ? ("portfolio" as const) : ("ensemble" as const) };
    if (i >= ended + running) return row(i, { pre, alg, origin: common.origin });
    free[slot] = ended_at;
    if (i >= ended) {
      const folds = i === ended ? [0.9981, 0.9975, 0.9981] : [0.9962];
      return row(i, { ...common, state: "running", started_at: T0 + 334 - (i === ended ? 29.1 : 11.6), folds, stage: `fold ${folds.length + 1} of 5` });
    }
    if (score === null) return row(i, { ...common, state: "timeout", ended_at, reason: "took longer than 120 s", error: "TimeoutError: iteration 9 took longer than iteration_timeout_minutes=2" });
    const members = alg === "VotingEnsemble" ? [{ i: 11, weight: 0.4 }, { i: 7, weight: 0.35 }, { i: 0, weight: 0.25 }] : [];
    return scored(i, score, { ...common, spread, ended_at, members });
  });
}

const PIXELS = ["pixel_2_5", "pixel_5_2", "pixel_3_4", "pixel_4_2", "pixel_2_2", "pixel_4_4", "pixel_6_5", "pixel_3_3", "pixel_1_5", "pixel_7_4", "pixel_5_5", "pixel_6_2"];

function importance(i: number): Importance {
  const features = PIXELS;
  const overall = [0.412, 0.377, 0.341, 0.318, 0.287, 0.241, 0.226, 0.198, 0.171, 0.154, 0.12, 0.1];
  const classes = Array.from({ length: 10 }, (_, k) => String(k));
  return {
    i, state: "completed", reason: null, features, overall, classes, per_class: classes.map((_, k) => overall.map((value, f) => (value / 10) * (1 + 0.4 * Math.sin(k + f)))),
    rest: 3.918, n_features: 61, method: "TreeExplainer", unit: "log-odds", n_rows: 500, n_background: 100, seconds: 2.1,
  };
}

const LOG = [
  "iteration 14: StandardScalerWrapper SVM, 5 folds, 2 threads, limit 120 s", "data mapped: 1,797 x 61 float32, 0.4 MB", "fold 1/5  AUC_weighted 0.9981  7.1 s",
  "fold 2/5  AUC_weighted 0.9975  7.3 s", "WARNING liblinear did not converge in 100 iterations", "fold 3/5  AUC_weighted 0.9981  7.0 s", "fold 4/5  fitting", "ERROR \u001b[31mred\u001b[0m text with a control character",
].map((line, k) => `2026-05-28 17:42:${String(8 + 3 * k).padStart(2, "0")},123 ${line}`).join("\n") + "\n";

const CODE = 'from lightgbm import LGBMClassifier\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n\n# iteration 11\nmodel = make_pipeline(\n    StandardScaler(),\n    LGBMClassifier(learning_rate=0.0842, num_leaves=47),\n)\n';
const DIAGRAM = JSON.stringify({ columns: [{ title: "digits", detail: "61 numeric" }, { title: "StandardScaler", detail: "with mean" }, { title: "LightGBM", detail: "10 classes" }] });

const EXPLANATION = JSON.stringify(explanation(PIXELS, random(11)));

const patch = (change: Partial<Patch>): Patch => ({ v: 1, run: "AutoML_7f3c21e4", after: 0, seq: 57, facts: facts(), status: status(), rows: [], guardrails: GUARDRAILS, importance: [], ...change });

const texts = (n: number): Pick<Recording, "logs" | "files"> => ({
  logs: Object.fromEntries(Array.from({ length: n }, (_, i) => [i, LOG.replaceAll("iteration 14", `iteration ${i}`)])),
  files: Object.fromEntries(Array.from({ length: n }, (_, i) => [i, { "code.py": CODE, "pipeline.json": DIAGRAM, "explanation.json": EXPLANATION, "report.html": "<!DOCTYPE html><p>report" }])),
});

export function running(): Recording {
  return { patch: patch({ rows: digits(14, 2), status: status({ best: 11 }), importance: [importance(11)] }), connection: { kind: "live" }, ...texts(20) };
}

export function finished(): Recording {
  const ended = status({ state: "completed", best: 18, ended_at: T0 + 497, reason: "all iterations done", now: T0 + 520 });
  return { patch: patch({ rows: digits(20, 0), status: ended, importance: [importance(18)] }), connection: { kind: "disk" }, ...texts(20) };
}

export function failed(): Recording {
  const rows = digits(0, 0).map((one) => (one.i > 2 ? one : { ...one, state: "oom" as const, started_at: T0 + 7 * one.i, ended_at: T0 + 7 * one.i + 6.7, memory_mb: 519, reason: "asked for 521 MB, 512 MB are allowed", error: "TrialOutOfMemory: iteration was ended by the engine while it was in fold 1 of 5. Raise `worker_memory_mb`, or take fewer slots than 2." }));
  const error = "Each worker may use 512 MB (worker_memory_mb=512); the largest asked for 521 MB. Give at least 1,024 MB, or run 1 slot instead of 2.";
  const alert: Guardrail = { name: "Memory", state: "alerted", description: "2 slots of 512 MB leave 190 MB for a pipeline once the libraries are loaded", details: [] };
  return {
    patch: patch({ rows, guardrails: [alert, ...GUARDRAILS.slice(1)], status: status({ state: "failed", error, reason: "after 3 failures in a row", ended_at: T0 + 21, now: T0 + 60 }) }),
    connection: { kind: "disk" }, ...texts(3),
  };
}

export function empty(): Recording {
  const planned = digits(0, 0).slice(0, 3);
  return { patch: patch({ rows: planned, guardrails: GUARDRAILS.slice(2, 4), status: status({ state: "preparing", stage: "reading data", now: T0 + 3 }) }), connection: { kind: "live" } };
}

export function interrupted(): Recording {
  const found = status({ state: "interrupted", best: 11, ended_at: null, reason: "the kernel has ended", now: T0 + 400 });
  return { patch: patch({ rows: digits(14, 2).map((one) => (one.state === "running" ? { ...one, state: "lost" as const, ended_at: T0 + 340, reason: "the kernel has ended" } : one)), status: found }), connection: { kind: "disk" }, ...texts(20) };
}

export function five(): Recording {
  const rows = digits(5, 0).slice(0, 5);
  return { patch: patch({ rows, status: status({ state: "canceled", n_iterations: 5, best: 0, ended_at: T0 + 98, reason: "stopped by you", now: T0 + 120 }) }), connection: { kind: "disk" }, ...texts(5) };
}

const NAMES = ["LightGBM", "RandomForest", "ExtremeRandomTrees", "LogisticRegression", "KNN", "GradientBoosting", "SVM", "SGD"], SCALERS = ["MaxAbsScaler", "StandardScalerWrapper", "RobustScaler", "PCA"];

/** `n` rows, most of them ended: for speed. */
export function many(n = 5000): Recording {
  const draw = random(7), pick = <T>(from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;
  const rows = Array.from({ length: n }, (_, i) => {
    const started_at = T0 + i * 1.7, ended_at = started_at + 1 + 5 * draw(), pre = pick(SCALERS), alg = pick(NAMES), score = 1 - 0.02 * draw() ** 2 - 0.2 * draw() ** 8;
    const params = { max_depth: 3 + Math.floor(9 * draw()), learning_rate: 10 ** (-3 + 2.5 * draw()), n_estimators: 100 * (1 + Math.floor(9 * draw())), reg_lambda: draw() < 0.5 ? 0 : draw() };
    if (i >= n - 2) return row(i, { pre, alg, state: "running", started_at: T0 + n * 1.7 - 3, folds: [0.99], stage: "fold 2 of 5", params, memory_mb: 200 });
    if (draw() < 0.03) return row(i, { pre, alg, state: "failed", started_at, ended_at, reason: "ValueError: Input X contains NaN.", error: "ValueError: Input X contains NaN.", params });
    return scored(i, Math.min(1, score), { pre, alg, started_at, ended_at, spread: 0.004 * draw(), params, memory_mb: 150 + 200 * draw() });
  });
  return { patch: patch({ rows, seq: n + 10, facts: facts({ seconds_asked: null }), status: status({ n_iterations: n, now: T0 + n * 1.7 }) }), connection: { kind: "live" }, ...texts(20) };
}

/** Names of another hand: markup, control characters, right to left, very long. */
export function hostile(): Recording {
  const names = ["<img src=x onerror=alert(1)>", "\u001b[31mred\u001b[0m\u0007", "مصنف شجرة القرار", "a".repeat(400), "\u202egnirts desrever", "New\nline\ttab", ""];
  const rows = names.map((alg, i) => scored(i, 0.9 - i * 0.01, { pre: i % 2 ? "" : "Scaler \u200b", alg, started_at: T0 + i, ended_at: T0 + i + 5 * i, params: { [alg || "x"]: alg } }));
  return {
    patch: patch({ rows, facts: facts({ name: "<b>bold</b> \u202eevil", primary_metric: "normalized_root_mean_squared_error", metrics: [{ name: "normalized_root_mean_squared_error", goal: "min", bounds: null }] }), status: status({ best: 6, n_iterations: 7 }) }),
    connection: { kind: "disconnected", since: T0 + 322 }, ...texts(7),
  };
}

/** A regression whose scores have no bounds, lower is better. */
export function regression(): Recording {
  const scores = [3120.44, 2890.1, 1284.31, 1530.5, 1284.31, 9800.2, 45000.7];
  const rows = scores.map((score, i) => scored(i, score, { pre: "StandardScaler", alg: NAMES[i] ?? "KNN", started_at: T0 + 10 * i, ended_at: T0 + 10 * i + 9, spread: score / 40, folds: [-1, 0, 1].map((z) => score * (1 + z / 40)), n_folds: 3, metrics: { root_mean_squared_error: score, r2_score: 1 - score / 50_000 } }));
  const metrics: MetricInfo[] = [{ name: "root_mean_squared_error", goal: "min", bounds: null }, { name: "r2_score", goal: "max", bounds: [-1, 1] }];
  return {
    patch: patch({ rows, facts: facts({ name: "houses", task: "regression", primary_metric: "root_mean_squared_error", metrics, n_classes: null, seconds_asked: 10_800, n_folds: 3 }), status: status({ state: "paused", best: 2, n_iterations: 12, now: T0 + 7500 }) }),
    connection: { kind: "live" }, ...texts(7),
  };
}

/** A running iteration with a log of 100,000 lines. */
export function longlog(): Recording {
  const lines = Array.from({ length: 100_000 }, (_, k) => `2026-05-28 17:42:08,123 line ${k}`);
  return { ...running(), logs: { 14: `${lines.join("\n")}\n` } };
}

const READ = "reading 12 files from the datastore\n2026-05-28 17:42:08,123 1,797 rows, 64 columns\n";

/** A script reads the data of a run that has nothing else yet. */
export function setup(): Recording {
  const script: Setup = { script: "get_data.py", state: "running", reason: null, started_at: T0 + 1, ended_at: null };
  return { patch: patch({ guardrails: [], facts: facts({ n_rows: null, n_columns: null, n_classes: null, validation: null }), status: status({ state: "preparing", stage: "running get_data.py", setup: script, now: T0 + 14 }) }), connection: { kind: "live" }, logs: { [-1]: READ } };
}

export function setupFailed(): Recording {
  const reason = "ModuleNotFoundError: No module named 'no_such_<b>package</b>'", { patch: before } = setup();
  const script: Setup = { script: "get_data.py", state: "failed", reason, started_at: T0 + 1, ended_at: T0 + 19.4 };
  const error = `Traceback (most recent call last):\n  File "get_data.py", line 3, in <module>\n    import no_such_package\n${reason}`;
  return {
    patch: { ...before, status: status({ state: "failed", setup: script, error, reason, ended_at: T0 + 20, now: T0 + 60 }) }, connection: { kind: "disk" },
    logs: { [-1]: `${READ}${error}\n` },
  };
}

/** The data are there, and iterations run. */
export function setupDone(): Recording {
  const script: Setup = { script: "get_data.py", state: "completed", reason: null, started_at: T0 + 1, ended_at: T0 + 5.2 }, found = running();
  return { ...found, patch: { ...found.patch, status: status({ best: 11, setup: script }) }, logs: { ...found.logs, [-1]: READ } };
}

export const RECORDINGS = { setup, setupFailed, setupDone, longlog, running, interrupted, finished, failed, empty, five, many, hostile, regression };
