/** The header's commands: pause, more time, stop; what each is called now, and why it cannot be pressed. */

import { attr, h, icon, on, type IconName } from "../dom";
import { hasEnded, secondsAsked } from "../model";
import { blocked, commandKey, type AppState, type Pending, type Send, type View } from "../state";
import { openMenu, type MenuEntry, type OpenMenu } from "./menu";
import { confirmStop } from "./stop";

/** Words while a command is on its way: optimistic at once, honest after 1.2 s. */
const onItsWay = (pending: Pending | undefined, sent: string): string | null =>
  pending === undefined ? null : pending === "queued" ? "queued" : sent;

/** Why the run takes no such command now; null if it does. One that has ended can be given more, an interrupted one resumed. */
export function reasonAgainst(state: AppState, deed: "pause" | "more" | "stop"): string | null {
  const { model } = state, run = model.status?.state;
  if (run === "interrupted" && deed !== "pause") return "The run was interrupted: resume it first";
  if (hasEnded(model) && run !== "interrupted" && deed !== "more") return "The run has ended";
  return blocked(state.connection) ?? (run === "stopping" ? "The run is being stopped" : null);
}

const canResume = ({ model }: AppState): boolean => model.status?.state === "paused" || model.status?.state === "interrupted";

function pauseButton(button: HTMLElement, state: AppState): void {
  const isPaused = canResume(state), kind = isPaused ? "resume" : "pause";
  const early = state.model.status?.state === "preparing" ? "Nothing to pause yet" : null;
  const word = onItsWay(state.pending.get(kind), isPaused ? "resuming…" : "pausing…");
  commandButton(button, isPaused ? "play" : "pause", word ?? (isPaused ? "Resume" : "Pause"), reasonAgainst(state, "pause") ?? early ?? (word && "The command is on its way"));
}

function stopButton(button: HTMLElement, state: AppState): void {
  const word = onItsWay(state.pending.get(commandKey({ kind: "cancel" })), "stopping…");
  commandButton(button, "stop", word ?? "Stop", reasonAgainst(state, "stop") ?? (word && "The command is on its way"));
}

function moreButton(button: HTMLElement, state: AppState): void {
  const word = onItsWay(state.pending.get("more"), "asking…");
  commandButton(button, "plus", word ?? "More time", reasonAgainst(state, "more") ?? (word && "The command is on its way"));
}

/** Stays focusable while it cannot be pressed, so that its tool-tip can say why. */
function commandButton(button: HTMLElement, shape: IconName, label: string, reason: string | null): void {
  if (button.dataset["label"] !== label) { button.dataset["label"] = label; button.replaceChildren(icon(shape), h("span", {}, label)); }
  attr(button, "aria-disabled", reason ? "true" : null);
  attr(button, "title", reason);
}

const isBlocked = (button: HTMLElement): boolean => button.getAttribute("aria-disabled") === "true";

/** By how much a limit can be moved. */
export function moreEntries(state: AppState, send: Send): MenuEntry[] {
  const noLimit = secondsAsked(state.model) === null && !hasEnded(state.model) ? "no time limit" : undefined;
  const minutes = (n: number, label: string): MenuEntry =>
    ({ label, hint: noLimit, blocked: noLimit && "The run has no time limit", run: () => send({ kind: "command", command: { kind: "more", minutes: n } }) });
  const iterations = (n: number): MenuEntry => ({ label: `${n} more iterations`, run: () => send({ kind: "command", command: { kind: "more", iterations: n } }) });
  return [minutes(5, "5 more minutes"), minutes(15, "15 more minutes"), minutes(60, "1 more hour"), null, iterations(10), iterations(50)];
}

/** The buttons; `frame` holds their menu and dialog. */
export function deedsView(send: Send, frame: HTMLElement, signal: AbortSignal): View<AppState> {
  const pause = h("button", {}), stop = h("button", { "aria-haspopup": "dialog" });
  const more = h("button", { class: "moretime", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More time" });
  let state: AppState | null = null, menu: OpenMenu | null = null, dialog: { close(): void } | null = null;
  on(pause, "click", () => {
    if (state && !isBlocked(pause)) send({ kind: "command", command: { kind: canResume(state) ? "resume" : "pause" } });
  }, signal);
  on(more, "click", () => { if (state && !isBlocked(more)) menu = openMenu(frame, more, "More time", moreEntries(state, send)); }, signal);
  on(stop, "click", () => {
    if (state && !isBlocked(stop)) dialog = confirmStop(frame, stop, state.model, () => send({ kind: "command", command: { kind: "cancel" } }));
  }, signal);
  return {
    node: h("span", { class: "deeds" }, pause, more, stop),
    update(next) {
      state = next;
      pauseButton(pause, next);
      moreButton(more, next);
      stopButton(stop, next);
    },
    dispose: () => { menu?.close(); dialog?.close(); },
  };
}
