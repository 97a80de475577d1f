// What an action makes of an image, before the server says so: the page shows it at once. The rules are those of
// decision.cpp; the server's answer holds. Pure.

import type { Geometry, ImageState, Item, Kind, ObjectClass, Proposal, ReviewImage, Said, Verdict } from "./types";

// An object as it is shown: "proposed" is a proposal that nobody has decided.
export interface Shown { id: string; kind: Kind; class: number; geometry: Geometry; state: Item["state"] | "proposed";
                         proposal: Proposal | null }

export function shownObjects(image: ReviewImage): Shown[] {
  const decided = new Map(image.items.map((item) => [item.id, item]));
  const shown: Shown[] = image.proposals.map((proposal) => {
    const item = decided.get(proposal.id);
    decided.delete(proposal.id);
    return { id: proposal.id, kind: proposal.kind, class: item?.class ?? proposal.class,
             geometry: item?.geometry ?? proposal.geometry, state: item?.state ?? "proposed", proposal };
  });
  for (const item of decided.values()) shown.push({ ...item, proposal: null });
  return shown;
}

const stands = (state: Shown["state"]): boolean => state !== "rejected";

function withItem(image: ReviewImage, item: Item): Item[] {
  return [...image.items.filter((other) => other.id !== item.id), item];
}

function settle(image: ReviewImage, state: Item["state"]): Item[] {
  const decided = new Set(image.items.map((item) => item.id));
  const rest = image.proposals.filter((proposal) => !decided.has(proposal.id));
  return [...image.items, ...rest.map(({ id, kind, class: label, geometry }): Item =>
    ({ id, kind, class: label, geometry, state }))];
}

function cleared(image: ReviewImage): Item[] {
  return image.proposals.map(({ id, kind, class: label, geometry }): Item =>
    ({ id, kind, class: label, geometry, state: "rejected" }));
}

function changed(image: ReviewImage, said: Said): Item[] {
  const shown = shownObjects(image).find((object) => object.id === said.item);
  if (!shown) return image.items;
  if (shown.state === "drawn" && (said.action === "delete" || said.action === "reject"))
    return image.items.filter((item) => item.id !== said.item);
  const item: Item = { id: shown.id, kind: shown.kind, class: shown.class, geometry: shown.geometry, state: "accepted" };
  if (said.action === "relabel") item.class = said.after!.class as number;
  if (said.action === "edit") item.geometry = said.after!.geometry as Geometry;
  if (said.action === "reject" || said.action === "delete") item.state = "rejected";
  else if (shown.state === "drawn") item.state = "drawn";
  else if (said.action === "edit" || shown.state === "edited") item.state = "edited";
  return withItem(image, item);
}

function countsAsNg(image: ReviewImage, classes: ObjectClass[]): boolean {
  if (image.verdict) return image.verdict === "NG";
  const label = classes.find((known) => known.id === image.label);
  return label !== undefined && !label.is_ok;
}

export function decide(image: ReviewImage, said: Said, classes: ObjectClass[]): Partial<ImageState> {
  const after = said.after ?? {};
  switch (said.action) {
    case "accept": case "reject":
      return { items: said.item ? changed(image, said) : settle(image, said.action === "accept" ? "accepted" : "rejected") };
    case "relabel": case "edit": case "delete":
      return { items: changed(image, said) };
    case "add":
      return { items: withItem(image, { id: said.item!, kind: after.kind as Kind, class: after.class as number,
                                        geometry: after.geometry as Geometry, state: "drawn" }) };
    case "verdict":
      return { verdict: after.verdict as Verdict, class: null, status: "done",
               items: after.verdict === "OK" ? cleared(image) : image.items };
    case "class": {
      const chosen = classes.find((known) => known.id === after.class);
      return chosen ? { class: chosen.id, verdict: chosen.is_ok ? "OK" : "NG" } : {};
    }
    case "done": {
      const items = image.verdict === "OK" ? cleared(image) : settle(image, "accepted");
      const ng = items.some((item) => stands(item.state)) || countsAsNg(image, classes);
      return { items, verdict: ng ? "NG" : "OK", status: "done" };
    }
    case "unsure": return { status: "unsure", verdict: null };
    case "reopen": return { status: "open", verdict: null };
    default: return {};
  }
}
