/** The tags of a run, changed in place: a press turns a tag into a text field, Enter keeps what is there, Escape does not. */

import { h, on, setText } from "../dom";
import { visible } from "../format";
import type { TagChange } from "./types";

type Tag = readonly [key: string, value: string];

export const textOf = ([key, value]: Tag): string => (value ? `${key}: ${value}` : key);

/** `owner: ann` as name and value; null if there is no name. */
export function parsed(text: string): Tag | null {
  const whole = text.trim(), spaced = whole.indexOf(": "), at = spaced >= 0 ? spaced : whole.indexOf(":");
  const key = (at < 0 ? whole : whole.slice(0, at)).trim();
  return key ? [key, at < 0 ? "" : whole.slice(at + 1).trim()] : null;
}

/** What has to change for a tag to read `text`; null if nothing has. Without text it is taken away. */
export function changeTo(before: Tag | null, text: string): TagChange | null {
  const after = parsed(text);
  if (after === null) return before ? { set: {}, remove: [before[0]] } : null;
  if (before && after[0] === before[0] && after[1] === before[1]) return null;
  return { set: { [after[0]]: after[1] }, remove: before && before[0] !== after[0] ? [before[0]] : [] };
}

export interface TagLine { node: HTMLElement; update(tags: Record<string, string>): void }

/** The tags of the run called `of`; `save` stores a change and returns the tags that there are then. */
export function tagLine(of: string, save: (change: TagChange) => Promise<Record<string, string>>, signal: AbortSignal): TagLine {
  const list = h("span", { class: "taglist" }), said = h("span", { class: "sr", role: "status" }), problem = h("span", { class: "err sub", role: "alert" });
  const node = h("div", { class: "tags" }, list, problem, said);
  let tags: readonly Tag[] = [], isEditing = false;

  const draw = (focus?: string): void => {
    isEditing = false;
    setText(problem, "");
    const add = h("button", { type: "button", class: "tag add", "aria-label": `Add a tag to ${of}`, title: "Add a tag" }, "+");
    on(add, "click", () => edit(add, null), signal);
    const chips = tags.map((tag) => {
      const text = visible(textOf(tag)), chip = h("button", { type: "button", class: "tag", title: `${text}\nPress to change it`, "aria-label": `Tag ${text}: change it` }, h("bdi", { dir: "auto" }, text));
      on(chip, "click", () => edit(chip, tag), signal);
      if (tag[0] === focus) queueMicrotask(() => chip.focus());
      return chip;
    });
    list.replaceChildren(...chips, add);
    if (focus !== undefined && !tags.some(([key]) => key === focus)) add.focus();
  };

  const edit = (chip: HTMLElement, tag: Tag | null): void => {
    if (isEditing) return;
    isEditing = true;
    const text = tag ? textOf(tag) : "", field = h("input", { type: "text", class: "tagfield", "aria-label": tag ? `Tag of ${of}` : `New tag of ${of}`, placeholder: "name: value", maxlength: 402, spellcheck: "false" });
    const gone = h("button", { type: "button", class: "bare tagoff", "aria-label": "Take this tag away", title: "Take this tag away", hidden: tag === null }, "×");
    field.value = text;
    chip.replaceWith(field, gone);
    field.focus();
    field.select();
    let isBusy = false;
    const keep = async (wanted: string, refocus: boolean): Promise<void> => {
      if (isBusy || !field.isConnected) return;
      const change = changeTo(tag, wanted), after = parsed(wanted)?.[0] ?? "";
      if (!change) { draw(refocus ? tag?.[0] ?? "" : undefined); return; }
      isBusy = field.readOnly = true;
      try {
        tags = Object.entries(await save(change));
        draw(refocus ? after : undefined);
        setText(said, after ? "Tag saved" : "Tag taken away");
      } catch (error) {
        isBusy = field.readOnly = false;
        setText(problem, visible(error instanceof Error ? error.message : String(error)));
        field.focus();
      }
    };
    on(field, "keydown", (event) => {
      if (event.key === "Enter") void keep(field.value, true);
      else if (event.key === "Escape" && !isBusy) draw(tag?.[0] ?? "");
      else return;
      event.preventDefault();
      event.stopPropagation();
    }, signal);
    on(field, "blur", (event) => { if (event.relatedTarget !== gone && !problem.textContent) void keep(field.value, false); }, signal);
    on(gone, "click", () => void keep("", true), signal);
  };

  draw();
  return {
    node,
    update(next) {
      const now = Object.entries(next);
      if (JSON.stringify(now) === JSON.stringify(tags)) return;
      tags = now;
      if (!isEditing) draw(list.contains(document.activeElement) ? "" : undefined);
    },
  };
}
