/** The doors: anywidget's, and one for pages that play a recorded run. */

import { mount } from "./app";
import { httpHost, type Recording } from "./hosts/http";
import { jupyterHost, type AnyModel } from "./hosts/jupyter";
import { hidePictures, keepKeys } from "./hosts/notebook";

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

export default { render };
