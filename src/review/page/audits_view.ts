// Audits: what may be promised of the labels, or of what a model said unseen, from samples that are read blind.

import { get } from "./api";
import { go, report, setReceiver, type App } from "./app";
import { bar, progress } from "./bar";
import { h, place, plural, type Child } from "./dom";
import { actionButton, setBase } from "./stage";

interface Counts { seen: number; right: number; wrong: number; unsure: number; disputed: number }
interface Rate { estimate: number | null; low: number; high: number }
interface Audit extends Counts {
  id: number; name: string; of: string; state: "open" | "closed"; opened_at: number; closed_at: number | null; population: number;
  drawn: number; digest: string; precision: number; confidence: number; low: number; high: number; waiting: number; stuck: boolean;
  more_looks: number | null; verdict: "holds" | "broken" | "undecided"; sentence: string;
  strata: (Counts & { name: string; items: number; drawn: number })[]; line?: { prevalence: Rate; escape: Rate; overkill: Rate };
}

// Cut, not rounded, and so the same figure as in the sentence.
const percent = (share: number): string => `${(Math.floor(share * 1000 + 1e-9) / 10).toFixed(1)} %`;
const day = (microseconds: number): string => new Date(microseconds / 1000).toISOString().slice(0, 10);

// What may be claimed, on a line that ends at 100 %, with the precision that was asked for.
function claim(audit: Audit): HTMLElement {
  const from = Math.floor(Math.min(audit.low, audit.precision) * 10 - 0.5) / 10, least = Math.max(0, from);
  const at = (share: number): number => 100 * Math.max(0, share - least) / (1 - least || 1);
  const range = h("i", { class: "range" }), wanted = h("i", { class: "wanted" });
  range.style.left = `${at(audit.low)}%`;
  range.style.width = `${at(audit.high) - at(audit.low)}%`;
  wanted.style.left = `${at(audit.precision)}%`;
  return h("div", { class: "claim" }, h("span", { class: "number" }, percent(least)), h("div", { class: "share" }, h("i", { class: "axis" }), range, wanted),
           h("span", { class: "number" }, "100 %"));
}

function next(audit: Audit): string {
  if (audit.state === "closed") return `closed ${audit.closed_at ? day(audit.closed_at) : ""}`;
  if (audit.stuck) return "nobody who may review could still read the next image: another reader is needed";
  if (audit.more_looks === 0) return "the promise holds: it may be closed";
  const waiting = audit.waiting ? ` ${audit.waiting} read already wait for one before them.` : "";
  return (audit.more_looks === null ? "the sample cannot show the promise any more." : `${plural(audit.more_looks, "more look")}, all right, until the promise holds.`) + waiting;
}

function strata(audit: Audit): Child {
  if (audit.strata.length < 2) return null;
  const rows = audit.strata.map((one) => h("tr", {}, h("td", {}, one.name), ...[one.items, one.drawn, one.seen, one.wrong, one.unsure + one.disputed].map((n) =>
    h("td", {}, n.toLocaleString("en")))));
  return h("table", {}, h("thead", {}, h("tr", {}, ...["", "of", "drawn", "looked at", "wrong", "doubtful"].map((text) => h("th", {}, text)))), h("tbody", {}, ...rows));
}

function rates(audit: Audit): Child {
  if (!audit.line) return null;
  const row = (name: string, rate: Rate): HTMLElement => h("tr", {}, h("td", {}, name), h("td", {}, rate.estimate === null ? "–" : percent(rate.estimate)),
    h("td", {}, `${percent(rate.low)} – ${percent(rate.high)}`));
  return h("table", {}, h("tbody", {}, row("defective", audit.line.prevalence), row("escape", audit.line.escape), row("overkill", audit.line.overkill)));
}

function card(audit: Audit): HTMLElement {
  return h("section", { class: `card audit ${audit.verdict}`, "data-audit": audit.id },
    h("header", {}, h("h2", {}, audit.name), h("span", { class: "verdict" }, audit.verdict), h("span", { class: "quiet" }, `${audit.of}, opened ${day(audit.opened_at)}`)),
    h("p", { class: "sentence" }, audit.sentence), claim(audit),
    h("div", { class: "looks" }, progress(audit.seen, audit.drawn), h("span", {}, `${audit.seen.toLocaleString("en")} of ${audit.drawn.toLocaleString("en")} drawn, asked for ${percent(audit.precision)}`)),
    h("p", { class: audit.stuck ? "problem" : "quiet" }, next(audit)), strata(audit), rates(audit),
    h("p", { class: "quiet digest", title: audit.digest }, `population ${audit.population.toLocaleString("en")}, digest ${audit.digest.slice(0, 16)}`));
}

export function showAudits(app: App): () => void {
  let closed = false;
  const list = h("div", { class: "audit-list" });
  setReceiver(null);
  setBase("audits", { leave: () => go("#/"), help: () => app.help() });
  place("page", bar(app, "audits", "Audits"), h("main", { class: "audits" }, list,
    h("p", { class: "quiet legend" }, "Only looks from the beginning of the drawn order count, so the bounds hold however often somebody looks at them. " +
      "Doubtful ones count as wrong below and as right above. paucal audit opens and closes audits."),
    h("div", { class: "buttons" }, actionButton("leave", "all"))));
  void get("audits").then((answer) => {
    if (closed) return;
    const audits = answer.audits as Audit[];
    list.replaceChildren(...audits.map(card).reverse());
    if (audits.length === 0) list.replaceChildren(h("p", {}, app.person.role === "reviewer" ? "No audit is closed yet; open ones are not shown to those who read for them."
      : "No audit was opened yet: paucal audit plan tells how many looks which promise needs."));
    document.body.dataset.audits = String(audits.length);
  }).catch(report);
  return () => { closed = true; };
}
