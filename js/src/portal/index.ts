/** The portal's pages: the list of runs, some of them compared, and the frame around one run, which the widget's own bundle shows. */

import { h, setText } from "../dom";
import { visible } from "../format";
import type { Place } from "../index";
import { showComparison } from "./compare";
import { showList } from "./list";

const { page = "index", base = "/", server = "/", widget = "", charts = "" } = document.body.dataset;

/** The status of what is not there. */
const GONE = 404;

/** A token that logged the page in is in its cookie by now: it must not be copied with the address. */
function dropToken(): void {
  const address = new URL(location.href);
  if (!address.searchParams.has("token")) return;
  address.searchParams.delete("token");
  history.replaceState(null, "", address);
}

async function showRun(): Promise<void> {
  const place = h("main", { class: "run" }), asked = new URLSearchParams(location.search);
  const back = h("a", { href: base, class: "back" }, "← All runs"), trouble = h("span", { class: "warn trouble", role: "alert" });
  document.body.append(h("header", { class: "bar slim" }, back, trouble), place);
  const { connect } = (await import(/* @vite-ignore */ widget)) as { connect(el: HTMLElement, place: Place): () => void };
  document.title = `${visible(asked.get("run") ?? "Run")} – AutoML`;
  const close = connect(place, {
    server, charts, query: location.search,
    told: ({ facts }) => {
      setText(trouble, "");
      if (facts) document.title = `${visible(facts.name || facts.id)} – AutoML`;
    },
    refused: ({ message, status }) => {
      if (status !== GONE) { setText(trouble, message); return; }
      close();
      place.className = "";
      place.replaceChildren(h("div", { class: "empty" }, h("p", {}, visible(message)), h("p", { class: "dim" }, "It may have been deleted.")));
    },
  });
}

dropToken();
if (page === "run") void showRun();
else if (page === "compare") showComparison(document.body, { base: server, token: "" }, base);
else showList(document.body, { base: server, token: "" });
