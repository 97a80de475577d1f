// One image: look, decide, next.

import { get, messageOf } from "./api";
import { go, note, report, setReceiver, type App } from "./app";
import { bar, progress } from "./bar";
import { Canvas } from "./canvas";
import { WorkClock, watch } from "./clock";
import { Deck } from "./deck";
import { decide, shownObjects, type Shown } from "./decide";
import { h, place, toast } from "./dom";
import { boundsOf, fit, focusOn, inside, moved, oneToOne } from "./geometry";
import { nextSeq } from "./outbox";
import { panel } from "./panel";
import { askChoice, askLine } from "./prompt";
import { actionButton, setBase, type Handlers } from "./stage";
import { previewBulk } from "./bulk_view";
import { undoOrRedo } from "./undo";
import type { ToolName } from "./tools";
import type { Box, Geometry, Kind, ReviewEvent, ReviewImage, Said } from "./types";

const kTooSoon = 150;  // ms: a decision this soon after a new image was meant for the one before
const kEditRest = 500;  // ms: arrow keys within it are one edit
const kSettings = "paucal.look";
const kMaxShape = 250_000;  // characters of a shape as it is sent; the server takes 256 KiB
const kStrengths = [0.3, 0.5, 0.7, 1];  // of the heat

const clock = new WorkClock();
watch(clock);
let lastClass = 0;  // what was drawn last: what is drawn next
let deck: Deck | null = null;

const newId = (): string => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const noteKey = (image: number): string => `paucal.note.${image}`;

// Leaves the queue: what was handed out goes back.
export function leaveDeck(): void { deck?.release(); deck = null; }

