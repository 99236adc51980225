/** ROC, precision-recall, gain, lift and calibration: the average in accent, the lowest class dashed, another one on request. */

import { fixed, share } from "../format";
import type { Curves, Diagnostics, Line } from "../types";
import { block, press, segments, type Block, type Content } from "./diagnostics-block";
import { legend, plain, plot, spanOf, type Path, type Span } from "./diagnostics-plot";

/** What is drawn besides the average and the lowest: `""`, an average or a class. */
export type Also = "" | "micro" | "macro" | `${number}`;
type Kind = "roc" | "precision_recall" | "gain";
export interface Named { curves: Curves; words: string }

/** The main curves: of the positive class where there are two classes, else the weighted average. */
export function mainOf(found: Diagnostics): Named | null {
  const { curves, positive, labels } = found;
  const mine = curves?.classes.find((one) => positive != null && one.class === positive);
  if (mine) return { curves: mine, words: labels?.[mine.class] ?? String(mine.class) };
  return curves?.averages.weighted ? { curves: curves.averages.weighted, words: "weighted" } : null;
}

/** The class with the lowest area; none of two classes. */
export function lowestOf(found: Diagnostics, kind: "roc" | "precision_recall"): Named | null {
  const classes = found.curves?.classes ?? [];
  if (classes.length < 3) return null;
  const lowest = classes.reduce((a, b) => ((b[kind].area ?? 1) < (a[kind].area ?? 1) ? b : a));
  return { curves: lowest, words: `${found.labels?.[lowest.class] ?? lowest.class}, the lowest` };
}

export function alsoOf(found: Diagnostics, also: Also): Named | null {
  if (also === "") return null;
  if (also === "micro" || also === "macro") { const curves = found.curves?.averages[also]; return curves ? { curves, words: also } : null; }
  const mine = found.curves?.classes.find((one) => String(one.class) === also);
  return mine ? { curves: mine, words: found.labels?.[mine.class] ?? also } : null;
}

const CHANCE = "chance";
/** Models with a larger area are looked at in the corner, at first. */
const GOOD = 0.95;

function pathsOf(found: Diagnostics, kind: Kind, also: Also, change: (line: Line) => Line = (line) => line): Path[] {
  const lowest = lowestOf(found, kind === "gain" ? "roc" : kind);
  const of = (one: Named | null, look: Path["look"]): Path[] => {
    if (!one) return [];
    const line = one.curves[kind], { x, y } = change(line);
    return [{ x, y, look, words: `${one.words}${line.area == null ? "" : ` ${fixed(line.area, 4)}`}` }];
  };
  return [...of(lowest, "dashed"), ...of(alsoOf(found, also), "other"), ...of(mainOf(found), "main")];
}

export interface CurveBlock extends Block { update(found: Diagnostics, also: Also): void }

export function rocBlock(signal: AbortSignal): CurveBlock {
  return curveBlock("ROC", [["whole", "0 to 1"], ["corner", "Corner"]], signal, (found, also, choice) => {
    const isCorner = choice === "corner", x: Span = isCorner ? [0, 0.2] : [0, 1];
    const paths: Path[] = [{ x: [0, 1], y: [0, 1], look: "chance", words: CHANCE }, ...pathsOf(found, "roc", also)];
    return { paths, x, y: [0, 1], xTitle: `false positive rate${isCorner ? ", 0 to 0.2" : ""}`, yTitle: "true positive rate", words: `Areas of ${pooled(found)}.` };
  }, (found) => ((mainOf(found)?.curves.roc.area ?? 0) > GOOD ? "corner" : "whole"));
}

export function precisionBlock(signal: AbortSignal): CurveBlock {
  return curveBlock("Precision and recall", [], signal, (found, also) => ({
    paths: pathsOf(found, "precision_recall", also), x: [0, 1], y: [0, 1.02], xTitle: "recall", yTitle: "precision", words: `Average precision of ${pooled(found)}.`,
  }));
}

/** How many times more positive rows than by chance are among the share looked at. */
export const liftOf = ({ x, y }: Line): Line => ({ x: x.slice(1), y: y.slice(1).map((value, k) => { const at = x[k + 1]; return value === null || !at ? null : value / at; }) });

