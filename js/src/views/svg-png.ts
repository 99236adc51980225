/** A drawing of ours as a PNG file: computed colours go into a copy, the copy onto a canvas. */

import { h } from "../dom";

const PAINT = ["fill", "stroke", "stroke-width", "stroke-opacity", "font", "opacity"] as const;

/** The drawing as text that stands alone, on a background of its own. */
export function standalone(drawing: SVGSVGElement, background: string): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement, { width, height } = drawing.getBoundingClientRect();
  const pairs = [...drawing.querySelectorAll("*")].map((node, at) => [node, copy.querySelectorAll("*")[at]] as const);
  for (const [from, to] of pairs) {
    const style = getComputedStyle(from);
    to?.setAttribute("style", PAINT.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
  }
  for (const [name, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height, style: `background:${background}` })) copy.setAttribute(name, String(value));
  return new XMLSerializer().serializeToString(copy);
}

/** Offers the drawing as a file, at twice its size. */
export async function downloadPng(drawing: SVGSVGElement, fileName: string, background: string): Promise<void> {
  const url = URL.createObjectURL(new Blob([standalone(drawing, background)], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = h("canvas", { width: image.width * 2, height: image.height * 2 }), context = canvas.getContext("2d");
    if (!context) throw new Error("this browser cannot draw on a canvas");
    context.scale(2, 2);
    context.drawImage(image, 0, 0);
    h("a", { href: canvas.toDataURL("image/png"), download: `${fileName}.png` }).click();
  } finally {
    URL.revokeObjectURL(url);
  }
}
