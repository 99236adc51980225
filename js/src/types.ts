/** The shapes on the wire, as Python's view/snapshot writes them, and nothing that only the page knows. */

export type Goal = "max" | "min";
export type RunState =
  | "preparing" | "running" | "paused" | "stopping" | "finalizing"
  | "completed" | "failed" | "canceled" | "interrupted";
export type TrialState =
  | "queued" | "running" | "canceling" | "completed" | "failed"
  | "canceled" | "timeout" | "crashed" | "oom" | "lost";
export type Scalar = string | number | boolean | null;

/** The only message from the engine to any page. Whole records, never their history: applying twice does no harm. */
export interface Patch {
  v: 1;
  run: string;
  /** The reader must have seen everything up to `after`; else it asks for what it lacks. */
  after: number;
  seq: number;
  facts?: Facts;
  status?: Status;
  rows?: Row[];
  guardrails?: Guardrail[];
  importance?: Importance[];
}

/** What does not change once the run has started. */
export interface Facts {
  id: string;
  name: string;
  experiment: string;
  task: "classification" | "regression";
  primary_metric: string;
  metrics: MetricInfo[];
  created_at: number;
  n_rows: number | null;
  n_columns: number | null;
  n_classes: number | null;
  /** For people: `5-fold cross-validation, stratified`. */
  validation: string | null;
  n_folds: number | null;
  n_slots: number;
  random_state: number;
  seconds_asked: number | null;
  iteration_seconds: number | null;
  /** Folder of the run on disk. */
  folder: string;
  versions: Record<string, string>;
}

export interface MetricInfo { name: string; goal: Goal; /** [worst, best] where both are bounded. */ bounds: [number, number] | null }

export interface Status {
  state: RunState;
  /** Why it ended, or what it waits for. */
  reason: string | null;
  /** What the engine does now: `reading data`, `explaining iteration 11`. */
  stage: string | null;
  error: string | null;
  n_iterations: number;
  n_slots: number;
  best: number | null;
  /** The time limit as it is now; absent in what was saved before it could be moved. */
  seconds_asked?: number | null;
  started_at: number | null;
  /** When its present engine took it up, and how long others had worked on it; null and 0 for a run that was never interrupted. */
  resumed_at?: number | null;
  used_s?: number;
  ended_at: number | null;
  /** The script that brings the data; null where they were given, absent in what earlier versions saved. */
  setup?: Setup | null;
  /** The engine's clock when the patch was made, seconds since the epoch: the page subtracts its own. */
  now: number;
}

/** The script that brings the run's data: a row with a log, and no iteration. Its log is asked for with the number -1. */
export interface Setup { script: string; state: TrialState; reason: string | null; started_at: number | null; ended_at: number | null }

/** One iteration. Absent numbers are null, never 0 or NaN. */
export interface Row {
  i: number;
  state: TrialState;
  attempt: number;
  /** Preprocessor and algorithm; empty while the recipe is not known. */
  pre: string;
  alg: string;
  origin: "portfolio" | "tuned" | "ensemble";
  stage: string | null;
  score: number | null;
  spread: number | null;
  folds: number[];
  n_folds: number;
  metrics: Record<string, number | null>;
  params: Record<string, Scalar | Scalar[] | Record<string, Scalar>>;
  /** Names in `params` that differ from the learner's default. */
  changed: string[];
  members: { i: number; weight: number }[];
  reason: string | null;
  error: string | null;
  started_at: number | null;
  ended_at: number | null;
  fit_s: number | null;
  refit_s: number | null;
  predict_ms: number | null;
  memory_mb: number | null;
  model_mb: number | null;
  pid: number | null;
  /** Of a cluster, for people; absent in what earlier versions saved, like the next. */
  node?: string | null;
  /** What became of the attempts before this one: `attempt 1 lost on …: its node has died; tried again on …`. */
  retried?: string | null;
  warnings: string[];
}

export interface Guardrail {
  name: string;
  state: "passed" | "done" | "alerted";
  description: string;
  details: Record<string, Scalar>[];
}

/** Mean absolute SHAP value of each feature, largest overall first; at most 200 features, `rest` sums the others. */
export interface Importance {
  i: number;
  state: "running" | "completed" | "failed";
  reason: string | null;
  features: string[];
  overall: number[];
  classes: string[];
  /** One list a class, in the order of `features`; empty for regression. */
  per_class: number[][];
  rest: number;
  n_features: number;
  method: string;
  unit: string;
  n_rows: number;
  n_background: number;
  seconds: number;
}

/** A piece of an iteration's log: `text` is the bytes `from` to `to` (absent: as many as UTF-8 needs), the file had `size` bytes then. */
export interface LogChunk { i: number; from: number; to?: number; size: number; text: string }

/** Files of an iteration that a page may ask for. */
export type FileName = "code.py" | "pipeline.json" | "diagnostics.json" | "explanation.json" | "report.html";

/** From the page to the engine. */
export type Command =
  | { kind: "cancel" | "pause" | "resume" }
  | { kind: "cancel_iteration" | "explain" | "retry"; iteration: number }
  /** `count` new iterations near this one. */
  | { kind: "like"; iteration: number; count: number }
  /** No further iterations of this algorithm. */
  | { kind: "block"; algorithm: string }
  /** Moves a limit further away. */
  | { kind: "more"; minutes?: number; iterations?: number };

