/** The doors: anywidget's, the portal's, and one for pages that play a recorded run. */

import { mount } from "./app";
import { httpHost, type Recording } from "./hosts/http";
import { jupyterHost, type AnyModel } from "./hosts/jupyter";
import { hidePictures, keepKeys } from "./hosts/notebook";
import { Portal, portalHost, type Ears } from "./hosts/portal";

/** anywidget calls this for each view; the function that comes back ends it. */
function render({ model, el }: { model: AnyModel; el: HTMLElement }): () => void {
  const life = new AbortController();
  const unmount = mount(el, jupyterHost(model, el, life.signal));
  hidePictures(String(model.get("run_id")), el.ownerDocument, life.signal);
  keepKeys(el, life.signal);
  return () => {
    unmount();
    life.abort();
  };
}

/** Shows a recorded run in `el`; plotly comes from `plotlyUrl`. */
export function play(el: HTMLElement, recording: Recording, plotlyUrl: string): () => void {
  const life = new AbortController();
  const unmount = mount(el, httpHost(recording, plotlyUrl, life.signal));
  return () => {
    unmount();
    life.abort();
  };
}

/** What the portal's page of a run says of it. */
export interface Place extends Ears { server: string; query: string; charts: string }

/** Shows a run of the portal in `el`. */
export function connect(el: HTMLElement, { server, query, charts, ...ears }: Place): () => void {
  const life = new AbortController(), chosen = /^\d{1,9}$/.exec(new URLSearchParams(query).get("iteration") ?? "")?.[0];
  const host = portalHost(new Portal({ base: server, token: "" }, query), charts, life.signal, ears);
  if (chosen !== undefined) host.select = Number(chosen);
  const unmount = mount(el, host);
  return () => {
    unmount();
    life.abort();
  };
}

export default { render };
