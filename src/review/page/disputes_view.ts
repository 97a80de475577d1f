// Two readings of one image that differ, as A and B, in an order that does not tell which was first. An arbiter decides.

import { ApiError, get } from "./api";
import { go, report, setReceiver, type App } from "./app";
import { bar } from "./bar";
import { Canvas } from "./canvas";
import { WorkClock } from "./clock";
import type { Shown } from "./decide";
import { h, place } from "./dom";
import { nextSeq } from "./outbox";
import { actionButton, setBase } from "./stage";
import { undoOrRedo } from "./undo";
import type { Item, ReviewImage, Verdict } from "./types";

interface Reading { verdict: Verdict | null; class: number | null; items: Item[] }
interface Dispute { image: number; status: string; version: number; A?: Reading; B?: Reading }

const asShown = (reading: Reading | undefined): Shown[] =>
  (reading?.items ?? []).filter((item) => item.state !== "rejected").map((item) => ({ ...item, proposal: null }));

export function showDisputes(app: App): () => void {
  let disputes: Dispute[] = [], at = 0, image: ReviewImage | null = null, closed = false;
  const { classes } = app.project, clock = new WorkClock();
  const quiet = { choose: () => {}, draw: () => {}, reshape: () => {}, shown: () => clock.restart() };
  const pictures = [new Canvas(classes, quiet), new Canvas(classes, quiet)];
  const names = [h("h2", {}), h("h2", {})];
  const count = h("span", {}), text = h("p", { class: "quiet" });

  const summary = (reading: Reading | undefined): string => reading
    ? `${reading.verdict ?? "no verdict"}, ${asShown(reading).length} object${asShown(reading).length === 1 ? "" : "s"}` : "no second reading";

  async function draw(): Promise<void> {
    const dispute = disputes[at];
    count.textContent = disputes.length ? `${at + 1} of ${disputes.length}` : "";
    image = null;
    if (dispute) try { image = await get(`images/${dispute.image}`); } catch (error) { report(error); }
    if (closed) return;
    document.body.dataset.image = String(image?.id ?? "");
    text.textContent = !dispute ? "Nothing is disputed." : dispute.status === "unsure" ? "Somebody was unsure of this image." : image?.path ?? "";
    [dispute?.A, dispute?.B].forEach((reading, i) => {
      names[i].textContent = dispute ? `${"AB"[i]}: ${dispute.A ? summary(reading) : "as it is"}` : "";
      pictures[i].show(image?.width && image.height ? { image: image.id, size: { width: image.width, height: image.height },
                                                        objects: asShown(dispute!.A ? reading : image), chosen: null } : null, false);
    });
  }
  async function load(): Promise<void> {
    try { disputes = (await get("disputes")).disputes; }
    catch (error) { if (error instanceof ApiError && error.status === 403) text.textContent = "Only arbiters see these."; report(error); }
    at = Math.min(at, Math.max(disputes.length - 1, 0));
    await draw();
  }
  const arbitrate = (after: Record<string, unknown>) => (): void => {
    const dispute = disputes[at];
    if (!dispute || ("take" in after && !dispute.A)) return;
    app.outbox.add({ action: "arbitrate", after, client_seq: nextSeq(), image: dispute.image, base_version: dispute.version, ...clock.read() });
    disputes.splice(at, 1);
    at = Math.min(at, Math.max(disputes.length - 1, 0));
    void draw();
  };
  const undo = (what: "undo" | "redo") => (): void => void undoOrRedo(app, what, () => void load());

  setReceiver({ received: () => void load(), again: (what, state) =>
    app.outbox.add({ ...what.event, client_seq: nextSeq(), base_version: state.version }) });
  setBase("disputes", { "take-a": arbitrate({ take: "A" }), "take-b": arbitrate({ take: "B" }),
    "arbitrate-ok": arbitrate({ verdict: "OK" }), "arbitrate-ng": arbitrate({ verdict: "NG" }),
    "dispute-next": () => { if (disputes.length) { at = (at + 1) % disputes.length; void draw(); } },
    undo: undo("undo"), redo: undo("redo"), help: () => app.help(), leave: () => go("#/") });
  place("page", bar(app, "disputes", "Disputes", count), h("main", { class: "disputes" }, text,
    h("div", { class: "pair" }, ...pictures.map((picture, i) => h("section", {}, names[i], picture.element))),
    h("div", { class: "buttons" }, actionButton("take-a", "disputes", { kind: "primary" }), actionButton("take-b", "disputes", { kind: "primary" }),
      actionButton("arbitrate-ok", "disputes", { kind: "good", text: "neither: OK" }), actionButton("arbitrate-ng", "disputes", { kind: "bad", text: "neither: NG" }),
      actionButton("dispute-next", "disputes"), actionButton("undo", "disputes"), actionButton("leave", "all"))));
  void load();
  return () => { closed = true; pictures.forEach((picture) => picture.close()); };
}
