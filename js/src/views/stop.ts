/** The dialog before a run is stopped: it counts what is kept and what is lost. */

import { h, icon, on } from "../dom";
import { count, plural } from "../format";
import { isRunning, type Model } from "../model";
import { counts } from "../progress";

/** `14 finished iterations are kept, with their models. The 2 that run now (14, 15) are lost; the 4 queued do not start.` */
export function consequences(model: Model): string {
  const of = counts(model), running = [...model.rows.values()].filter(isRunning).map((row) => row.i);
  const kept = of.completed === 0 ? "No iteration has finished yet" : `${plural(of.completed, "finished iteration")} ${of.completed === 1 ? "is kept, with its model" : "are kept, with their models"}`;
  const named = running.length > 6 ? `${running.slice(0, 6).join(", ")}, …` : running.join(", ");
  const lost = running.length ? `the ${running.length === 1 ? "one that runs" : `${count(running.length)} that run`} now (${named}) ${running.length === 1 ? "is" : "are"} lost` : "";
  const queued = of.queued ? `the ${count(of.queued)} queued do${of.queued === 1 ? "es" : ""} not start` : "";
  const rest = [lost, queued].filter(Boolean).join("; ");
  return `${kept}.${rest ? ` ${rest[0]?.toUpperCase()}${rest.slice(1)}.` : ""}`;
}

/** Asks; the focus starts on the harmless button and cannot leave the dialog by Tab. */
export function confirmStop(frame: HTMLElement, opener: HTMLElement, model: Model, stop: () => void): { close(): void } {
  const life = new AbortController();
  const keep = h("button", {}, "Keep running"), now = h("button", { class: "danger" }, icon("stop"), "Stop now");
  const node = h("div", { class: "pop confirm", role: "alertdialog", "aria-modal": "true", "aria-label": "Stop the run", "aria-describedby": "stop-what" },
    h("b", {}, "Stop this run?"), h("p", { class: "dim", id: "stop-what" }, consequences(model)), h("div", { class: "acts" }, keep, now));
  const close = (): void => {
    if (life.signal.aborted) return;
    life.abort();
    node.remove();
    opener.focus({ preventScroll: true });
  };
  on(keep, "click", close, life.signal);
  on(now, "click", () => { close(); stop(); }, life.signal);
  on(node, "keydown", (event) => {
    const root = node.getRootNode() as Document | ShadowRoot;
    if (event.key === "Escape") close();
    else if (["Tab", "ArrowLeft", "ArrowRight"].includes(event.key)) (root.activeElement === keep ? now : keep).focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, life.signal);
  on(frame.ownerDocument, "pointerdown", (event) => { if (!event.composedPath().includes(node)) close(); }, life.signal, { capture: true });
  frame.append(node);
  keep.focus({ preventScroll: true });
  return { close };
}
