/** Follows the colours of the page: light or dark for native controls, and a dark set where the host defines none. */

const HOST_VARIABLES = ["--jp-layout-color1", "--vscode-editor-background", "--colab-primary-surface-color"];
const WATCHED = ["class", "style", "data-jp-theme-light", "data-jp-theme-name", "data-vscode-theme-kind", "data-vscode-theme-id", "data-theme", "theme"];

/** Relative luminance, 0 to 1, of `rgb(…)`, `rgba(…)` or `color(srgb …)`; null if it is transparent or unreadable. */
export function luminance(color: string): number | null {
  const isFraction = color.startsWith("color(");
  const parts = (color.match(/-?[\d.]+(?:e-?\d+)?%?/g) ?? []).map((part) => (part.endsWith("%") ? parseFloat(part) / 100 : parseFloat(part)));
  if (parts.length < 3 || (parts.length > 3 && (parts[3] as number) < 0.5)) return null;
  const [r, g, b] = parts.slice(0, 3).map((part) => {
    const value = isFraction ? part : part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The first background that is not transparent, from `node` outwards. */
function background(node: Element | null): number | null {
  for (let at = node; at; at = at.parentElement) {
    const found = luminance(getComputedStyle(at).backgroundColor);
    if (found !== null) return found;
  }
  return null;
}

const DARK = 0.4;

/** Marks `root` now and whenever the page changes its theme; `changed` gets a key that differs from theme to theme. */
export function followTheme(root: HTMLElement, outside: Element, changed: (key: string) => void, signal: AbortSignal): void {
  const scheme = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;
  let last = "";
  const look = (): void => {
    const style = getComputedStyle(root);
    const hasHost = HOST_VARIABLES.some((variable) => style.getPropertyValue(variable).trim() !== "");
    const page = hasHost ? null : background(outside);
    root.classList.toggle("plain-dark", !hasHost && (page === null ? (scheme?.matches ?? false) : page < DARK));
    const isDark = (luminance(getComputedStyle(root).backgroundColor) ?? 1) < DARK;
    root.style.colorScheme = isDark ? "dark" : "light";
    const key = `${isDark ? "dark" : "light"} ${style.backgroundColor} ${style.color} ${style.getPropertyValue("--accent")}`;
    if (key !== last) { last = key; changed(key); }
  };
  look();
  const observer = new MutationObserver(() => requestAnimationFrame(() => { if (!signal.aborted) look(); }));
  for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true, attributeFilter: WATCHED });
  scheme?.addEventListener("change", look, { signal });
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
}
