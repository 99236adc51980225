/** Elements, text and icons. Text goes in as text only: nothing here, nor in any view, parses HTML. */

import { visible } from "./format";

export type Child = Node | string | number | null | undefined | false;
type Handler = (event: never) => void;
export type Attributes = Record<string, string | number | boolean | null | undefined>;

const SVG = "http://www.w3.org/2000/svg";

function fill<E extends Element>(node: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) attr(node, name, value);
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** Sets, or with null, undefined or false removes, an attribute, and only when it differs. `aria-*` keep "false". */
export function attr(node: Element, name: string, value: string | number | boolean | null | undefined): void {
  const isAria = name.startsWith("aria-");
  if (value === null || value === undefined || (value === false && !isAria)) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
    return;
  }
  const text = value === true && !isAria ? "" : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** An HTML element: `h("button", { class: "icon", "aria-label": "Close" }, icon("close"))`. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K, attributes: Attributes = {}, ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A name that came from outside: isolated, in its own direction, control characters made visible, whole in the tool-tip. */
export function name(text: string, attributes: Attributes = {}): HTMLElement {
  const shown = visible(text);
  return h("bdi", { dir: "auto", title: shown, ...attributes }, shown);
}

/** Changes text only if it differs, so that a selection of the user survives. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Listens until the signal ends. */
export function on<K extends keyof HTMLElementEventMap>(
  node: EventTarget, type: K, handler: (event: HTMLElementEventMap[K]) => void, signal: AbortSignal,
  options: AddEventListenerOptions = {},
): void {
  node.addEventListener(type, handler as Handler as EventListener, { ...options, signal });
}

const FILLED = { fill: "currentColor" } as const;
const line = (width: number): Attributes => ({ fill: "none", stroke: "currentColor", "stroke-width": width });
const KNOCKED = (width: number): Attributes => ({ fill: "none", stroke: "var(--bg)", "stroke-width": width });
const dot = (cx: number, cy: number, r: number): Shape => ["circle", { cx, cy, r, ...FILLED }];
const ring = (r: number, width: number): Shape => ["circle", { cx: 6, cy: 6, r, ...line(width) }];
const path = (d: string, paint: Attributes): Shape => ["path", { d, ...paint }];
type Shape = ["circle" | "path", Attributes];

const SHAPES = {
  check: [path("M2 6.5 4.8 9.2 10 3.2", line(1.6))],
  run: [["circle", { cx: 6, cy: 6, r: 4.5, "stroke-dasharray": "20 8.3", ...line(1.6) }]],
  queue: [dot(2, 6, 1.2), dot(6, 6, 1.2), dot(10, 6, 1.2)],
  clock: [ring(4.7, 1.4), path("M6 3.2V6l2 1.4", line(1.4))],
  fail: [path("M3.6.8h4.8l2.8 2.8v4.8l-2.8 2.8H3.6L.8 8.4V3.6z", FILLED), path("M4 4l4 4M8 4 4 8", KNOCKED(1.5))],
  cancel: [ring(4.7, 1.4), path("M2.8 9.2l6.4-6.4", line(1.4))],
  alert: [path("M6 .8 11.6 11H.4z", FILLED), path("M6 4.4v3.1M6 8.6v1.2", KNOCKED(1.3))],
  fix: [path("M6 1 11 6 6 11 1 6z", line(1.5))],
  star: [path("M6 .7l1.6 3.5 3.8.4-2.8 2.6.8 3.8L6 9.1 2.6 11l.8-3.8L.6 4.6l3.8-.4z", FILLED)],
  pause: [path("M3 2h2v8H3zM7 2h2v8H7z", FILLED)],
  play: [path("M3 1.5 10 6l-7 4.5z", FILLED)],
  stop: [path("M2.5 2.5h7v7h-7z", FILLED)],
  plus: [path("M6 1.5v9M1.5 6h9", line(1.4))],
  dots: [dot(6, 2, 1.2), dot(6, 6, 1.2), dot(6, 10, 1.2)],
  close: [path("M2.5 2.5l7 7M9.5 2.5l-7 7", line(1.4))],
  up: [path("M2 8l4-4 4 4", line(1.5))],
  down: [path("M2 4l4 4 4-4", line(1.5))],
  live: [dot(6, 6, 3)],
  disk: [ring(3, 1.4)],
  copy: [path("M4 4h6.3v6.8H4zM2 8.2V1.4h6", line(1.3))],
  cols: [path("M1.5 1.5h9v9h-9zM4.5 1.5v9M7.5 1.5v9", line(1.2))],
} satisfies Record<string, Shape[]>;

export type IconName = keyof typeof SHAPES;

/** A shape of 12 px, hidden from readers: words beside it say the same. */
export function icon(shape: IconName, className = ""): SVGSVGElement {
  const shapes: Shape[] = SHAPES[shape];
  const children = shapes.map(([tag, attributes]) => svg(tag, attributes));
  return svg("svg", { class: `i ${className}`.trim(), viewBox: "0 0 12 12", "aria-hidden": "true", "data-icon": shape }, ...children);
}
