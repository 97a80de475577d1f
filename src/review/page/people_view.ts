// How everybody reads: pace, checks that were caught, second readings that agree. Oneself; all for admins.

import { get } from "./api";
import { go, report, setReceiver, type App } from "./app";
import { bar } from "./bar";
import { h, place, type Child } from "./dom";
import { actionButton, setBase } from "./stage";

// low, high: an interval of 95 % of the share agreed.
interface Share { seen: number; agreed: number; low: number | null; high: number | null }
// `agreement`: on checks, where the server has its interval.
export interface Reviewer { name: string; decisions: number; seconds_active: number; honeypots: number; honeypots_caught: number;
                            agreement?: Share; second_readings?: Share }

const percent = (share: number): string => `${Math.round(100 * share)} %`;

export function paceOf(one: Reviewer): { each: string; hour: string } {
  return { each: one.decisions ? `${(one.seconds_active / one.decisions).toFixed(1)} s` : "–",
           hour: one.seconds_active > 0 ? Math.round(one.decisions / one.seconds_active * 3600).toLocaleString("en") : "–" };
}

// A share on a line from 0 to 1, with what it may be.
function shareLine({ seen, agreed, low, high }: Share): Child {
  const range = h("i", { class: "range" }), dot = h("i", { class: "dot" });
  range.style.left = `${100 * (low ?? 0)}%`;
  range.style.width = `${100 * ((high ?? 1) - (low ?? 0))}%`;
  dot.style.left = `${100 * agreed / seen}%`;
  return h("div", { class: "share", title: low != null && high != null ? `95 of 100 such intervals hold the true share: ${percent(low)} to ${percent(high)}` : "" },
           h("i", { class: "axis" }), low != null ? range : null, dot);
}

function figure(title: string, share: Share): HTMLElement {
  const { seen, agreed, low, high } = share;
  return h("div", { class: "figure" }, h("span", { class: "quiet" }, title),
    seen ? h("strong", {}, `${agreed} of ${seen}`) : h("span", { class: "quiet" }, "none yet"),
    seen ? shareLine(share) : null, seen && low != null && high != null ? h("span", { class: "number" }, `${percent(low)} – ${percent(high)}`) : null);
}

function card(one: Reviewer): HTMLElement {
  const pace = paceOf(one);
  return h("section", { class: "card person", "data-name": one.name }, h("h2", {}, one.name),
    h("div", { class: "pace" }, h("span", {}, h("strong", {}, one.decisions.toLocaleString("en")), " decisions"),
      h("span", {}, h("strong", {}, pace.each), " each"), h("span", {}, h("strong", {}, pace.hour), " an hour")),
    figure("Checks caught", one.agreement ?? { seen: one.honeypots, agreed: one.honeypots_caught, low: null, high: null }),
    figure("Second readings that agree", one.second_readings ?? { seen: 0, agreed: 0, low: null, high: null }));
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
