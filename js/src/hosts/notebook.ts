/** What a page of JupyterLab or Notebook 7 offers beyond the widget protocol, each found by looking: kernel status, outputs, cells. */

import type { Kernel } from "./contact";

/** The parts of the widget manager that are used, where it has them. */
interface Signal<A> { connect(slot: (sender: unknown, args: A) => void): boolean; disconnect(slot: (sender: unknown, args: A) => void): boolean }
interface KernelLike { status?: string; connectionStatus?: string; isDisposed?: boolean; statusChanged?: Signal<string>; connectionStatusChanged?: Signal<string> }
interface OutputLike { data?: Record<string, unknown>; metadata?: unknown; setData?(options: { data: Record<string, unknown>; metadata: unknown }): void }
interface ListLike<T> { length: number; get(index: number): T }
interface CellLike { outputs?: ListLike<OutputLike> }
interface ContextLike { model?: { cells?: ListLike<CellLike>; sharedModel?: { insertCell?(index: number, cell: unknown): unknown } } }
export interface ManagerLike { kernel?: KernelLike | null; context?: ContextLike }

const isManager = (value: unknown): value is ManagerLike => typeof value === "object" && value !== null;

/** What the page says about its kernel. Only a manager that belongs to a notebook can tell that there is none. */
export function kernelOf(manager: unknown): Kernel {
  if (!isManager(manager) || !("kernel" in manager)) return "unknown";
  const { kernel } = manager;
  if (!kernel || kernel.isDisposed) return manager.context ? "none" : "unknown";
  if (kernel.connectionStatus === "disconnected" || ["dead", "terminating", "restarting", "autorestarting"].includes(kernel.status ?? "")) return "gone";
  return kernel.status === "idle" ? "idle" : kernel.status === undefined ? "unknown" : "busy";
}

/** Calls `changed` with the kernel's status whenever it changes, until the signal ends. */
export function watchKernel(manager: unknown, changed: (status: string) => void, signal: AbortSignal): void {
  const kernel = isManager(manager) ? manager.kernel : null;
  const slot = (_: unknown, status: string): void => changed(status);
  for (const source of [kernel?.statusChanged, kernel?.connectionStatusChanged]) {
    if (typeof source?.connect !== "function") continue;
    source.connect(slot);
    signal.addEventListener("abort", () => source.disconnect(slot), { once: true });
  }
}

const htmlOf = (output: OutputLike): string => {
  const html = output.data?.["text/html"];
  return Array.isArray(html) ? html.join("") : typeof html === "string" ? html : "";
};

/** Replaces the picture of a run in the notebook's outputs, so that a notebook that is saved now shows it as it is now. */
export function refreshPicture(manager: unknown, run: string, html: string): void {
  const cells = isManager(manager) ? manager.context?.model?.cells : undefined;
  for (let c = 0; cells && c < cells.length; c += 1) {
    const outputs = cells.get(c).outputs;
    for (let k = 0; outputs && k < outputs.length; k += 1) {
      const output = outputs.get(k), old = htmlOf(output);
      if (!old.includes("automl-picture") || !old.includes(`data-run="${run}"`) || old === html) continue;
      output.setData?.({ data: { ...output.data, "text/html": html }, metadata: output.metadata });
    }
  }
}

/** A function that puts a code cell below the one in which `node` is shown; undefined where the page has no such thing. */
export function cellInserter(manager: unknown, node: Element): ((source: string) => void) | undefined {
  const context = isManager(manager) ? manager.context : undefined, shared = context?.model?.sharedModel;
  if (typeof shared?.insertCell !== "function") return undefined;
  return (source) => {
    const cells = [...(node.closest(".jp-Notebook")?.querySelectorAll(".jp-Cell") ?? [])], own = node.closest(".jp-Cell");
    const at = own ? Number(own.getAttribute("data-windowed-list-index") ?? cells.indexOf(own)) : (context?.model?.cells?.length ?? 0) - 1;
    shared.insertCell?.(at + 1, { cell_type: "code", source, metadata: {}, outputs: [], execution_count: null });
  };
}

/** Hides the static picture of a run as long as the live view stands, also one that is drawn later. */
export function hidePictures(run: string, page: Document, signal: AbortSignal): void {
  const selector = `.automl-picture[data-run="${CSS.escape(run)}"]`, hidden = new Map<HTMLElement, string>();
  let request = 0;
  const hide = (): void => {
    request = 0;
    for (const picture of page.querySelectorAll<HTMLElement>(selector)) {
      if (picture.style.display === "none") continue;
      hidden.set(picture, picture.style.display);
      picture.style.display = "none";
    }
  };
  const observer = new MutationObserver(() => { request ||= requestAnimationFrame(hide); });
  observer.observe(page.body, { childList: true, subtree: true });
  hide();
  signal.addEventListener("abort", () => {
    observer.disconnect();
    cancelAnimationFrame(request);
    for (const [picture, display] of hidden) picture.style.display = display;
  }, { once: true });
}

/**
 * Keeps the page's shortcuts away from keys that are meant for the widget. Jupyter listens before anyone else, on the
 * document; the focus within a shadow root looks to it like the outer element, on which it looks for this attribute.
 */
export function keepKeys(parent: HTMLElement, signal: AbortSignal): void {
  const mark = "data-lm-suppress-shortcuts";
  const options = { capture: true, signal } as const;
  window.addEventListener("keydown", (event) => {
    const path = event.composedPath();
    if (!path.includes(parent)) return;
    if (isOurs(event, path[0])) parent.setAttribute(mark, "true");
    else parent.removeAttribute(mark);
  }, options);
  parent.addEventListener("keydown", (event) => { if (isOurs(event, event.composedPath()[0])) event.stopPropagation(); }, { signal });
  signal.addEventListener("abort", () => parent.removeAttribute(mark), { once: true });
}

const EDITING = new Set(["a", "c", "v", "x", "y", "z"]);
/** Plain keys; with Control only those that edit text, in a text field, and the log's search. */
function isOurs(event: KeyboardEvent, target: EventTarget | undefined): boolean {
  const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  if (event.altKey) return false;
  if (!event.ctrlKey && !event.metaKey) return event.key !== "Tab";
  return (isField && EDITING.has(event.key.toLowerCase())) || (event.key === "f" && target instanceof Element && target.closest(".log") !== null);
}