/** Messages besides traits. Every request has an id, and its answer repeats it. */
export type Request =
  | { op: "hello"; id: number; have: number }
  | { op: "log"; id: number; i: number; from: number }
  | { op: "file"; id: number; i: number; name: FileName }
  /** `click` marks a click: a command that comes by two ways is obeyed once. */
  | { op: "command"; id: number; command: Command; click: string }
  | { op: "plotly"; id: number };
export type Answer =
  | { op: "patch"; id: number; patch: Patch }
  | { op: "log"; id: number; chunk: LogChunk }
  | { op: "file"; id: number; text: string }
  | { op: "taken"; id: number; command_id: number }
  /** plotly-subset.js.gz is the first buffer. */
  | { op: "plotly"; id: number }
  | { op: "error"; id: number; message: string };
/** Pushed without a request. */
export type Push = { op: "logs"; chunks: LogChunk[] } | { op: "picture"; html: string };

/**
 * The door to the engine: what a host (Jupyter, HTTP, a recorded snapshot) gives the app.
 * A request is rejected, with an Error for people, when the host has no way left.
 */
export interface Host {
  /** Whole state as known without asking, or null. */
  initial(): Patch | null;
  onPatch(take: (patch: Patch) => void, signal: AbortSignal): void;
  onLogs(take: (chunks: LogChunk[]) => void, signal: AbortSignal): void;
  onConnection(take: (connection: Connection) => void, signal: AbortSignal): void;
  hello(have: number): Promise<Patch>;
  log(i: number, from: number): Promise<LogChunk>;
  file(i: number, name: FileName): Promise<string>;
  command(command: Command): Promise<"taken" | "queued">;
  plotly(): Promise<PlotlyLike>;
  /** The address of the run's own page, where there is one and this is not it. */
  page?: string;
  /** The iteration that is shown first; the best one without it. */
  select?: number;
  /** Puts a new code cell below the widget's own; absent where the host cannot. */
  insertCell?: (source: string) => void;
}

/** live: the kernel answers · busy: it does not, disk is read instead · disk: the run has ended · snapshot, disconnected: nothing answers. */
export type Connection =
  | { kind: "live" | "busy" | "disk" }
  /** `who` does not answer: the kernel, if it is not said. */
  | { kind: "disconnected"; since: number; who?: "server" }
  | { kind: "snapshot"; at: number };

/** The part of plotly.js that is used. */
export interface PlotlyLike {
  react(node: HTMLElement, data: unknown[], layout: Record<string, unknown>, config?: Record<string, unknown>): Promise<unknown>;
  purge(node: HTMLElement): void;
  downloadImage(node: HTMLElement, options: Record<string, unknown>): Promise<unknown>;
  Plots: { resize(node: HTMLElement): void };
}

/** diagnostics.json, as Python's diagnostics/document writes it; `reason` says why there is nothing. */
export interface Diagnostics {
  task: "classification" | "regression";
  n_rows: number;
  n_folds: number;
  is_weighted: boolean;
  rows_of?: "training" | "validation";
  reason?: string;
  /** Labels of the classes that are named anywhere, by code. */
  labels?: Record<string, string>;
  n_classes?: number;
  /** Code of the positive class of two. */
  positive?: number | null;
  confusion?: Confusion;
  curves?: { n_rows: number; reason?: string; averages: Partial<Record<"macro" | "micro" | "weighted", Curves>>; classes: (Curves & { class: number; support: number })[] };
  /** True and false positives, true and false negatives at each threshold. */
  thresholds?: { threshold: number[]; counts: number[][] };
  predicted_true?: PredictedTrue;
  residuals?: { edges: number[]; counts: number[]; n_below: number; n_above: number; mean: number | null; std: number | null; by_prediction: Binned };
  features?: { n_rows: number; n_features: number; shown: FeatureErrors[] };
  rounds?: { metric: string; round: number[]; trained: (number | null)[]; held: (number | null)[]; n_rows: number[] };
  worst?: WorstRow[];
}

export interface Confusion { classes: number[]; counts: number[][]; n_wrong: number; n_outside: number; /** [true, predicted, rows]. */ frequent: [number, number, number][] }
export interface Line { x: (number | null)[]; y: (number | null)[]; area?: number | null }
export interface Curves { roc: Line; precision_recall: Line; gain: Line; calibration: { error: number; predicted?: number[]; happened?: number[]; weight?: number[] } }
export interface PredictedTrue { edges: [number, number]; n_outside: number; by_truth: Binned; points?: [number[], number[]]; n_cells?: number; cells?: [number[], number[], number[]] }
export interface Binned { x: number[]; mean: number[]; std: number[]; low: number[]; high: number[]; counts: number[] }
export interface FeatureErrors { name: string; tells: number; kind: "number" | "time" | "category"; edges?: (number | null)[]; levels?: string[]; counts: number[]; error: (number | null)[]; bias?: (number | null)[] }
export interface WorstRow { row: number; fold: number; true: number; predicted: number; p_true?: number; p_predicted?: number; loss?: number; residual?: number }

/** explanation.json, as Python's explain/sample writes it: some rows of an explanation, the most important features first. */
export interface Sample { unit: string; n_features: number; features: string[]; rows: number[]; outputs: SampleOutput[]; cells: Cells[] }
/** `values` by feature and row; with `expected` and `rest` they add up to the row's output. */
export interface SampleOutput { label: string; expected: number | null; values: (number | null)[][]; rest: (number | null)[] }
/** Numbers, seconds, or places in `levels`; null where a value is missing. */
export interface Cells { kind: "number" | "time" | "category"; x: (number | null)[]; levels?: string[] }
