/** The small drawing of a pipeline: columns of boxes from left to right; an ensemble has its members in the middle. */

import { h, name, on, svg } from "../dom";
import { count, plural, visible } from "../format";
import type { Model } from "../model";
import type { Send } from "../state";
import type { Row } from "../types";

export interface Box { title: string; detail: string; look: "data" | "step" | "model" }
export interface Branch { i: number; pre: string; alg: string; weight: number }
/** What is drawn: boxes that follow one another (some side by side), and for an ensemble its members. */
export interface Diagram { columns: readonly (readonly Box[])[]; members: readonly Branch[] }

const MOST_COLUMNS = 5;
const MOST_BRANCHES = 6;

/** The pipeline as the row itself tells it, or as `pipeline.json` does where that can be read. */
export function diagramOf(model: Model, row: Row, file: string | null): Diagram {
  const read = file === null ? null : parsed(file);
  const data: Box = { title: "data", detail: model.facts?.n_columns != null ? plural(model.facts.n_columns, "column") : "", look: "data" };
  const named = read?.members.length ? read.members : row.members.map((one) => ({ i: one.i, weight: one.weight, pre: "", alg: `iteration ${one.i}` }));
  const members = named.map((one): Branch => ({ ...one, ...namesOf(model.rows.get(one.i)) })).sort((a, b) => b.weight - a.weight || a.i - b.i);
  if (members.length || row.origin === "ensemble") {
    const last: Box = { title: row.alg, detail: read?.model?.detail || (members.length ? plural(members.length, "member") : ""), look: "model" };
    return { columns: [[data], [last]], members };
  }
  return { columns: read?.columns.length ? withModel(read.columns) : ownSteps(model, row, data), members: [] };
}

function ownSteps(model: Model, row: Row, data: Box): readonly (readonly Box[])[] {
  const n = model.facts?.n_classes ?? null;
  const steps: Box[] = row.pre ? [{ title: row.pre, detail: "", look: "step" }] : [];
  return [[data], ...steps.map((step) => [step]), [{ title: row.alg || "not chosen yet", detail: n === null ? "" : plural(n, "class", "classes"), look: "model" }]];
}

/** The last box is the model, the first the data. */
function withModel(columns: readonly (readonly Box[])[]): readonly (readonly Box[])[] {
  return columns.map((boxes, at) => boxes.map((box) => ({ ...box, look: at === columns.length - 1 ? "model" : at === 0 ? "data" : "step" })));
}

const namesOf = (row: Row | undefined): Partial<Branch> => (row?.alg ? { pre: row.pre, alg: row.alg } : {});
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** What can be read of `pipeline.json`; null if it is something else. */
export function parsed(file: string): { columns: readonly (readonly Box[])[]; members: readonly Branch[]; model: Box | null } | null {
  let raw: unknown;
  try {
    raw = JSON.parse(file);
  } catch {
    return null; // an old or cut file: the row itself says enough
  }
  if (!isObject(raw)) return null;
  const box = (one: unknown): Box[] => (isObject(one) && textOf(one["title"]) ? [{ title: textOf(one["title"]), detail: textOf(one["detail"]), look: "step" }] : []);
  const listed = Array.isArray(raw["columns"]) ? raw["columns"] : [];
  const columns = listed.map((one: unknown) => (Array.isArray(one) ? one.flatMap(box) : box(one))).filter((boxes) => boxes.length > 0);
  const members = (Array.isArray(raw["members"]) ? raw["members"] : []).flatMap((one: unknown): Branch[] =>
    isObject(one) && typeof one["i"] === "number" ? [{ i: one["i"], pre: "", alg: textOf(one["name"]), weight: Number(one["weight"]) || 0 }] : []);
  return { columns, members, model: box(raw["model"])[0] ?? null };
}

/** The drawing; a click on a member opens its row. */
export function drawn(diagram: Diagram, send: Send, signal: AbortSignal): HTMLElement {
  return diagram.members.length ? ensemble(diagram, send, signal) : chain(diagram);
}

