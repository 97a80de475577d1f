// Somebody else changed an image that a decision was made on: nothing is overwritten, the person chooses.

import { thumbUrl } from "./api";
import { h } from "./dom";
import type { Refused } from "./outbox";
import { actionButton, openDialog } from "./stage";
import type { ImageState, ObjectClass, ReviewEvent } from "./types";

const named = (id: unknown, classes: ObjectClass[]): string => classes.find((known) => known.id === id)?.name ?? String(id);

export function inWords(event: ReviewEvent, classes: ObjectClass[]): string {
  const after = event.after ?? {};
  switch (event.action) {
    case "verdict": return `verdict ${after.verdict}`;
    case "done": return "accept all, done";
    case "class": return `class ${named(after.class, classes)}`;
    case "relabel": return `object is ${named(after.class, classes)}`;
    case "add": return `new ${named(after.class, classes)}${after.kind && after.kind !== "box" ? ` (${after.kind})` : ""}`;
    case "edit": return "object moved or reshaped";
    case "delete": return "object removed";
    case "accept": return "object accepted";
    case "reject": return "object rejected";
    default: return event.action;
  }
}

export function stateInWords(state: ImageState): string {
  const standing = state.items.filter((item) => item.state !== "rejected").length;
  return `${state.status}${state.verdict ? `, ${state.verdict}` : ""}, ${standing} object${standing === 1 ? "" : "s"}, ` +
         `version ${state.version}`;
}

export function showConflict(what: Refused, state: ImageState, classes: ObjectClass[], theirs: () => void, mine: () => void): void {
  const said = [what.event, ...what.after];
  let shut = (): void => {};
  const choose = (then: () => void) => (): void => { shut(); then(); };
  shut = openDialog("conflict", "Somebody changed this image", { theirs: choose(theirs), mine: choose(mine) }, theirs,
    h("img", { class: "which", src: thumbUrl(what.event.image, 256), alt: "" }),
    h("p", {}, `Image ${what.event.image} is not as you saw it. Your decision is not stored yet.`),
    h("dl", {}, h("dt", {}, "Stored now"), h("dd", {}, stateInWords(state)),
      h("dt", {}, "You did"), h("dd", {}, said.map((event) => inWords(event, classes)).join("; "))),
    h("footer", {}, actionButton("theirs", "conflict", { kind: "primary" }), actionButton("mine", "conflict")));
}
