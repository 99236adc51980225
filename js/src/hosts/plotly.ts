/** plotly.js, once for each page: unpacked from the gzip file that a host brings, whatever the number of widgets. */

import type { PlotlyLike } from "../types";

const KEY = Symbol.for("automl_widgets.plotly");

interface Page { [KEY]?: Promise<PlotlyLike> }

/** The page's plotly; `fetch` is called only if no widget has brought it yet. A failure is forgotten, so that it can be tried again. */
export function sharedPlotly(fetchGzip: () => Promise<BlobPart>): Promise<PlotlyLike> {
  const page = globalThis as Page;
  const known = page[KEY];
  if (known) return known;
  const loading = fetchGzip().then(load);
  page[KEY] = loading;
  loading.catch(() => { if (page[KEY] === loading) delete page[KEY]; });
  return loading;
}

/** The page's plotly as a module that the server has unpacked: for pages that allow no other scripts than the server's. */
export function sharedModule(url: string): Promise<PlotlyLike> {
  const page = globalThis as Page;
  const loading = page[KEY] ??= import(/* @vite-ignore */ url).then((module: { default: PlotlyLike }) => module.default);
  loading.catch(() => { if (page[KEY] === loading) delete page[KEY]; });
  return loading;
}

async function load(gzip: BlobPart): Promise<PlotlyLike> {
  const stream = new Blob([gzip]).stream().pipeThrough(new DecompressionStream("gzip"));
  const source = await new Response(stream).blob();
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    const module = (await import(/* @vite-ignore */ url)) as { default: PlotlyLike };
    return module.default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
