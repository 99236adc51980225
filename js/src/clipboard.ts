/** Text to the clipboard and to a file, also where the page is not served securely. */

import { h } from "./dom";

/** Whether the text has reached the clipboard. `near` is a node of the widget: the copy of old goes by a selection there. */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near); // no permission, or plain HTTP: there is no clipboard object then
  }
}

function copyBySelection(text: string, near: HTMLElement): boolean {
  const root = near.getRootNode();
  const focused = root instanceof ShadowRoot ? root.activeElement : document.activeElement;
  const field = h("textarea", { class: "sr", "aria-hidden": "true", tabindex: "-1" });
  field.value = text;
  near.append(field);
  field.select();
  const done = typeof document.execCommand === "function" && document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return done;
}

/** Foreign text as a part of a file's name: no path, no hidden file, nothing that a system takes for something else. */
export const safeName = (text: string): string => text.replace(/[^\w.-]+/g, "_").replace(/^[.-]+/, "").slice(0, 80) || "run";

/** Offers text as a file. */
export function download(name: string, text: string, type = "text/plain"): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
