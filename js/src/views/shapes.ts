/** Shapes that only chart and panel use, drawn as those of dom.ts. */

import { svg } from "../dom";

const SHAPES = {
  download: "M6 1v6.6M3.2 5.2 6 8l2.8-2.8M1.5 10.5h9",
  table: "M1.5 2.5h9v7.5h-9zM1.5 5h9M1.5 7.5h9M5 2.5V10",
  insert: "M1.5 1.5h9v4h-9zM6 7.5v4M4 9.5h4",
} as const;

export function shape(name: keyof typeof SHAPES): SVGSVGElement {
  const path = svg("path", { d: SHAPES[name], fill: "none", stroke: "currentColor", "stroke-width": 1.3 });
  return svg("svg", { class: "i", viewBox: "0 0 12 12", "aria-hidden": "true" }, path);
}
