/** Files of iterations, asked for once: what an ended iteration has written does not change. */

import type { FileName, Host } from "../types";

export type Artifact = { kind: "loading" } | { kind: "text"; text: string } | { kind: "problem"; reason: string };

export interface Artifacts {
  /** What is known now; the first call for a file asks for it. `version` tells attempts and states of the iteration apart. */
  get(i: number, name: FileName, version: string): Artifact;
  /** Asks again for a file that could not be read. */
  retry(i: number, name: FileName): void;
}

const LOADING: Artifact = { kind: "loading" };

export function artifacts(host: Pick<Host, "file">, arrived: () => void): Artifacts {
  const known = new Map<string, { version: string; artifact: Artifact }>();
  const ask = async (key: string, i: number, name: FileName, version: string): Promise<void> => {
    known.set(key, { version, artifact: LOADING });
    let artifact: Artifact;
    try {
      artifact = { kind: "text", text: await host.file(i, name) };
    } catch (error) {
      artifact = { kind: "problem", reason: error instanceof Error ? error.message : String(error) };
    }
    if (known.get(key)?.version !== version) return;
    known.set(key, { version, artifact });
    arrived();
  };
  return {
    get(i, name, version) {
      const key = `${i}/${name}`, entry = known.get(key);
      if (entry?.version === version) return entry.artifact;
      void ask(key, i, name, version);
      return LOADING;
    },
    retry(i, name) {
      known.delete(`${i}/${name}`);
      arrived();
    },
  };
}
