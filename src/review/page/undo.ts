// Undo and redo of one's own last decision, on the server.

import { ApiError, post } from "./api";
import { report, type App } from "./app";
import { plural, toast } from "./dom";
import { nextSeq } from "./outbox";
import type { ImageState } from "./types";

let busy = false;

export async function undoOrRedo(app: App, what: "undo" | "redo", then: (states: ImageState[]) => void): Promise<void> {
  if (busy) return;
  busy = true;
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
  busy = false;
}
