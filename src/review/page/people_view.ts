// How everybody reads: pace, checks that were caught, second readings that agree. Oneself; all for admins.

import { get } from "./api";
import { go, report, setReceiver, type App } from "./app";
import { bar } from "./bar";
import { h, place, type Child } from "./dom";
import { actionButton, setBase } from "./stage";

type Interval = [number, number] | null;
export interface Reviewer { name: string; decisions: number; seconds_active: number; honeypots: number; honeypots_caught: number;
                            honeypots_interval?: Interval; readings?: number; readings_agreed?: number; readings_interval?: Interval }

const percent = (share: number): string => `${Math.round(100 * share)} %`;

export function paceOf(one: Reviewer): { each: string; hour: string } {
  return { each: one.decisions ? `${(one.seconds_active / one.decisions).toFixed(1)} s` : "–",
           hour: one.seconds_active > 0 ? Math.round(one.decisions / one.seconds_active * 3600).toLocaleString("en") : "–" };
}

// A share on a line from 0 to 1, with what it may be.
function shareLine(part: number, all: number, interval: Interval): Child {
  const range = h("i", { class: "range" }), dot = h("i", { class: "dot" });
  range.style.left = `${100 * (interval?.[0] ?? 0)}%`;
  range.style.width = `${100 * ((interval?.[1] ?? 1) - (interval?.[0] ?? 0))}%`;
  dot.style.left = `${100 * part / all}%`;
  return h("div", { class: "share", title: interval ? `95 of 100 such intervals hold the true share: ${percent(interval[0])} to ${percent(interval[1])}` : "" },
           h("i", { class: "axis" }), range, dot);
}

function figure(title: string, part: number, all: number, interval: Interval, none: string): HTMLElement {
  return h("div", { class: "figure" }, h("span", { class: "quiet" }, title),
    all ? h("strong", {}, `${part} of ${all}`) : h("span", { class: "quiet" }, none),
    all ? shareLine(part, all, interval) : null,
    all && interval ? h("span", { class: "number" }, `${percent(interval[0])} – ${percent(interval[1])}`) : null);
}

function card(one: Reviewer): HTMLElement {
  const pace = paceOf(one);
  return h("section", { class: "card person", "data-name": one.name }, h("h2", {}, one.name),
    h("div", { class: "pace" }, h("span", {}, h("strong", {}, one.decisions.toLocaleString("en")), " decisions"),
      h("span", {}, h("strong", {}, pace.each), " each"), h("span", {}, h("strong", {}, pace.hour), " an hour")),
    figure("Checks caught", one.honeypots_caught, one.honeypots, one.honeypots_interval ?? null, "none yet"),
    figure("Second readings that agree", one.readings_agreed ?? 0, one.readings ?? 0, one.readings_interval ?? null, "none yet"));
}

export function showPeople(app: App): () => void {
  let closed = false;
  const cards = h("div", { class: "people" }), text = h("p", { class: "quiet" });
  setReceiver(null);
  setBase("people", { leave: () => go("#/"), help: () => app.help() });
  place("page", bar(app, "people", "Readers"), h("main", { class: "readers" }, cards,
    h("div", { class: "legend" }, text,
      h("p", { class: "quiet" }, "A check is an image with a proposal that is known to be wrong; it is caught where it was not left as it was."),
      h("p", { class: "quiet" }, "A second reading is done by somebody else, who sees neither the model's objects nor the first answer. That two readings differ does not tell who was right."),
      h("p", { class: "quiet" }, "The bars are intervals of 95 % (Clopper and Pearson): from few images little is known."),
      actionButton("leave", "all"))));
  void get("reviewers").then((answer) => {
    if (closed) return;
    const people = answer.reviewers as Reviewer[];
    text.textContent = app.person.role === "admin" ? "" : "You see your own figures; admins see everybody's.";
    cards.replaceChildren(...people.map(card));
    document.body.dataset.people = String(people.length);
  }).catch(report);
  return () => { closed = true; };
}