// Returns at once; what it returns leaves the view.
export function showImage(app: App, queue: number, image: number | null): () => void {
  const { classes } = app.project;
  if (!deck || deck.queue !== queue) { leaveDeck(); deck = new Deck(queue, () => prefetch()); }
  const mine = deck, may = app.person.role !== "viewer";
  let chosen: string | null = null, follow = true, keepView = false, evidence = false, tool: ToolName | null = null, closed = false;
  let history: { at: number; by: string; action: string }[] = [];
  let pending: { id: string; geometry: Geometry; timer: number } | null = null;

  const canvas = new Canvas(classes, {
    choose: (id) => { choose(id, false); },
    draw: (kind, geometry) => { tool = canvas.toolName(); drawn(kind, geometry); },
    reshape: (id, geometry) => { say({ action: "edit", item: id, after: { geometry } }); },
    shown: () => { clock.restart(); document.body.dataset.shown = String(mine.current?.id ?? 0); prefetch(); },
  });
  Object.assign(canvas.layers, JSON.parse(localStorage.getItem(kSettings) ?? "{}"), { hidden: false });
  const side = h("div", { class: "side" });
  const head = h("div", { class: "bar-place" });

  const objects = (image: ReviewImage): Shown[] => shownObjects(image).map((object) =>
    pending?.id === object.id ? { ...object, geometry: pending.geometry } : object);

  function draw(): void {
    if (closed) return;
    const image = mine.current;
    const left = app.project.queues.find((one) => one.id === queue);
    head.replaceChildren(bar(app, "image", left?.name ?? "one image", left ? progress(left.total - left.open, left.total) : null,
      left ? h("span", {}, `${left.open.toLocaleString("en")} left`) : null,
      app.pace.seconds !== null ? h("span", { class: "quiet" }, `${app.pace.seconds.toFixed(1)} s an image`) : null));
    if (!image) { showEnd(); return; }
    note(queue ? `#/queue/${queue}/image/${image.id}` : `#/image/${image.id}`);
    document.body.dataset.image = String(image.id);
    document.body.dataset.status = image.status;
    const shown = objects(image);
    canvas.show(image.width && image.height ? { image: image.id, size: { width: image.width, height: image.height }, objects: shown, chosen,
      blind: image.purpose === "blind", drawn: drawnClass()?.id } : null, keepView);
    side.replaceChildren(panel({ image, objects: shown, chosen, classes, layers: canvas.layers, evidence, history, may, tool,
      note: sessionStorage.getItem(noteKey(image.id)) ?? "", heatMissing: canvas.heat.missing(image.id),
      choose: (id) => { choose(id, true); }, setClass }));
    side.querySelector(".object.chosen")?.scrollIntoView({ block: "nearest" });
  }

  function showEnd(): void {
    canvas.show(null, false);
    document.body.dataset.image = "";
    note(`#/queue/${queue}`);
    const open = app.project.queues.find((one) => one.id === queue)?.open ?? 0;
    side.replaceChildren(h("aside", { class: "panel end" }, h("h2", {}, open ? "Nothing more to hand out" : "All done"),
      h("p", {}, open ? `${open} are left: those that you skipped, and those that others hold.` : "Every image of this queue is closed."),
      open ? actionButton("done", "image", { text: "look at the skipped ones", kind: "primary" }) : null, actionButton("leave", "image")));
  }

  function prefetch(): void {
    for (const image of mine.ahead) {
      if (!image.width || !image.height) continue;
      const size = { width: image.width, height: image.height };
      canvas.tiles.prefetch(image.id, size, fit(size, canvas.size()), canvas.size(), window.devicePixelRatio || 1);
      if (canvas.layers.heat && image.purpose !== "blind") canvas.heat.of(image.id);
    }
  }

  // ---- decisions

  function flushEdit(): void {
    const edit = pending;
    if (!edit) return;
    pending = null;
    window.clearTimeout(edit.timer);
    send({ action: "edit", item: edit.id, after: { geometry: edit.geometry } });
  }
  function send(said: Said): void {
    const image = mine.current;
    if (!image) return;
    const event: ReviewEvent = { ...said, client_seq: nextSeq(), image: image.id, base_version: image.version, ...clock.read(),
                                 view: `page ${canvas.view.scale.toFixed(3)}${canvas.layers.heat ? " heat" : ""}` };
    const before = image.status;
    Object.assign(image, decide(image, said, classes), { version: image.version + 1 });
    count(before, image.status);
    app.outbox.add(event);
  }
  function count(before: string, after: string): void {
    const left = app.project.queues.find((one) => one.id === queue);
    if (left) left.open += (before === "open" ? -1 : 0) + (after === "open" ? 1 : 0);
  }
  function say(said: Said): boolean {
    if (!mine.current) return false;
    if (!may) { toast("you may look, not decide", "bad"); return false; }
    if (mine.current.status === "disputed") { toast("disputed: an arbiter decides", "bad"); return false; }
    flushEdit();
    send(said);
    draw();
    return true;
  }
  function tooSoon(): boolean {
    if (document.body.dataset.shown === String(mine.current?.id) && clock.sinceStart() >= kTooSoon) return false;
    canvas.element.classList.remove("blink");
    void canvas.element.offsetWidth;  // starts the animation anew
    canvas.element.classList.add("blink");
    return true;
  }
  function close(action: string, after: Record<string, unknown> = {}): void {
    const image = mine.current;
    if (!image) {
      if (action === "done") { mine.restart(); void step(() => mine.next()); }
      return;
    }
    if (tooSoon()) return;
    const words = sessionStorage.getItem(noteKey(image.id));
    const first = image.status === "open", { ms_active } = clock.read();
    if (!say({ action, after: { ...after, ...(words ? { note: words } : {}) } })) return;
    sessionStorage.removeItem(noteKey(image.id));
    if (first) app.pace.add(ms_active);
    void step(() => mine.next());
  }
  async function step(move: () => Promise<void> | boolean): Promise<void> {
    flushEdit();
    chosen = null;
    history = [];
    tool = null;
    try { await move(); } catch (error) { report(error); }
    if (closed) return;
    clock.restart();
    draw();
    if (evidence) void readHistory();
  }

  // ---- objects

  function choose(id: string | null, zoom: boolean): void {
    flushEdit();
    chosen = id;
    const image = mine.current, object = image && objects(image).find((one) => one.id === id);
    const bounds = object ? boundsOf(object.kind, object.geometry) : null;
    if (zoom && follow && bounds) canvas.setView(focusOn(bounds, canvas.size()));
    draw();
  }
  function chooseNext(step: number, undecidedOnly = false): void {
    const image = mine.current;
    if (!image) return;
    const all = objects(image), at = all.findIndex((one) => one.id === chosen);
    for (let i = 1; i <= all.length; ++i) {
      const from = at < 0 && step < 0 ? 0 : at;
      const next = all[(from + step * i + all.length * (i + 1)) % all.length];
      if (!undecidedOnly || next.state === "proposed") return choose(next.id, true);
    }
    if (undecidedOnly) { choose(null, false); if (follow) canvas.fit(); }
  }
  function onObject(action: string): void {
    const image = mine.current;
    if (!image) return;
    if (!chosen) return chooseNext(1, true);
    const object = objects(image).find((one) => one.id === chosen);
    if (object && say({ action, item: object.id }) && action !== "delete") chooseNext(1, true);
    else { chosen = null; draw(); }
  }
  const drawnClass = () => classes.find((one) => one.id === lastClass) ?? classes.find((one) => !one.is_ok) ?? classes[0];
  // What a tool made. A stroke goes on with the mask that is chosen; where nothing of it is left, the mask goes away.
  function drawn(kind: Kind, geometry: Geometry | null): void {
    const image = mine.current, known = drawnClass(), old = image && kind === "mask" ? objects(image).find((one) => one.id === chosen && one.kind === "mask") : undefined;
    if (!known) { toast("there is no class to draw", "bad"); return; }
    if (geometry && JSON.stringify(geometry).length > kMaxShape) { toast("too intricate to be kept: draw it coarser, or as several", "bad"); return draw(); }
    if (old) { if (!say(geometry ? { action: "edit", item: old.id, after: { geometry } } : { action: "delete", item: old.id })) draw(); return; }
    const id = newId();
    if (!geometry || !say({ action: "add", item: id, after: { kind, class: known.id, geometry } })) return draw();
    chosen = id;
    draw();
  }
  function useTool(name: ToolName): void {
    if (!may) { toast("you may look, not decide", "bad"); return; }
    tool = tool === name ? null : name;
    canvas.setTool(tool);
    draw();
  }
  function sizeBrush(factor: number): void {
    const radius = canvas.brush(factor);
    toast(radius === null ? "the brush is off (k)" : `brush of ${Math.max(1, Math.round(2 * radius))} pixels`);
  }
  function setClass(id: number): void {
    if (chosen) { lastClass = id; say({ action: "relabel", item: chosen, after: { class: id } }); }
    else say({ action: "class", after: { class: id } });
  }
  function nudge(combo: string, far: boolean, stretch: boolean): void {
    const image = mine.current, unit = far ? 10 : 1;
    const dx = combo.endsWith("Left") ? -1 : combo.endsWith("Right") ? 1 : 0, dy = combo.endsWith("Up") ? -1 : combo.endsWith("Down") ? 1 : 0;
    const object = image && objects(image).find((one) => one.id === chosen);
    if (!image || !object) {
      const step = far ? 400 : 60;
      canvas.setView({ ...canvas.view, x: canvas.view.x - dx * step, y: canvas.view.y - dy * step });
      return;
    }
    if (!may) return;
    if (object.kind === "mask") { toast("a mask is changed with the brush (k)"); return; }
    const size = { width: image.width!, height: image.height! };
    let geometry = moved(object.kind, object.geometry, dx * unit, dy * unit);
    if (object.kind === "box") {
      const [x, y, width, height] = object.geometry as Box;
      geometry = inside(stretch ? [x, y, width + dx * unit, height + dy * unit] : geometry as Box, size);
    } else if (stretch) return;
    if (pending) window.clearTimeout(pending.timer);
    pending = { id: object.id, geometry, timer: window.setTimeout(() => { flushEdit(); draw(); }, kEditRest) };
    draw();
  }

  async function readHistory(): Promise<void> {
    const image = mine.current;
    if (!image) return;
    try { history = (await get(`images/${image.id}/history`)).events; } catch (error) { toast(messageOf(error), "bad"); }
    draw();
  }
  function layer(name: "markings" | "labels" | "heat"): () => void {
    return () => {
      if (name === "heat" && mine.current?.purpose === "blind") { toast("a second reading: what the model saw is hidden"); return; }
      canvas.layers[name] = !canvas.layers[name];
      localStorage.setItem(kSettings, JSON.stringify(canvas.layers));
      canvas.redraw();
      draw();
      if (name === "heat" && canvas.layers.heat)
        window.setTimeout(() => { if (mine.current && canvas.heat.missing(mine.current.id)) { toast("the run has no map of this image"); draw(); } }, 700);
    };
  }
  function strengthen(): void {
    const next = kStrengths.find((one) => one > canvas.layers.heatStrength + 0.01) ?? kStrengths[0];
    canvas.layers.heatStrength = next;
    localStorage.setItem(kSettings, JSON.stringify(canvas.layers));
    canvas.redraw();
    toast(`heat at ${Math.round(100 * next)} %${canvas.layers.heat ? "" : " (t shows it)"}`);
  }
  function brighten(factor: number): () => void {
    return () => { canvas.look.brightness = Math.min(Math.max(canvas.look.brightness * factor, 0.2), 5); canvas.redraw(); };
  }
  const restored = (what: "undo" | "redo") => (): void => {
    flushEdit();
    void undoOrRedo(app, what, (states) => {
      for (const state of states) {
        const known = mine.find(state.id);
        if (known) count(known.status, state.status);
        mine.put(state);
      }
      if (states.length && mine.current?.id !== states[0].id) void step(() => mine.open(states[0].id));
      else { clock.restart(); draw(); }
    });
  };
  const likeThis = (): void => {
    const image = mine.current, object = image && objects(image).find((one) => one.id === chosen);
    if (!object) { toast("choose an object first (Tab)"); return; }
    flushEdit();
    void previewBulk(app, { action: "accept", class: object.class, ...(object.proposal?.evidence != null ? { min_evidence: object.proposal.evidence } : {}) },
                     () => { if (closed) return; const at = mine.current?.id ?? null; leaveDeck(); go(`#/queue/${queue}${at ? `/image/${at}` : ""}`); });
  };
  const leave = (): void => {
    if (canvas.dropTool()) draw();
    else if (tool === "brush" && chosen) choose(null, false);  // the next stroke begins a new mask
    else if (tool) { tool = null; canvas.setTool(null); draw(); }
    else if (chosen) choose(null, false);
    else { flushEdit(); if (queue) { leaveDeck(); go("#/"); } else window.history.back(); }
  };

  const handlers: Handlers = {
    done: () => { if (!canvas.finishTool()) close("done"); }, ok: () => close("verdict", { verdict: "OK" }), ng: () => close("verdict", { verdict: "NG" }),
    unsure: () => close("unsure"), reopen: () => { say({ action: "reopen" }); },
    skip: () => void step(() => mine.next()), back: () => void step(() => mine.previous()),
    "object-next": () => chooseNext(1), "object-previous": () => chooseNext(-1),
    accept: () => onObject("accept"), reject: () => onObject("reject"), remove: () => { if (chosen) onObject("delete"); },
    class: (key) => { const known = classes.find((one) => one.key === key); if (known) setClass(known.id); else toast(`no class has the key ${key}`); },
    classes: () => askChoice(chosen ? "Class of the object" : "Class of the image", classes.map((one) => ({ id: one.id, name: one.name, hint: one.key ?? "" })), setClass),
    box: () => useTool("box"), polygon: () => useTool("polygon"), point: () => useTool("point"), brush: () => useTool("brush"),
    "brush-smaller": () => sizeBrush(1 / 1.3), "brush-larger": () => sizeBrush(1.3),
    move: (combo) => nudge(combo, false, false), "move-far": (combo) => nudge(combo, true, false), stretch: (combo) => nudge(combo, false, true),
    "zoom-in": () => canvas.zoom(1.4), "zoom-out": () => canvas.zoom(1 / 1.4), fit: () => canvas.fit(),
    "one-to-one": () => canvas.setView(oneToOne(canvas.view, canvas.size(), window.devicePixelRatio || 1)),
    follow: () => { follow = !follow; toast(follow ? "the view follows the object" : "the view stays"); },
    "keep-view": () => { keepView = !keepView; toast(keepView ? "the view stays for the next image" : "every image is fitted"); },
    hide: () => { canvas.layers.hidden = true; canvas.redraw(); },
    markings: layer("markings"), labels: layer("labels"), heat: layer("heat"), "heat-strength": strengthen,
    darker: brighten(1 / 1.2), brighter: brighten(1.2),
    contrast: () => { canvas.look.contrast = !canvas.look.contrast; canvas.redraw(); },
    invert: () => { canvas.look.invert = !canvas.look.invert; canvas.redraw(); },
    note: () => { const image = mine.current; if (image) askLine("Note", sessionStorage.getItem(noteKey(image.id)) ?? "", (text) => {
      if (text) sessionStorage.setItem(noteKey(image.id), text); else sessionStorage.removeItem(noteKey(image.id));
      draw(); }); },
    evidence: () => { evidence = !evidence; draw(); if (evidence) void readHistory(); },
    "like-this": likeThis, undo: () => { if (!canvas.toolBack()) restored("undo")(); }, redo: restored("redo"), list: () => go("#/list"), help: () => app.help(), leave,
  };
  setBase("image", handlers, (combo) => { if (combo === "h" && canvas.layers.hidden) { canvas.layers.hidden = false; canvas.redraw(); } });
  setReceiver({
    received: (state) => { const known = mine.find(state.id); if (known) count(known.status, state.status); mine.put(state);
      if (mine.current?.id === state.id || !known) draw(); else void step(() => mine.open(state.id)); },
    again: (what, state) => {
      let version = state.version;
      const known = mine.find(state.id);
      if (known) { count(known.status, state.status); mine.put(state); }
      for (const event of [what.event, ...what.after]) {
        if (known) { const before = known.status; Object.assign(known, decide(known, event, classes), { version: version + 1 }); count(before, known.status); }
        app.outbox.add({ ...event, client_seq: nextSeq(), base_version: version++ });
      }
      draw();
    },
  });
  const hiding = (): void => flushEdit();
  window.addEventListener("pagehide", hiding);
  place("page", head, h("main", { class: "review" }, h("div", { class: "canvas" }, canvas.element), side));
  void step(async () => { if (image !== null || !mine.current) await mine.open(image); });
  return () => { closed = true; window.removeEventListener("pagehide", hiding); flushEdit(); canvas.close(); };
}
