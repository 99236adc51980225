/** Diagnostics of predicted values, and what both tasks have: errors by feature, boosting rounds, the rows with the largest loss. */

import { h, on } from "../dom";
import { count, fixed, plural, share, visible } from "../format";
import type { Diagnostics, FeatureErrors } from "../types";
import { block, segments, tableOf, type Block, type Content, type Table } from "./diagnostics-block";
import { legend, plain, plot, spanOf, type Bar, type Path, type Plot } from "./diagnostics-plot";

export interface ValueBlock extends Block { update(found: Diagnostics): void }

function simple(title: string, signal: AbortSignal, content: (found: Diagnostics) => Content | null): ValueBlock {
  const one = block(title, signal);
  return { ...one, update(found) { one.show(content(found)); } };
}

// Values

export function predictedTrueBlock(signal: AbortSignal): ValueBlock {
  return simple("Predicted against true", signal, (found) => {
    const seen = found.predicted_true;
    if (!seen) return null;
    const { edges, by_truth: by, points, cells, n_cells: n = 1 } = seen, size = (edges[1] - edges[0]) / n;
    const most = Math.max(1, ...(cells?.[2] ?? []));
    const paths: Path[] = [{ x: edges, y: edges, look: "chance", words: "perfect" }, { x: by.x, y: by.mean, look: "main", words: "mean prediction" }];
    const given: Plot = {
      x: { span: edges, title: "true" }, y: { span: edges, title: "predicted" }, paths, label: "Predicted against true values",
      points: points ? points[0].map((x, k) => [x, points[1][k] ?? 0] as const) : [],
      cells: (cells?.[0] ?? []).map((x, k) => ({ x: edges[0] + x * size, y: edges[0] + (cells?.[1][k] ?? 0) * size, width: size, height: size, share: Math.sqrt((cells?.[2][k] ?? 0) / most) })),
    };
    const outside = seen.n_outside ? ` ${plural(seen.n_outside, "row")} outside of the picture.` : "";
    return {
      picture: [legend(paths), plot(given)], caption: `${points ? "A point is a row" : "The darker, the more rows"}; ${count(found.n_rows)} rows held back.${outside}`,
      table: { columns: ["True, mean", "Predicted, mean", "10 %", "90 %", "Rows"], names: 0, rows: by.x.map((x, k) => [plain(x), plain(by.mean[k]), plain(by.low[k]), plain(by.high[k]), count(by.counts[k])]) },
    };
  });
}

export function residualBlock(signal: AbortSignal): ValueBlock {
  return simple("Residuals", signal, (found) => {
    const seen = found.residuals;
    if (!seen) return null;
    const { edges, counts } = seen;
    const bars = counts.map((height, k): Bar => ({ from: edges[k] ?? 0, to: edges[k + 1] ?? 0, height, words: `${plain(edges[k])} to ${plain(edges[k + 1])}: ${plural(height, "row")}` }));
    const beyond = seen.n_below + seen.n_above;
    return {
      picture: [plot({ x: { span: [edges[0] ?? 0, edges[edges.length - 1] ?? 1], title: "predicted − true" }, y: { span: [0, Math.max(1, ...counts) * 1.05], title: "rows" }, bars, rule: 0, label: "Histogram of the residuals" })],
      caption: `Mean ${plain(seen.mean)}, standard deviation ${plain(seen.std)}.${beyond ? ` ${plural(beyond, "row")} further out.` : ""}`,
      table: { columns: ["From", "To", "Rows"], names: 0, rows: counts.map((height, k) => [plain(edges[k]), plain(edges[k + 1]), count(height)]) },
    };
  });
}

export function spreadBlock(signal: AbortSignal): ValueBlock {
  return simple("Residuals by prediction", signal, (found) => {
    const by = found.residuals?.by_prediction;
    if (!by || by.x.length < 2) return null;
    const x = spanOf(by.x, 0.02), paths: Path[] = [{ x, y: [0, 0], look: "chance", words: "" }, { x: by.x, y: by.mean, look: "main", words: "mean residual" }];
    return {
      picture: [legend(paths), plot({ x: { span: x, title: "predicted" }, y: { span: spanOf([...by.low, ...by.high, 0]), title: "predicted − true" }, paths, band: { x: by.x, low: by.low, high: by.high }, label: "Residuals by prediction" })],
      caption: "The band holds the middle 80 % of the rows. A line off zero: a bias; a band that widens: an error that grows with the prediction.",
      table: { columns: ["Predicted, mean", "Residual, mean", "10 %", "90 %", "Rows"], names: 0, rows: by.x.map((at, k) => [plain(at), plain(by.mean[k]), plain(by.low[k]), plain(by.high[k]), count(by.counts[k])]) },
    };
  });
}

// Both tasks

/** What each bin of a feature is called, and its error; bins without rows are left out. */
export function binsOf(one: FeatureErrors): { words: string; error: number; bias: number | null; rows: number }[] {
  const { edges = [], levels = [] } = one, last = one.counts.length - 1;
  const edge = (k: number): string => { const value = edges[k]; return one.kind === "time" && value != null ? new Date(value * 1000).toISOString().slice(0, 10) : plain(value); };
  const words = (k: number): string => (k === last ? "missing" : one.kind === "category" ? (levels[k] ?? "others") : `${edge(k)} to ${edge(k + 1)}`);
  return one.counts.flatMap((rows, k) => { const error = one.error[k]; return rows && error != null ? [{ words: words(k), error, bias: one.bias?.[k] ?? null, rows }] : []; });
}

