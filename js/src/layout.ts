/** The user's hand on the layout: the border of the panel, the lower edge, the whole screen. */

import { attr, h, on } from "./dom";

export const LEAST_SPLIT = 320, MOST_SPLIT = 0.6, LEAST_HEIGHT = 320;
const STEP = 16, BIG_STEP = 64;

export const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(Math.max(least, most), value));

/** What a key does to the panel's width; null if it is none of ours. The border goes where the arrow points. */
export function splitAfterKey(key: string, shift: boolean, now: number, room: number): number | null {
  const step = shift ? BIG_STEP : STEP, most = room * MOST_SPLIT;
  const to: Record<string, number> = { ArrowLeft: now + step, ArrowRight: now - step, Home: most, End: LEAST_SPLIT };
  const next = to[key];
  return next === undefined ? null : Math.round(clamp(next, LEAST_SPLIT, most));
}

/** A border that can be dragged and moved with arrow keys; `resized` gets the panel's new width. */
export function splitter(main: HTMLElement, panel: () => HTMLElement, resized: (width: number) => void, signal: AbortSignal): { node: HTMLElement; update(): void } {
  const node = h("div", { class: "splitter", role: "separator", tabindex: 0, "aria-orientation": "vertical", "aria-label": "Width of the details", "aria-valuemin": LEAST_SPLIT });
  const width = (): number => panel().getBoundingClientRect().width, room = (): number => main.getBoundingClientRect().width;
  const update = (): void => {
    attr(node, "aria-valuenow", Math.round(width()));
    attr(node, "aria-valuemax", Math.round(Math.max(LEAST_SPLIT, room() * MOST_SPLIT)));
  };
  drag(node, (event) => {
    resized(Math.round(clamp(main.getBoundingClientRect().right - event.clientX, LEAST_SPLIT, room() * MOST_SPLIT)));
    update();
  }, signal);
  on(node, "keydown", (event) => {
    const next = splitAfterKey(event.key, event.shiftKey, width(), room());
    if (next === null) return;
    resized(next);
    update();
    event.preventDefault();
    event.stopPropagation();
  }, signal);
  return { node, update };
}

/** The lower edge: dragged, it changes the height. */
export function edge(inner: HTMLElement, resized: (height: number) => void, signal: AbortSignal): HTMLElement {
  const node = h("div", { class: "edge", title: "Drag to change the height" });
  drag(node, (event) => resized(Math.round(clamp(event.clientY - inner.getBoundingClientRect().top, LEAST_HEIGHT, window.innerHeight))), signal);
  return node;
}

function drag(node: HTMLElement, moved: (event: PointerEvent) => void, signal: AbortSignal): void {
  let isHeld = false;
  const hold = (held: boolean): void => { isHeld = held; node.classList.toggle("held", held); };
  on(node, "pointerdown", (event) => {
    if (event.button !== 0) return;
    hold(true);
    node.setPointerCapture(event.pointerId);
    event.preventDefault();
  }, signal);
  on(node, "pointermove", (event) => { if (isHeld) moved(event); }, signal);
  for (const type of ["pointerup", "pointercancel", "lostpointercapture"] as const) on(node, type, () => hold(false), signal);
}

/** The whole screen, and back. */
export async function toggleFullScreen(node: HTMLElement): Promise<void> {
  if (document.fullscreenElement) await document.exitFullscreen();
  else await node.requestFullscreen();
}
