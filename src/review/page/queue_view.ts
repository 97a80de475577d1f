// The queues: how far each one is, what is left, and how long that takes.

import { get, post } from "./api";
import { go, report, setReceiver, type App } from "./app";
import { bar, progress } from "./bar";
import { paceOf, type Reviewer } from "./people_view";
import { h, place, plural } from "./dom";
import { setBase } from "./stage";
import { actionButton } from "./stage";
import { undoOrRedo } from "./undo";
import type { Queue } from "./types";

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function queueCard(queue: Queue, marked: boolean, perImage: number | null, choose: () => void): HTMLElement {
  const done = queue.total - queue.open;
  const left = queue.open === 0 ? "nothing left"
    : `${queue.open.toLocaleString("en")} left${perImage ? ` · about ${duration(queue.open * perImage)}` : ""}`;
  return h("button", { type: "button", class: `queue${marked ? " marked" : ""}`, "data-queue": queue.id, click: choose },
           h("strong", {}, queue.name), h("span", { class: "quiet" }, queue.purpose === queue.name ? "" : queue.purpose),
           progress(done, queue.total),
           h("span", {}, `${done.toLocaleString("en")} of ${queue.total.toLocaleString("en")} done`), h("span", {}, left));
}

export function showQueues(app: App, loggedOut: () => void): () => void {
  let closed = false;
  let queues = app.project.queues, reviewers: Reviewer[] = [];
  let marked = Math.max(0, queues.findIndex((queue) => queue.open > 0));
  const start = (): void => { if (queues[marked]) go(`#/queue/${queues[marked].id}`); };
  const move = (step: number) => (): void => {
    marked = Math.min(Math.max(marked + step, 0), queues.length - 1);
    draw();
  };
  const undo = (what: "undo" | "redo") => (): void => void undoOrRedo(app, what, () => void refresh());

  function draw(): void {
    if (closed) return;  // an answer that came late must not take another view's place
    const me = reviewers.find((one) => one.name === app.person.name);
    const perImage = app.pace.seconds ?? (me && me.decisions ? me.seconds_active / me.decisions : null);
    place("page", bar(app, "queue", "Review"), h("main", { class: "queues" },
      h("section", {}, h("h1", {}, plural(app.project.images, "image")),
        ...queues.map((queue, i) => queueCard(queue, i === marked, perImage, () => { marked = i; start(); })),
        queues.length === 0 ? h("p", { class: "quiet" }, "There is no queue yet: paucal review init --run makes one.") : null,
        h("div", { class: "buttons" }, actionButton("start", "queue", { kind: "primary" }), actionButton("list", "queue"),
          app.person.role === "arbiter" || app.person.role === "admin" ? actionButton("disputes", "queue") : null)),
      reviewers.length === 0 ? null : h("section", {}, h("h2", {}, "Pace"), table(reviewers), h("div", { class: "buttons" }, actionButton("people", "queue"), actionButton("audits", "queue")))));
  }
  async function refresh(): Promise<void> {
    try {
      const [project, figures] = await Promise.all([get("project"), get("reviewers").catch(() => ({ reviewers: [] }))]);
      app.project = project;
      queues = app.project.queues;
      reviewers = figures.reviewers;
      draw();
    } catch (error) { report(error); }
  }

  setReceiver(null);
  setBase("queue", { start, "queue-down": move(1), "queue-up": move(-1), list: () => go("#/list"), undo: undo("undo"),
    redo: undo("redo"), disputes: () => go("#/disputes"), people: () => go("#/people"), audits: () => go("#/audits"), help: () => app.help(),
    logout: () => void app.outbox.flushed().then(() => post("logout", {})).catch(report).finally(loggedOut) });
  draw();
  void refresh();
  return () => { closed = true; };
}

function table(reviewers: Reviewer[]): HTMLElement {
  const rows = reviewers.map((one) => h("tr", {}, h("td", {}, one.name), h("td", {}, one.decisions.toLocaleString("en")),
    h("td", {}, paceOf(one).each), h("td", {}, paceOf(one).hour),
    h("td", {}, one.honeypots ? `${one.honeypots_caught} of ${one.honeypots}` : "–")));
  return h("table", {}, h("thead", {}, h("tr", {}, ...["", "decisions", "each", "an hour", "checks caught"].map((text) => h("th", {}, text)))),
           h("tbody", {}, ...rows));
}
