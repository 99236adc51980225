/** The dialog before a run is deleted. */

import { h, name, on } from "../dom";
import { plural } from "../format";
import type { RunRow } from "./types";

/** Asks; the focus starts on the harmless button. `remove` may fail, and then the dialog says why. */
export function confirmDelete(row: RunRow, remove: () => Promise<void>): void {
  const life = new AbortController(), { signal } = life;
  const keep = h("button", { type: "button" }, "Keep it"), gone = h("button", { type: "button", class: "danger" }, "Delete for ever");
  const problem = h("p", { class: "err", role: "alert" });
  const what = `${plural(row.n_ended, "iteration")} with their models, logs and predictions are removed from the disk. Registered models are copies, and stay.`;
  const node = h("dialog", { class: "confirm", "aria-labelledby": "delete-what" },
    h("h2", { id: "delete-what" }, "Delete this run?"),
    h("p", {}, name(row.name || row.run_id), " of ", name(row.experiment), h("br"), h("span", { class: "mono dim" }, row.run_id)),
    h("p", { class: "dim" }, what), problem, h("div", { class: "acts" }, keep, gone));
  on(keep, "click", () => node.close(), signal);
  on(gone, "click", () => {
    gone.disabled = true;
    remove().then(() => node.close(), (error: unknown) => {
      gone.disabled = false;
      problem.textContent = error instanceof Error ? error.message : String(error);
    });
  }, signal);
  on(node, "close", () => { life.abort(); node.remove(); }, signal);
  document.body.append(node);
  node.showModal();
  keep.focus();
}
