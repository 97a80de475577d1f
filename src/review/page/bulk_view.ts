// One decision on many: what it would change is shown and counted first; it is one event, and one undo.

import { ApiError, post, thumbUrl } from "./api";
import { report, type App } from "./app";
import { h, plural, toast } from "./dom";
import { nextSeq } from "./outbox";
import { actionButton, openDialog } from "./stage";
import type { Preview } from "./types";

export interface BulkAsk { action: "accept" | "reject" | "verdict"; verdict?: "OK" | "NG"; class?: number;
                           min_evidence?: number; images?: number[] }

function sentence(app: App, ask: BulkAsk, count: number): string {
  if (ask.action === "verdict") return `${ask.verdict} for ${plural(count, "image")}`;
  const name = app.project.classes.find((known) => known.id === ask.class)?.name;
  const least = ask.min_evidence !== undefined ? ` with evidence of ${ask.min_evidence.toFixed(2)} or more` : "";
  return `${ask.action} ${plural(count, "undecided " + (name ? `'${name}'` : "object"))}${least}`;
}

export async function previewBulk(app: App, ask: BulkAsk, then: () => void): Promise<void> {
  let preview: Preview;
  try {
    await app.outbox.flushed();
    preview = await post("bulk/preview", ask);
  } catch (error) { report(error); return; }
  if (preview.count === 0) { toast("nothing undecided to change: what others hold or decided is left out"); return; }
  let shut = (): void => {};
  let busy = false;
  const apply = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    try {
      const answer = await post("bulk/apply", { client_seq: nextSeq(), token: preview.token, count: preview.count });
      shut();
      toast(`done: ${plural(answer.images, "image")} changed. Ctrl Z undoes all of it.`);
      then();
    } catch (error) {
      busy = false;
      if (error instanceof ApiError && error.status === 409) {
        shut();
        toast("the set has changed since it was shown: look again", "bad");
        void previewBulk(app, ask, then);
      } else report(error);
    }
  };
  const instead = (action: "accept" | "reject") => (): void => {
    if (ask.action === "verdict" || ask.action === action) return;
    shut();
    void previewBulk(app, { ...ask, action }, then);
  };
  const seen = new Set<number>();
  const samples = preview.samples.filter((one) => !seen.has(one.image) && seen.add(one.image));
  shut = openDialog("bulk", "Many at once", { apply: () => void apply(), "as-accept": instead("accept"), "as-reject": instead("reject") }, () => {},
    h("p", { class: "sentence" }, sentence(app, ask, preview.count)),
    h("div", { class: "samples" }, ...samples.map((one) => h("img", { src: thumbUrl(one.image, 160), alt: `image ${one.image}`, loading: "lazy" }))),
    ask.action === "verdict" && preview.count < (ask.images?.length ?? 0)
      ? h("p", { class: "quiet" }, `${(ask.images?.length ?? 0) - preview.count} of the chosen are left out: they are decided, or somebody holds them.`) : document.createComment("all"),
    h("p", { class: "quiet" }, samples.length < preview.count ? `${samples.length} images, evenly over all ${preview.count}.` : ""),
    h("footer", {}, actionButton("apply", "bulk", { kind: "primary", text: `${ask.action === "verdict" ? ask.verdict : ask.action} ${preview.count}` }),
      ask.action === "verdict" ? document.createComment("whole images") : actionButton(ask.action === "accept" ? "as-reject" : "as-accept", "bulk"),
      actionButton("leave", "all")));
}
