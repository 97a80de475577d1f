// Decisions on their way to the server. Nothing is lost: what is not answered yet lies in the tab's storage, and is sent
// again after a reload; the server answers a number of a session once.

import { ApiError, post } from "./api";
import type { EventAnswer, ReviewEvent } from "./types";

const kKey = "paucal.outbox";
const kMost = 100;        // events of one request
const kMostText = 600_000;  // characters of one request; the server takes 1 MiB
const kLongestWait = 8000;  // ms between two tries

export interface Refused { event: ReviewEvent; answer: EventAnswer; after: ReviewEvent[] }

let lastSeq = 0;
// Larger than any before, also after a reload, and in two tabs hardly ever equal.
export function nextSeq(): number {
  lastSeq = Math.max(lastSeq + 1, Date.now() * 1024 + Math.floor(Math.random() * 1024));
  return lastSeq;
}

export class Outbox {
  private waiting: ReviewEvent[] = [];
  private sending = false;
  private halted = false;
  private idle: (() => void)[] = [];
  // Of what was refused; `changed`: how many wait, and whether the server answers.
  constructor(private readonly refused: (what: Refused) => void,
              private readonly changed: (waiting: number, reachable: boolean) => void) {
    try { this.waiting = JSON.parse(sessionStorage.getItem(kKey) ?? "[]"); } catch { this.waiting = []; }
  }

  get size(): number { return this.waiting.length; }

  add(...events: ReviewEvent[]): void {
    this.waiting.push(...events);
    this.keep(true);
    void this.run();
  }

  start(): void { this.halted = false; void this.run(); }

  // Resolves when nothing waits.
  flushed(): Promise<void> {
    if (this.waiting.length === 0) return Promise.resolve();
    return new Promise((done) => this.idle.push(done));
  }

  // At least one: masks are large.
  private batch(): ReviewEvent[] {
    let text = 0, n = 0;
    while (n < Math.min(kMost, this.waiting.length) && (n === 0 || text < kMostText)) text += JSON.stringify(this.waiting[n++]).length;
    return this.waiting.slice(0, text > kMostText && n > 1 ? n - 1 : n);
  }

  private keep(reachable: boolean): void {
    // Where the tab's storage is full they wait in memory alone, and only a reload would lose them.
    try { sessionStorage.setItem(kKey, JSON.stringify(this.waiting)); } catch { /* a later, shorter list fits again */ }
    this.changed(this.waiting.length, reachable);
  }

  private async run(): Promise<void> {
    if (this.sending || this.halted) return;
    this.sending = true;
    for (let wait = 500; this.waiting.length > 0 && !this.halted;) {
      const batch = this.batch();
      try {
        this.take(batch, await post("events", batch, JSON.stringify(batch).length < 60_000));
        wait = 500;
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) { this.halted = true; break; }
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
          this.waiting.splice(0, batch.length);
          this.keep(true);
          this.refused({ event: batch[0], answer: { error: error.message, code: error.code, status: error.status },
                         after: batch.slice(1) });
          continue;
        }
        this.keep(false);
        await new Promise((done) => window.setTimeout(done, wait));
        wait = Math.min(wait * 2, kLongestWait);
      }
    }
    this.sending = false;
    if (this.waiting.length === 0) this.idle.splice(0).forEach((done) => done());
  }

  private take(batch: ReviewEvent[], answers: EventAnswer[]): void {
    this.waiting.splice(0, batch.length);
    // One refusal makes those after it on the same image wrong, too: they are one question.
    const stopped = new Map<number, Refused>();
    answers.forEach((answer, i) => {
      const event = batch[i], earlier = stopped.get(event.image);
      if (earlier) earlier.after.push(event);
      else if (answer.error) stopped.set(event.image, { event, answer, after: [] });
    });
    for (const what of stopped.values()) {
      what.after.push(...this.waiting.filter((event) => event.image === what.event.image));
      this.waiting = this.waiting.filter((event) => event.image !== what.event.image);
    }
    this.keep(true);
    for (const what of stopped.values()) this.refused(what);
  }
}
