/** Plays a recording on a page that plays a host: ?state=running&theme=dark&width=1100&tab=log&select=14. */

import { RECORDINGS } from "./recordings";
import type { Recording } from "../src/hosts/http";

const BUNDLE = "/automl_widgets/static/widget.js", PLOTLY = "/automl_widgets/static/plotly-subset.js.gz";
const address = new URLSearchParams(location.search);
const theme = address.get("theme") ?? "light", state = (address.get("state") ?? "running") as keyof typeof RECORDINGS;

const THEMES: Record<string, Record<string, string>> = {
  light: {
    "--jp-layout-color0": "#fff", "--jp-layout-color1": "#fff", "--jp-ui-font-color0": "rgba(0, 0, 0, 1)", "--jp-border-color2": "#e0e0e0",
    "--jp-brand-color1": "#1976d2", "--jp-success-color1": "#388e3c", "--jp-warn-color1": "#f57c00", "--jp-error-color1": "#d32f2f",
  },
  dark: {
    "--jp-layout-color0": "#111", "--jp-layout-color1": "#212121", "--jp-ui-font-color0": "rgba(255, 255, 255, 1)", "--jp-border-color2": "#424242",
    "--jp-brand-color1": "#2196f3", "--jp-success-color1": "#4caf50", "--jp-warn-color1": "#ff9800", "--jp-error-color1": "#f44336",
  },
  vscode: {
    "--vscode-editor-background": "#1f1f1f", "--vscode-foreground": "#cccccc", "--vscode-widget-border": "#313131", "--vscode-textLink-foreground": "#4daafc",
    "--vscode-testing-iconPassed": "#73c991", "--vscode-editorWarning-foreground": "#cca700", "--vscode-errorForeground": "#f85149",
  },
  plain: {}, "plain-dark": {},
};

const { style } = document.documentElement;
for (const [name, value] of Object.entries(THEMES[theme] ?? {})) style.setProperty(name, value);
document.body.style.background = theme === "plain-dark" ? "#181818" : "var(--jp-layout-color0, var(--vscode-editor-background, #fff))";

document.documentElement.lang = "en";
const place = document.getElementById("place") as HTMLElement;
if (address.has("width")) place.style.width = `${address.get("width")}px`;

interface Widget { play(el: HTMLElement, recording: Recording, plotlyUrl: string): () => void }
const { play } = (await import(/* @vite-ignore */ BUNDLE)) as Widget;

/** The engine's clock stands at the recording's own time: pictures of it do not change from day to day. */
const recording = RECORDINGS[state]();
const shift = (recording.patch.status?.now ?? 0) - Date.now() / 1000;
const now = Date.now.bind(Date);
if (address.get("clock") !== "real") Date.now = () => now() + shift * 1000;
Object.assign(globalThis, { unmount: play(place, recording, PLOTLY) });
