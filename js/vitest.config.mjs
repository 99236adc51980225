/** Unit tests of the front end; style sheets are read, since some tests are about them. */

import { defineConfig } from "vitest/config";

export default defineConfig({ test: { dir: "js/test", css: true } });
