// Undo and redo of one's own last decision, on the server.

import { ApiError, post } from "./api";
import { report, type App } from "./app";
import { plural, toast } from "./dom";
import { nextSeq } from "./outbox";
import type { ImageState } from "./types";

let last: Promise<void> = Promise.resolve();

// One after another: who presses the key twice means two.
export function undoOrRedo(app: App, what: "undo" | "redo", then: (states: ImageState[]) => void): Promise<void> {
  last = last.then(() => restore(app, what, then));
  return last;
}

async function restore(app: App, what: "undo" | "redo", then: (states: ImageState[]) => void): Promise<void> {
  try {
    await app.outbox.flushed();
    const answer = await post(what, { client_seq: nextSeq() });
    const states = answer.images as ImageState[];
    toast(`${what === "undo" ? "undone" : "done again"}: ${plural(states.length, "image")}`);
    then(states);
  } catch (error) {
    if (error instanceof ApiError && error.status === 409 && error.state)
      toast(`not undone: somebody changed image ${error.state.id} since`, "bad");
    else report(error);
  }
}
