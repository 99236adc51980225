/** What the tabs of the panel share: what they are given, and a button that copies. */

import { h, icon, on, setText } from "../dom";
import type { AppState, Send } from "../state";
import type { Row } from "../types";

/** What a tab shows: the whole state, and the row that the panel is about. */
export interface PanelState { app: AppState; row: Row }

/** A button that copies; it answers `Copied` for two seconds. */
export function copyButton(send: Send, what: string, textOf: () => string, signal: AbortSignal, words = "Copy"): HTMLButtonElement {
  const label = h("span", {}, words), button = h("button", { title: `Copy ${what.toLowerCase()}` }, icon("copy"), words ? label : null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  on(button, "click", () => {
    send({ kind: "copy", text: textOf(), what });
    clearTimeout(timer);
    if (words) setText(label, "Copied"); else button.replaceChildren(icon("check"));
    timer = setTimeout(() => { if (words) setText(label, words); else button.replaceChildren(icon("copy")); }, 2000);
  }, signal);
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return button;
}
