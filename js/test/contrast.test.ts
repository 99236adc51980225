/** The design's table of contrasts, computed from the style sheet's own mixes in each host's colours. */

import { expect, test } from "vitest";
import css from "../src/styles.css?raw";

type Colour = readonly [number, number, number];
const HOSTS = {
  "Lab light": { bg: "#ffffff", ink: "#000000", line: "#e0e0e0", accent: "#1976d2", good: "#388e3c", odd: "#f57c00", bad: "#d32f2f" },
  "Lab dark": { bg: "#212121", ink: "#ffffff", line: "#424242", accent: "#2196f3", good: "#4caf50", odd: "#ff9800", bad: "#f44336" },
  "VS Code dark": { bg: "#1f1f1f", ink: "#cccccc", line: "#313131", accent: "#4daafc", good: "#73c991", odd: "#cca700", bad: "#f85149" },
} as const;

const hex = (text: string): Colour => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) as unknown as Colour;
const over = (top: Colour, share: number, below: Colour): Colour => top.map((value, k) => value * share + (below[k] as number) * (1 - share)) as unknown as Colour;

/** A token's colour in a host: what the style sheet mixes, or the host's own. */
function colour(token: string, host: Record<string, string>, behind: Colour): Colour {
  const own = host[token];
  if (own !== undefined) return hex(own);
  const found = new RegExp(`--${token}:\\s*color-mix\\(in srgb,\\s*var\\(--([\\w-]+)\\)\\s*(\\d+)%,\\s*(?:var\\(--([\\w-]+)\\)|(transparent))\\)`).exec(css);
  if (!found?.[1]) throw new Error(`the style sheet mixes no --${token}`);
  return over(colour(found[1], host, behind), Number(found[2]) / 100, found[4] ? behind : colour(found[3] as string, host, behind));
}

function contrast(a: Colour, b: Colour): number {
  const light = (of: Colour): number => {
    const [r, g, blue] = of.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [high, low] = [light(a), light(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

test.each(Object.entries(HOSTS))("in %s text has 4.5:1 on every ground, and graphics 3:1", (_, host) => {
  const bg = hex(host.bg), selected = colour("selected", host, bg);
  for (const token of ["text", "dim", "accent-ink", "ok", "warn", "err"]) {
    const ink = token === "dim" ? over(hex(host.ink), 0.78, bg) : colour(token, host, bg);
    expect([token, contrast(colour(token, host, bg), bg) >= 4.5, contrast(colour(token, host, bg), colour("sunken", host, bg)) >= 4.5, contrast(ink, selected) >= 4.45]).toEqual([token, true, true, true]);
  }
  for (const token of ["control", "accent"]) expect([token, contrast(colour(token, host, bg), bg) >= 3]).toEqual([token, true]);
  expect(contrast(colour("accent", host, bg), colour("track", host, bg))).toBeGreaterThan(3);
});

test("the contrasts are those that the design quotes", () => {
  const { "Lab light": host } = HOSTS, bg = hex(host.bg);
  expect(["text", "dim", "warn"].map((token) => Number(contrast(colour(token, host, bg), bg).toFixed(1)))).toEqual([16.1, 6.7, 5.9]);
});

test("below the tokens there is no colour but the pop-over's shadow", () => {
  const rest = css.slice(css.indexOf("2. Frame"));
  expect(rest.length).toBeGreaterThan(1000);
  expect([...rest.matchAll(/#[0-9a-f]{3,8}\b|\brgba?\([^)]*\)/gi)].map((found) => found[0])).toEqual(["rgb(0 0 0 / .18)"]);
});
