// What all views share: who is there, the project, the outbox, and where one is.

import { ApiError, get, messageOf } from "./api";
import { plural, toast } from "./dom";
import { Outbox, type Refused } from "./outbox";
import { showConflict } from "./conflict";
import type { ImageState, Person, Project } from "./types";

export interface App { person: Person; project: Project; outbox: Outbox; pace: Pace; help: () => void }

// Seconds an image, of this visit.
export class Pace {
  private times: number[] = [];
  add(ms: number): void { this.times.push(ms); if (this.times.length > 50) this.times.shift(); }
  get count(): number { return this.times.length; }
  get seconds(): number | null {
    if (this.times.length === 0) return null;
    const sorted = [...this.times].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] / 1000;
  }
}

// What the present view does where the server's state of an image comes in, and where a person does theirs again.
export interface Receiver { received(state: ImageState): void; again(what: Refused, state: ImageState): void }
let receiver: Receiver | null = null;
export function setReceiver(one: Receiver | null): void { receiver = one; }

export function makeOutbox(classes: () => Project["classes"]): Outbox {
  return new Outbox((what) => void onRefused(what, classes()), (waiting, reachable) => {
    document.body.dataset.waiting = String(waiting);
    const note = document.getElementById("saving");
    if (note) {
      note.textContent = waiting === 0 ? "saved" : reachable ? `saving ${waiting}` : `${plural(waiting, "decision")} not saved yet: no server`;
      note.className = waiting > 0 && !reachable ? "bad" : "";
    }
  });
}

async function onRefused(what: Refused, classes: Project["classes"]): Promise<void> {
  let state = what.answer.state ?? null;
  try { state ??= await get(`images/${what.event.image}`) as ImageState; } catch { /* not for this person any more */ }
  if (!what.answer.conflict || !state) {
    toast(`not done: ${(what.answer.error ?? "").replace(/^\[\w+\] /, "")}`, "bad");
    if (state) receiver?.received(state);
    return;
  }
  const stored = state;
  showConflict(what, stored, classes, () => receiver?.received(stored), () => receiver?.again(what, stored));
}

export function report(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 401)) toast(messageOf(error).replace(/^\[\w+\] /, ""), "bad");
}

export function go(hash: string): void {
  if (location.hash === hash) window.dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = hash;
}
// Without a new view: for reload and the address bar. Not where the address names another view already, which comes next.
export function note(hash: string): void {
  const view = (text: string): string => text.split(/[/?]/).slice(0, text.startsWith("#/queue") ? 3 : 2).join("/");
  if (view(location.hash) === view(hash)) history.replaceState(null, "", hash);
}
