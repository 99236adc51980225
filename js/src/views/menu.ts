/** Menus and the roving tab stop of a tool bar: keyboard, focus and ARIA, whatever the items are. */

import { attr, h, icon, on } from "../dom";

export interface MenuItem {
  label: string;
  /** Shown at the right: a key, or why the item cannot be chosen. */
  hint?: string | undefined;
  /** A sentence why it cannot be chosen; it stays in the menu. */
  blocked?: string | undefined;
  /** With it the item is a check box, and the menu stays open. */
  checked?: boolean | undefined;
  run(): void;
}
/** A heading groups what follows, null is a line. */
export type MenuEntry = MenuItem | { heading: string } | null;

export interface OpenMenu { close(): void }

const MARGIN = 4, GAP = 2;
/** However little room there is. */
const LEAST_HEIGHT = 120;

/**
 * Opens a menu below `anchor`, inside `frame` (a positioned element that is large enough to hold it).
 * It closes by Escape, Tab, a choice or a press elsewhere; the focus then returns to `back`.
 */
export function openMenu(frame: HTMLElement, anchor: HTMLElement, label: string, entries: readonly MenuEntry[], back: HTMLElement = anchor): OpenMenu {
  const life = new AbortController();
  const node = h("div", { class: "pop menu", role: "menu", "aria-label": label, tabindex: -1 });
  const close = (refocus = true): void => {
    if (life.signal.aborted) return;
    life.abort();
    node.remove();
    attr(anchor, "aria-expanded", "false");
    if (refocus) back.focus({ preventScroll: true });
  };
  const items = entries.flatMap((entry) => {
    const made = item(entry, close, life.signal);
    node.append(made);
    return entry !== null && "run" in entry ? [made] : [];
  });
  frame.append(node);
  place(node, frame, anchor);
  attr(anchor, "aria-expanded", "true");
  on(node, "keydown", (event) => steer(event, items, node, close), life.signal);
  on(frame.ownerDocument, "pointerdown", (event) => { if (!event.composedPath().includes(node)) close(false); }, life.signal, { capture: true });
  items[0]?.focus({ preventScroll: true });
  return { close: () => close() };
}

function item(entry: MenuEntry, close: () => void, signal: AbortSignal): HTMLElement {
  if (entry === null) return h("hr", { role: "separator" });
  if ("heading" in entry) return h("div", { class: "grouped", role: "presentation" }, entry.heading);
  const isCheck = entry.checked !== undefined;
  const node = h("div", {
    role: isCheck ? "menuitemcheckbox" : "menuitem", tabindex: -1, "aria-disabled": entry.blocked ? "true" : null,
    "aria-checked": isCheck ? String(entry.checked) : null, title: entry.blocked ?? null,
  }, isCheck && icon("check", "acc"), h("span", {}, entry.label), entry.hint ? h("kbd", {}, entry.hint) : null);
  on(node, "click", () => {
    if (entry.blocked) return;
    if (isCheck) attr(node, "aria-checked", String(node.getAttribute("aria-checked") !== "true"));
    else close();
    entry.run();
  }, signal);
  return node;
}

function steer(event: KeyboardEvent, items: readonly HTMLElement[], node: HTMLElement, close: (refocus?: boolean) => void): void {
  const root = node.getRootNode() as Document | ShadowRoot;
  const at = items.indexOf(root.activeElement as HTMLElement), last = items.length - 1;
  const to: Record<string, number> = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1, Home: 0, End: last };
  const next = to[event.key];
  if (next !== undefined) items[next]?.focus({ preventScroll: false });
  else if (event.key === "Enter" || event.key === " ") items[at]?.click();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else if (event.key.length === 1) byLetter(items, at, event.key);
  if (event.key !== "Tab") { event.preventDefault(); event.stopPropagation(); }
}

function byLetter(items: readonly HTMLElement[], at: number, letter: string): void {
  const around = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  around.find((one) => one.textContent?.trim().toLowerCase().startsWith(letter.toLowerCase()))?.focus();
}

/** Below the anchor, or above it where there is more room; always inside the frame, with a scroll bar if need be. */
function place(node: HTMLElement, frame: HTMLElement, anchor: HTMLElement): void {
  const outer = frame.getBoundingClientRect(), box = anchor.getBoundingClientRect(), own = node.getBoundingClientRect();
  const below = outer.bottom - box.bottom - GAP - MARGIN, above = box.top - outer.top - GAP - MARGIN;
  const isBelow = own.height <= below || below >= above, height = Math.max(LEAST_HEIGHT, Math.min(own.height, isBelow ? below : above));
  node.style.maxHeight = `${height}px`;
  node.style.top = `${(isBelow ? box.bottom + GAP : box.top - GAP - height) - outer.top}px`;
  node.style.left = `${Math.max(MARGIN, Math.min(box.right - outer.left - own.width, outer.width - own.width - MARGIN))}px`;
}

/** Makes the controls of a bar one tab stop: arrows, Home and End move within it, except where a text field needs them. */
export function rove(bar: HTMLElement, signal: AbortSignal): { refresh(): void } {
  const controls = (): HTMLElement[] =>
    [...bar.querySelectorAll<HTMLElement>("button, input, select")].filter((one) => !one.closest("[hidden]") && !(one as HTMLButtonElement).disabled);
  const settle = (current?: HTMLElement): void => {
    const all = controls();
    const stop = current ?? all.find((one) => one.tabIndex === 0) ?? all[0];
    for (const one of all) attr(one, "tabindex", one === stop ? 0 : -1);
  };
  on(bar, "focusin", (event) => { if (event.target instanceof HTMLElement && controls().includes(event.target)) settle(event.target); }, signal);
  on(bar, "keydown", (event) => {
    const all = controls(), at = all.indexOf(event.target as HTMLElement), last = all.length - 1;
    if (at < 0 || needsKey(event)) return;
    const to: Record<string, number> = { ArrowRight: Math.min(last, at + 1), ArrowLeft: Math.max(0, at - 1), Home: 0, End: last };
    const next = to[event.key];
    if (next === undefined) return;
    all[next]?.focus();
    event.preventDefault();
    event.stopPropagation();
  }, signal);
  settle();
  return { refresh: () => settle() };
}

/** A text field keeps the arrow that moves its caret. */
function needsKey(event: KeyboardEvent): boolean {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || field.type !== "text") return false;
  const start = field.selectionStart ?? 0, end = field.selectionEnd ?? 0;
  if (event.key === "ArrowLeft" || event.key === "Home") return end > 0;
  return start < field.value.length;
}
