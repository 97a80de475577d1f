// What stands beside an image: its state, its objects, what can be done, each with its key.

import { classColour } from "./colours";
import type { Shown } from "./decide";
import { h, type Child } from "./dom";
import { actionButton } from "./stage";
import type { Kind, ObjectClass, ReviewImage } from "./types";
import type { Layers } from "./canvas";
import type { ToolName } from "./tools";

export interface PanelFacts {
  image: ReviewImage; objects: Shown[]; chosen: string | null; classes: ObjectClass[]; layers: Layers; note: string;
  evidence: boolean; history: { at: number; by: string; action: string }[]; choose(id: string): void; setClass(id: number): void;
  heatMissing: boolean; may: boolean; tool: ToolName | null;
}

const kMarks: Record<Shown["state"], [string, string]> = { proposed: ["?", "proposed by the model"], accepted: ["✓", "accepted"],
  edited: ["✎", "edited"], rejected: ["✕", "rejected"], drawn: ["+", "drawn"] };

const kHints: Record<ToolName | "none", string> = { none: "", box: "Drag from corner to corner.",
  polygon: "Click corners, or drag along the edge. Enter closes, ⌫ takes a corner back.",
  brush: "Drag paints, Shift erases, [ and ] size. Esc: the next stroke is a new mask.", point: "Click the place." };
const kShapes: Record<Kind, string> = { box: "", polygon: "outline", mask: "mask", point: "point", span: "span" };

const swatch = (id: number): HTMLElement => {
  const box = h("i", { class: "swatch" });
  box.style.backgroundColor = classColour(id);
  return box;
};

function objectRow(object: Shown, facts: PanelFacts): HTMLElement {
  const [mark, meaning] = kMarks[object.state];
  const name = facts.classes.find((known) => known.id === object.class)?.name ?? "?";
  const evidence = facts.evidence && object.proposal?.evidence != null ? object.proposal.evidence.toFixed(2)
    : facts.evidence && object.proposal?.score != null ? object.proposal.score.toFixed(2) : "";
  return h("button", { type: "button", class: `object ${object.state}${object.id === facts.chosen ? " chosen" : ""}`, "data-item": object.id,
                       click: () => facts.choose(object.id) },
           swatch(object.class), h("span", { class: "name" }, name), kShapes[object.kind] ? h("span", { class: "shape" }, kShapes[object.kind]) : null, h("span", { class: "number" }, evidence),
           h("span", { class: "mark", title: meaning }, mark));
}

function stateLine(image: ReviewImage, classes: ObjectClass[]): Child {
  const named = (id: number | null | undefined): string => classes.find((known) => known.id === id)?.name ?? "";
  const verdict = image.verdict ?? "";
  const texts = [image.status === "open" ? "open" : image.status, verdict, named(image.class)].filter((text) => text !== "");
  return h("div", { class: `state ${image.status} ${verdict}` }, h("strong", {}, texts.join(" · ")),
           image.label != null ? h("span", { class: "quiet" }, `came as ${named(image.label)}`) : null);
}

function section(title: string, ...children: Child[]): HTMLElement {
  return h("section", {}, h("h2", {}, title), ...children);
}

function evidenceOf(facts: PanelFacts): HTMLElement {
  const { image } = facts;
  const scores = image.scores.map((one) => h("div", { class: "line" }, h("span", {}, one.name), h("span", {}, one.verdict ?? ""),
    h("span", { class: "number" }, one.probability != null ? one.probability.toFixed(3) : "")));
  const events = facts.history.slice(0, 12).map((one) => h("div", { class: "line" }, h("span", {}, one.by), h("span", {}, one.action),
    h("span", { class: "number" }, new Date(one.at / 1000).toLocaleTimeString("en-GB"))));
  return section("Evidence and history", ...(scores.length ? scores : [h("p", { class: "quiet" }, "no model said anything")]),
                 ...(events.length ? events : [h("p", { class: "quiet" }, "nobody decided anything yet")]));
}

function toggle(action: string, text: string, on: boolean): HTMLElement {
  const button = actionButton(action, "image", { text, kind: "toggle" });
  button.setAttribute("aria-pressed", String(on));
  return button;
}

export function panel(facts: PanelFacts): HTMLElement {
  const { image, layers } = facts, blind = image.purpose === "blind";
  const undecided = facts.objects.filter((object) => object.state === "proposed").length;
  const head = h("div", { class: "head" },
    h("div", { class: "path", title: image.path ?? "" }, image.path ?? `image ${image.id}`),
    h("div", { class: "quiet" }, `${image.width} × ${image.height}${image.part ? ` · part ${image.part}` : ""}`),
    stateLine(image, facts.classes),
    blind ? h("p", { class: "blind" }, "A second reading: what others and the model said is hidden.") : null,
    facts.note ? h("p", { class: "noted" }, `note: ${facts.note}`) : null);
  const decide = h("div", { class: "decide" },
    actionButton("ok", "image", { kind: "good" }), actionButton("ng", "image", { kind: "bad" }),
    actionButton("done", "image", { kind: "primary wide", text: undecided ? `accept ${undecided}, done` : "done as shown" }),
    actionButton("skip", "image"), actionButton("unsure", "image"), actionButton("undo", "image"), actionButton("note", "image"),
    image.status === "open" ? null : actionButton("reopen", "image"));
  const objects = section(`Objects ${facts.objects.length || ""}`,
    h("div", { class: "objects" }, ...facts.objects.slice(0, 200).map((object) => objectRow(object, facts))),
    facts.objects.length ? null : h("p", { class: "quiet" }, blind ? "draw what you see" : "the model proposes nothing"),
    h("div", { class: "buttons" }, actionButton("accept", "image", { text: "accept" }), actionButton("reject", "image", { text: "reject" }),
      actionButton("remove", "image", { text: "remove" }), actionButton("object-next", "image", { text: "next" }), actionButton("like-this", "image", { text: "alike" }),
      ...(facts.may ? [toggle("box", "box", facts.tool === "box"), toggle("polygon", "outline", facts.tool === "polygon"),
                       toggle("brush", "brush", facts.tool === "brush"), toggle("point", "point", facts.tool === "point")] : [])),
    kHints[facts.tool ?? "none"] ? h("p", { class: "quiet hint" }, kHints[facts.tool ?? "none"]) : null);
  const classes = section("Class", h("div", { class: "classes" }, ...facts.classes.map((one) =>
    h("button", { type: "button", class: "class", click: () => facts.setClass(one.id) }, swatch(one.id), h("span", { class: "name" }, one.name),
      one.key ? h("kbd", {}, one.key) : null))));
  const look = section("View", h("div", { class: "buttons" },
    toggle("markings", "model", layers.markings), toggle("labels", "people", layers.labels),
    blind ? null : toggle("heat", facts.heatMissing && layers.heat ? "no heat" : "heat", layers.heat),
    actionButton("fit", "image"), actionButton("one-to-one", "image"), actionButton("evidence", "image", { text: "evidence" })));
  return h("aside", { class: facts.may ? "panel" : "panel watching" }, head, facts.may ? decide : h("p", { class: "quiet" }, "You may look, not decide."),
           objects, classes, facts.evidence ? evidenceOf(facts) : null, look);
}
