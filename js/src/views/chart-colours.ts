/** The host's colours as plotly can read them: computed from the widget's tokens, as `rgb()`. */

import type { Colours } from "./chart-figure";

const TOKENS = ["bg", "ink", "text", "dim", "faint", "control", "line", "accent", "err"] as const;

/** The tokens as they are computed at `node` now. */
export function readColours(node: HTMLElement): Colours {
  const probe = document.createElement("i");
  probe.style.display = "none";
  node.append(probe);
  const read = (token: string): string => {
    probe.style.color = `var(--${token})`;
    return toRgb(getComputedStyle(probe).color);
  };
  const colours = Object.fromEntries(TOKENS.map((token) => [token, read(token)])) as Record<(typeof TOKENS)[number], string>;
  probe.remove();
  return { ...colours, font: getComputedStyle(node).fontFamily || "sans-serif" };
}

/** `color(srgb 0.5 0.5 0.5 / 0.2)`, which mixed colours compute to and plotly does not know, as `rgba()`; all else as it is. */
export function toRgb(colour: string): string {
  const parts = /^color\(srgb\s+([^\s)]+)\s+([^\s)]+)\s+([^\s/)]+)(?:\s*\/\s*([^)]+))?\)$/.exec(colour.trim());
  if (!parts) return colour || "rgb(128, 128, 128)";
  const [red, green, blue] = parts.slice(1, 4).map((part) => Math.round(Math.min(1, Math.max(0, Number(part) || 0)) * 255));
  const alpha = parts[4] === undefined ? 1 : parts[4].trim().endsWith("%") ? Number.parseFloat(parts[4]) / 100 : Number(parts[4]);
  return alpha === 1 ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}