export function gainBlock(signal: AbortSignal): CurveBlock {
  return curveBlock("Gain", [["gain", "Gain"], ["lift", "Lift"]], signal, (found, also, choice) => {
    if (choice !== "lift") {
      const paths: Path[] = [{ x: [0, 1], y: [0, 1], look: "chance", words: CHANCE }, ...pathsOf(found, "gain", also)];
      return { paths: paths.map(withoutArea), x: [0, 1], y: [0, 1], xTitle: "share of rows, most probable first", yTitle: "share of the class found", words: "How many of a class are found if only the most probable rows are looked at." };
    }
    const paths: Path[] = [{ x: [0, 1], y: [1, 1], look: "chance", words: CHANCE }, ...pathsOf(found, "gain", also, liftOf)];
    return { paths: paths.map(withoutArea), x: [0, 1], y: [0, spanOf(paths.flatMap((path) => path.y))[1]], xTitle: "share of rows, most probable first", yTitle: "times better than chance", words: "Gain divided by the share of rows looked at." };
  });
}

const withoutArea = (path: Path): Path => ({ ...path, words: path.words?.replace(/ \d\.\d{4}$/, "") ?? "" });

export function calibrationBlock(signal: AbortSignal): CurveBlock {
  return curveBlock("Calibration", [], signal, (found, also) => {
    const main = found.positive == null ? { curves: found.curves?.averages.micro, words: "all classes" } : mainOf(found), other = alsoOf(found, also);
    const of = (curves: Curves | undefined, words: string, look: Path["look"]): Path[] => {
      const { predicted, happened, error } = curves?.calibration ?? { error: 0 };
      return predicted && happened ? [{ x: predicted, y: happened, look, words: `${words} ${fixed(error, 4)}`, dots: look === "main" }] : [];
    };
    const paths: Path[] = [{ x: [0, 1], y: [0, 1], look: "chance", words: "perfect" }, ...(other ? of(other.curves, other.words, "other") : []), ...of(main?.curves, main?.words ?? "", "main")];
    const weighted = found.curves?.averages.weighted?.calibration.error;
    return { paths, x: [0, 1], y: [0, 1], xTitle: "predicted probability", yTitle: "share that came true", words: `Expected calibration error in ten bins${weighted == null ? "" : `; mean over the classes, weighted: ${fixed(weighted, 4)}`}.` };
  });
}

/** `predictions for 1,797 rows held back, all folds together`. */
function pooled(found: Diagnostics): string {
  const n = found.curves?.n_rows ?? found.n_rows, sample = n < found.n_rows ? `${n.toLocaleString("en-US")} rows sampled of ${found.n_rows.toLocaleString("en-US")}` : `${found.n_rows.toLocaleString("en-US")} rows`;
  return `${sample} held back${found.n_folds > 1 ? ", all folds together" : ""}`;
}

interface Drawn { paths: Path[]; x: Span; y: Span; xTitle: string; yTitle: string; words: string }

function curveBlock(title: string, options: readonly (readonly [string, string])[], signal: AbortSignal, draw: (found: Diagnostics, also: Also, choice: string) => Drawn, first: (found: Diagnostics) => string | undefined = () => undefined): CurveBlock {
  let choice = options[0]?.[0] ?? "", found: Diagnostics | null = null, also: Also = "";
  const redraw = (): void => { if (found) one.show(found.curves?.classes.length ? contentOf(title, draw(found, also, choice)) : null); };
  const control = options.length ? segments(title, options, (next) => { choice = next; redraw(); }, signal) : null;
  const one = block(title, signal, control);
  return { ...one, update(next, which) {
    const start = found === null ? first(next) : undefined;
    if (start) press(control, choice = start);
    found = next;
    also = which;
    redraw();
  } };
}

function contentOf(title: string, { paths, x, y, xTitle, yTitle, words }: Drawn): Content {
  const isShare = y[1] <= 1.1, named = paths.filter((path) => path.look !== "chance");
  const picture = plot({ x: { span: x, title: xTitle }, y: { span: y, title: yTitle }, paths, label: `${title}: ${named.map((path) => path.words).join(", ")}` });
  const written = (value: number | null | undefined): string => (value == null ? plain(value) : isShare ? fixed(value, 4) : plain(value));
  const rows = named.flatMap((path) => path.x.map((at, k) => [path.words ?? "", at === null ? "" : share(at), written(path.y[k])] as const));
  return { picture: [legend(paths), picture], caption: words, table: { columns: ["Curve", xTitle, yTitle], rows } };
}
