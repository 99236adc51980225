/** What the engine does at this moment, in one line: its stage, and the iterations that run with theirs. */

import { attr, h, setText } from "../dom";
import { visible } from "../format";
import { hasEnded, isRunning, type Model } from "../model";
import type { AppState } from "../state";
import type { Row } from "../types";

const MOST_NAMED = 4;

/** `5 GradientBoosting, fold 3/5 · 7 LightGBM, fold 2/5`; empty once the run has ended. */
export function activityWords(model: Model): string {
  if (hasEnded(model)) return "";
  const rows = [...model.rows.values()].filter(isRunning).sort((a, b) => a.i - b.i);
  const named = rows.slice(0, MOST_NAMED).map(rowWords);
  const more = rows.length > MOST_NAMED ? [`${rows.length - MOST_NAMED} more`] : [];
  return [model.status?.stage ? visible(model.status.stage) : "", ...named, ...more].filter(Boolean).join(" · ");
}

function rowWords(row: Row): string {
  const isFold = row.n_folds > 1 && row.folds.length < row.n_folds && (row.stage === null || /^fold/i.test(row.stage));
  const doing = row.state === "canceling" ? "cancelling" : isFold ? `fold ${row.folds.length + 1}/${row.n_folds}` : visible(row.stage ?? "");
  return [`${row.i} ${visible(row.alg || row.pre)}`.trim(), doing].filter(Boolean).join(", ");
}

export function activityView(): { node: HTMLElement; update(state: AppState): void } {
  const node = h("span", { class: "now dim cut", dir: "auto" });
  let shown: Model | null = null;
  return {
    node,
    update({ model }) {
      if (model === shown) return;
      shown = model;
      const words = activityWords(model);
      setText(node, words);
      attr(node, "title", words ? `Now: ${words}` : null);
    },
  };
}
