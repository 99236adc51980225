/** A wall around each block: one that fails shows a line and its details, the others live on. */

import { h, icon, on } from "./dom";
import { visible } from "./format";
import type { Send, View } from "./state";

/** A view that never throws. `what` is the block's name for people: `chart`, `table`. */
export function guarded<S, V extends View<S>>(what: string, send: Send, make: () => V): { view: View<S>; inner: V | null } {
  const life = new AbortController(), slot = h("div", { class: "slot" });
  let inner: V | null = null, hasFailed = false;
  const fail = (error: unknown): void => {
    if (hasFailed) return;
    hasFailed = true;
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const copy = h("button", { class: "bare" }, icon("copy"), "Copy details");
    on(copy, "click", () => send({ kind: "copy", text: details, what: "Details" }), life.signal);
    const line = visible(error instanceof Error ? error.message : String(error));
    slot.replaceChildren(h("div", { class: "broken", role: "alert" }, icon("fail", "err"), h("span", { class: "cut", title: line }, `The ${what} cannot be shown: ${line}`), copy));
    console.error(`automl_widgets: ${what}`, error);
  };
  const attempt = (act: () => void): void => {
    if (hasFailed) return;
    try {
      act();
    } catch (error) {
      fail(error);
    }
  };
  attempt(() => { inner = make(); slot.append(inner.node); });
  return {
    inner,
    view: {
      node: slot,
      update: (state) => attempt(() => inner?.update(state)),
      dispose: () => { life.abort(); attempt(() => inner?.dispose()); },
    },
  };
}
