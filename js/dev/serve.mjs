/** Serves the page of recordings: `npm run dev`, then http://localhost:8123/js/dev/?state=running&theme=dark. */

import esbuild from "esbuild";

const port = Number(process.env.PORT ?? 8123);
const context = await esbuild.context({ entryPoints: ["js/dev/page.ts"], outfile: "js/dev/page.js", bundle: true, write: false, format: "esm", target: "es2022", sourcemap: "inline" });
await context.serve({ servedir: ".", host: "127.0.0.1", port });
console.log(`http://127.0.0.1:${port}/js/dev/`);