function chain({ columns }: Diagram): HTMLElement {
  const seen = columns.length > MOST_COLUMNS ? [...columns.slice(0, MOST_COLUMNS - 1), columns[columns.length - 1] as readonly Box[]] : columns;
  const hidden = columns.length - seen.length;
  const parts = seen.flatMap((boxes, at): HTMLElement[] => {
    const column = h("div", { class: "col" }, ...boxes.slice(0, MOST_BRANCHES).map(boxNode), boxes.length > MOST_BRANCHES ? more(boxes.length - MOST_BRANCHES) : null);
    const isGap = hidden > 0 && at === seen.length - 1;
    return [...(at ? [arrow()] : []), ...(isGap ? [more(hidden), arrow()] : []), column];
  });
  const words = columns.map((boxes) => boxes.map((box) => visible(box.title)).join(" and ")).join(" to ");
  return h("div", { class: "flow", role: "img", "aria-label": words }, ...parts);
}

const more = (n: number): HTMLElement => h("span", { class: "more dim" }, `+ ${count(n)} more`);

function boxNode(box: Box): HTMLElement {
  const look = box.look === "data" ? "n plain" : box.look === "model" ? "n model" : "n";
  return h("div", { class: look }, h("b", {}, name(box.title)), h("small", {}, box.detail ? name(box.detail) : "\u00a0"));
}

function arrow(): HTMLElement {
  const path = svg("path", { d: "M0 4H22M18 1l4 3-4 3", fill: "none", stroke: "currentColor" });
  return h("span", { class: "to", "aria-hidden": "true" }, svg("svg", { viewBox: "0 0 24 8", preserveAspectRatio: "xMaxYMid slice" }, path));
}

const BRANCH = 24, GAP = 8;

function ensemble({ columns, members }: Diagram, send: Send, signal: AbortSignal): HTMLElement {
  const seen = members.slice(0, MOST_BRANCHES), rest = members.length - seen.length;
  const lines = seen.map((member) => {
    const button = h("button", { class: "member", title: `Open iteration ${member.i}` },
      h("span", { class: "dim" }, String(member.i)), 
      h("span", { class: "pipe" }, member.pre ? name(member.pre, { class: "pre" }) : null, name(member.alg, { class: "alg" })), h("b", {}, member.weight.toFixed(2)));
    on(button, "click", () => send({ kind: "select", iteration: member.i }), signal);
    return button;
  });
  const [data, model] = [columns[0]?.[0], columns[columns.length - 1]?.[0]];
  const fan = h("div", { class: "flow fan", role: "group", "aria-label": `${model?.title ?? "Ensemble"} of iterations ${members.map((one) => one.i).join(", ")}` },
    data ? h("div", { class: "end" }, boxNode(data)) : null, edges(seen.length, "out"),
    h("div", { class: "members" }, ...lines, rest > 0 ? more(rest) : null),
    edges(seen.length, "in"), model ? h("div", { class: "end" }, boxNode(model)) : null);
  fan.style.setProperty("--fan", `${heightOf(seen.length)}px`);
  return fan;
}

const heightOf = (n: number): number => n * BRANCH + (n - 1) * GAP;

/** Curves from one box to each member, or from each member to one box. */
function edges(n: number, way: "out" | "in"): SVGSVGElement {
  const height = heightOf(n), middle = height / 2;
  const curves = Array.from({ length: n }, (_, k) => {
    const y = k * (BRANCH + GAP) + BRANCH / 2;
    const [from, to] = way === "out" ? [middle, y] : [y, middle];
    return svg("path", { class: "curve", d: `M0 ${from}C12 ${from} 12 ${to} 24 ${to}` });
  });
  return svg("svg", { class: "mini fan-edges", width: 24, height, viewBox: `0 0 24 ${height}`, "aria-hidden": "true" }, ...curves);
}
