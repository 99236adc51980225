/** The connection in shape and words: whether what is shown is live, from disk, or old. */

import { attr, h, icon, type IconName } from "../dom";
import { clock, duration } from "../format";
import { hasEnded } from "../model";
import type { AppState, View } from "../state";

interface Words { shape: IconName; tone: string; text: string; tip: string }

/** What the connection of a state reads like. */
export function connectionWords({ connection, model, now }: Pick<AppState, "connection" | "model" | "now">): Words {
  switch (connection.kind) {
    case "disconnected": {
      const silent = Math.max(0, now - connection.since);
      const shown = silent < 60 ? `${Math.floor(silent)} s` : duration(silent);
      return { shape: "alert", tone: "warn", text: `disconnected, ${shown}`, tip: `The ${connection.who ?? "kernel"} does not answer. What is shown is what was known last.` };
    }
    case "snapshot":
      return { shape: "disk", tone: "", text: `snapshot of ${clock(connection.at, Date.now() / 1000).replace(/:\d\d$/, "")}`, tip: "A saved state: no kernel is connected." };
    case "busy":
      if (!hasEnded(model)) return { shape: "disk", tone: "", text: "kernel busy, read from disk", tip: "The kernel is at work in another cell. Logs are read from disk, commands wait for the engine." };
      break;
    case "live":
      if (!hasEnded(model)) return { shape: "live", tone: "ok", text: "live", tip: "Changes arrive as they happen." };
      break;
    case "disk":
      break;
  }
  return { shape: "disk", tone: "", text: "read from disk", tip: "The run has ended: what is shown is what was kept." };
}

export function connectionView(): Pick<View<AppState>, "node" | "update"> {
  const label = h("span"), node = h("span", { class: "conn" }, label);
  let shape = "";
  return {
    node,
    update: (state) => {
      const words = connectionWords(state), key = `${words.shape} ${words.tone}`;
      if (key !== shape) { shape = key; node.replaceChildren(icon(words.shape, words.tone), label); }
      if (label.textContent !== words.text) label.textContent = words.text;
      attr(node, "title", words.tip);
    },
  };
}
