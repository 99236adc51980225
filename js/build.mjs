/** Bundles the front end: automl_widgets/static/widget.js, the portal's pages, and the part of plotly.js that charts use as plotly-subset.js.gz. */

import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";

const OUT = "automl_widgets/static";

/** `import css from "./styles.css?inline"`: minified style sheet as text, for the shadow root. */
const inlineCss = {
  name: "inline-css",
  setup(build) {
    build.onResolve({ filter: /\.css\?inline$/ }, async ({ path, ...from }) => {
      const { path: file } = await build.resolve(path.replace("?inline", ""), { kind: "import-statement", resolveDir: from.resolveDir });
      return { path: file, namespace: "inline-css" };
    });
    build.onLoad({ filter: /.*/, namespace: "inline-css" }, async ({ path }) => {
      const { code } = await esbuild.transform(await readFile(path, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text", watchFiles: [path] };
    });
  },
};

/** plotly.js carries the text of its documentation: a sixth of its size. */
const DESCRIPTIONS = [
  /\bdescription:\s*\[[^\]]*?\]\s*\.join\((['"]).*?\1\)\s*,?/gs,
  /\bdescription:\s*'(?:[^'\\\n]|\\.)*'\s*,?/g,
  /\bdescription:\s*"(?:[^"\\\n]|\\.)*"\s*,?/g,
];
const NEEDS_ITS_DESCRIPTIONS = /plot_schema|font_attributes/;
const stripDocumentation = {
  name: "strip-documentation",
  setup(build) {
    build.onLoad({ filter: /plotly\.js\/src\/.*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const contents = NEEDS_ITS_DESCRIPTIONS.test(path) ? source : DESCRIPTIONS.reduce((text, pattern) => text.replace(pattern, ""), source);
      return { contents, loader: "js" };
    });
  },
};

const SUBSET = `
  import Plotly from "plotly.js/lib/core";
  import bar from "plotly.js/lib/bar";
  import heatmap from "plotly.js/lib/heatmap";
  Plotly.register([bar, heatmap]);
  export default Plotly;
`;

async function buildWidget() {
  await esbuild.build({
    entryPoints: ["js/src/index.ts"], outfile: `${OUT}/widget.js`, bundle: true, minify: true, charset: "utf8",
    format: "esm", target: "es2022", legalComments: "none", plugins: [inlineCss],
  });
  return `${OUT}/widget.js`;
}

/** The portal's list and frame; a run is shown by widget.js. */
async function buildPortal() {
  await esbuild.build({
    entryPoints: [{ in: "js/src/portal/index.ts", out: "portal" }, { in: "js/src/portal/portal.css", out: "portal" }], outdir: OUT,
    bundle: true, minify: true, charset: "utf8", format: "esm", target: "es2022", legalComments: "none", plugins: [inlineCss],
  });
  return [`${OUT}/portal.js`, `${OUT}/portal.css`];
}

async function buildPlotly() {
  const { outputFiles: [file] } = await esbuild.build({
    stdin: { contents: SUBSET, resolveDir: process.cwd() }, write: false, bundle: true, minify: true, charset: "utf8",
    format: "esm", target: "es2022", legalComments: "none", define: { global: "globalThis" },
    loader: { ".css": "empty" }, plugins: [stripDocumentation],
  });
  const path = `${OUT}/plotly-subset.js.gz`;
  // Node writes 0 as the time of compression: the same source gives the same file.
  await writeFile(path, gzipSync(file.contents, { level: 9 }));
  return path;
}

await mkdir(OUT, { recursive: true });
for (const path of [await buildWidget(), ...await buildPortal(), await buildPlotly()]) {
  const { size } = await stat(path);
  const zipped = path.endsWith(".gz") ? "" : `, ${(gzipSync(await readFile(path)).length / 1000).toFixed(1)} kB gzipped`;
  console.log(`${basename(path)}: ${(size / 1000).toFixed(1)} kB${zipped}`);
}
