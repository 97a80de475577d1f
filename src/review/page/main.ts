// Starts the page: who is there, then the view that the address names.

import { ApiError, get, messageOf, onLost, setPerson } from "./api";
import { makeOutbox, type App, Pace } from "./app";
import { h, place } from "./dom";
import { showAudits } from "./audits_view";
import { showDisputes } from "./disputes_view";
import { showHelp } from "./help";
import { leaveDeck, showImage } from "./image_view";
import { showList } from "./list_view";
import { showLogin } from "./login";
import { showPeople } from "./people_view";
import { showQueues } from "./queue_view";
import { listen } from "./stage";
import type { Person } from "./types";

let app: App | null = null;
let leaveView: () => void = () => {};

function route(): void {
  if (!app) return;
  leaveView();
  leaveView = () => {};
  document.getElementById("overlay")!.replaceChildren();
  const [path, query] = location.hash.slice(1).split("?");
  const parts = path.split("/").filter((part) => part !== "");
  const number = (text: string | undefined): number | null => text && /^\d+$/.test(text) ? Number(text) : null;
  let left: (() => void) | void = undefined;
  if (parts[0] !== "queue") leaveDeck();
  if (parts[0] === "queue" && number(parts[1]) !== null) left = showImage(app, number(parts[1])!, number(parts[3]));
  else if (parts[0] === "image" && number(parts[1]) !== null) left = showImage(app, 0, number(parts[1]));
  else if (parts[0] === "list") left = showList(app, new URLSearchParams(query));
  else if (parts[0] === "disputes") left = showDisputes(app);
  else if (parts[0] === "audits") left = showAudits(app);
  else if (parts[0] === "people") left = showPeople(app);
  else left = showQueues(app, () => login());
  if (left) leaveView = left;
}

async function enter(person: Person): Promise<void> {
  setPerson(person);
  const outbox = app?.outbox ?? makeOutbox(() => app?.project.classes ?? []);
  app = { person, project: await get("project"), outbox, pace: app?.pace ?? new Pace(), help: showHelp };
  outbox.start();
  route();
}

function login(why = ""): void {
  leaveView();
  leaveView = () => {};
  document.getElementById("overlay")!.replaceChildren();
  setPerson(null);
  showLogin((person) => void enter(person), why);
}

async function start(): Promise<void> {
  listen();
  onLost(() => { if (document.body.dataset.view !== "login") login(app ? "The session has ended. Nothing is lost." : ""); });
  window.addEventListener("hashchange", () => route());
  try { await enter(await get("me")); }
  catch (error) {
    if (error instanceof ApiError && error.status === 401) return;
    place("page", h("main", { class: "centre" }, h("p", { class: "problem" }, messageOf(error))));
  }
}

void start();