export function featuresBlock(signal: AbortSignal): ValueBlock {
  const choice = h("select", { "aria-label": "Feature" });
  let found: Diagnostics | null = null, isBias = false;
  const sides = segments("Value", [["error", "Error"], ["bias", "Bias"]], (next) => { isBias = next === "bias"; redraw(); }, signal);
  const one = block("Errors by feature", signal, sides, choice);
  const redraw = (): void => {
    const shown = found?.features?.shown ?? [], mine = shown[Number(choice.value)] ?? shown[0];
    sides.hidden = found?.task !== "regression";
    one.show(found && mine ? featureContent(found, mine, isBias && found.task === "regression") : null);
  };
  on(choice, "change", redraw, signal);
  return { ...one, update(next) {
    const was = choice.selectedOptions[0]?.textContent ?? "";
    found = next;
    const options = (next.features?.shown ?? []).map((feature, k) => h("option", { value: k }, visible(feature.name)));
    choice.replaceChildren(...options);
    choice.value = options.find((option) => option.textContent === was)?.value ?? "0";
    redraw();
  } };
}

function featureContent(found: Diagnostics, mine: FeatureErrors, isBias: boolean): Content {
  const isShare = found.task === "classification", bins = binsOf(mine), of = (bin: (typeof bins)[number]): number => (isBias ? (bin.bias ?? 0) : bin.error);
  const words = isShare ? "share of rows wrong" : isBias ? "mean of predicted − true" : "mean absolute residual", written = (value: number): string => (isShare ? share(value) : plain(value));
  const values = bins.map(of), top = Math.max(0, ...values), low = Math.min(0, ...values);
  const bars = bins.map((bin, k): Bar => ({ from: k, to: k + 1, height: of(bin), words: `${bin.words}: ${written(of(bin))}, ${plural(bin.rows, "row")}` }));
  const names = bins.map((bin) => (bin.words.length > 9 && bins.length > 4 ? `${bin.words.split(" to ")[0]?.slice(0, 8) ?? ""}` : bin.words));
  const others = found.features ? `${mine.name}; one of the ${found.features.shown.length} of ${plural(found.features.n_features, "feature")} that tell most about where the model errs.` : "";
  return {
    picture: [plot({ x: { span: [0, Math.max(1, bins.length)], title: mine.kind === "category" ? mine.name : `${mine.name}, from`, names }, y: { span: [low * 1.1, top * 1.1 || (low < 0 ? 0 : 1)], title: words, format: isShare ? (value) => share(value).replace(".0", "") : plain }, bars, label: `${words} by ${mine.name}` })],
    caption: others, table: { columns: [mine.name, words, "Rows"], rows: bins.map((bin) => [bin.words, written(of(bin)), count(bin.rows)]) },
  };
}

export function roundsBlock(signal: AbortSignal): ValueBlock {
  return simple("Learning curve", signal, (found) => {
    const { rounds } = found;
    if (!rounds) return null;
    const { round, trained, held, metric } = rounds, paths: Path[] = [{ x: round, y: trained, look: "dashed", words: "rows learnt from" }, { x: round, y: held, look: "main", words: "rows held back", dots: true }];
    const best = held.reduce<number>((a, value, k) => (value !== null && value < (held[a] ?? Infinity) ? k : a), 0), isBetter = best < held.length - 1;
    return {
      picture: [legend(paths), plot({ x: { span: [0, round[round.length - 1] ?? 1], title: "rounds" }, y: { span: spanOf([...trained, ...held]), title: metric }, paths, label: `${metric} by boosting rounds` })],
      caption: `First fold, ${count(rounds.n_rows[1])} of its rows. ${isBetter ? `Lowest after about ${plural(round[best] ?? 0, "round")}: more of them fit noise.` : "Still falling at the last round: more rounds may help."}`,
      table: { columns: ["Rounds", "Learnt from", "Held back"], names: 0, rows: round.map((at, k) => [at, plain(trained[k]), plain(held[k])]) },
    };
  });
}

export function worstBlock(signal: AbortSignal): ValueBlock {
  return simple("Rows with the largest loss", signal, (found) => {
    if (!found.worst?.length) return null;
    const label = (code: number): string => found.labels?.[code] ?? String(code);
    const table: Table = found.task === "classification"
      ? { columns: ["Row", "True", "Predicted", "P(true)", "Loss"], names: 3, rows: found.worst.map((row) => [row.row, label(row.true), label(row.predicted), fixed(row.p_true ?? 0, 4), fixed(row.loss ?? 0, 2)]) }
      : { columns: ["Row", "True", "Predicted", "Residual"], rows: found.worst.map((row) => [row.row, plain(row.true), plain(row.predicted), plain(row.residual)]) };
    return { picture: [h("div", { class: "dtable", tabindex: "0", role: "region", "aria-label": "Rows with the largest loss" }, tableOf("Rows with the largest loss", table))], caption: `Rows of the ${found.rows_of ?? "training"} data that have a label, counted from 0.`, table };
  });
}
