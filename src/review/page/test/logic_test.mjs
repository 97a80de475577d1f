// The page's pure parts. LOGIC: logic.ts, bundled.
import assert from "node:assert/strict";
import test from "node:test";
import { pathToFileURL } from "node:url";

const logic = await import(pathToFileURL(process.env.LOGIC));
const size = { width: 1000, height: 600 }, canvas = { width: 500, height: 400 };

test("zooming leaves what is under the pointer where it is", () => {
  let view = logic.fit(size, canvas);
  const at = { x: 123, y: 77 }, before = logic.toImage(view, at);
  for (const factor of [1.4, 3, 0.2, 5]) view = logic.zoomAt(view, at, factor);
  const after = logic.toImage(view, at);
  assert.ok(Math.abs(before.x - after.x) < 1e-6 && Math.abs(before.y - after.y) < 1e-6);
});

test("a fitted image is seen whole", () => {
  const view = logic.fit(size, canvas), end = logic.toCanvas(view, { x: 1000, y: 600 });
  assert.ok(view.x >= 0 && view.y >= 0 && end.x <= 500 && end.y <= 400);
});

test("levels are as the server's: sides rounded up until one tile holds all", () => {
  assert.equal(logic.lastLevel({ width: 512, height: 100 }), 0);
  assert.equal(logic.lastLevel({ width: 513, height: 100 }), 1);
  assert.equal(logic.lastLevel({ width: 8192, height: 8192 }), 4);
  assert.equal(logic.levelFor(1, 1, 4), 0);
  assert.equal(logic.levelFor(0.5, 1, 4), 1);
  assert.equal(logic.levelFor(0.4, 1, 4), 1);
  assert.equal(logic.levelFor(0.01, 1, 4), 4);
});

test("boxes stay inside the image, whatever is dragged", () => {
  assert.deepEqual(logic.boxOf({ x: 1200, y: -5 }, { x: 900.4, y: 20.6 }, size), [900, 0, 100, 21]);
  const right = logic.handlePoints([10, 10, 20, 20]).find(({ handle }) => handle.right && !handle.top && !handle.bottom).handle;
  assert.deepEqual(logic.resized([10, 10, 20, 20], right, { x: 50, y: 0 }, size), [10, 10, 40, 20]);
  assert.deepEqual(logic.resized([10, 10, 20, 20], right, { x: 4, y: 0 }, size), [4, 10, 6, 20], "drawn through its other side");
  assert.deepEqual(logic.inside([990, 590, 20, 20], size), [980, 580, 20, 20]);
});

const classes = [{ id: 1, name: "OK", is_ok: true }, { id: 2, name: "hole", is_ok: false }, { id: 3, name: "crack", is_ok: false }];
const image = () => ({ id: 1, version: 0, status: "open", verdict: null, class: null, label: 1, items: [], scores: [],
  proposals: [7, 8].map((id) => ({ id: `p${id}`, kind: "box", class: 2, geometry: [id, id, 5, 5] })) });
const after = (one, ...said) => said.reduce((state, what) => ({ ...state, ...logic.decide(state, what, classes) }), one);
const states = (one) => Object.fromEntries(logic.shownObjects(one).map(({ id, state }) => [id, state]));

test("done accepts what nobody rejected", () => {
  const done = after(image(), { action: "reject", item: "p7" }, { action: "done" });
  assert.deepEqual(states(done), { p7: "rejected", p8: "accepted" });
  assert.deepEqual([done.status, done.verdict], ["done", "NG"]);
});

test("OK rejects the model's objects and removes drawn ones", () => {
  const ok = after(image(), { action: "add", item: "d", after: { kind: "box", class: 3, geometry: [1, 1, 2, 2] } },
                   { action: "verdict", after: { verdict: "OK" } });
  assert.deepEqual(states(ok), { p7: "rejected", p8: "rejected" });
});

test("an NG image without objects stays NG", () => {
  const ng = { ...image(), proposals: [], label: 2 };
  assert.equal(after(ng, { action: "done" }).verdict, "NG");
  assert.equal(after({ ...ng, label: 1 }, { action: "done" }).verdict, "OK");
});

test("an edited object stays edited when its class changes", () => {
  const edited = after(image(), { action: "edit", item: "p7", after: { geometry: [0, 0, 9, 9] } }, { action: "relabel", item: "p7", after: { class: 3 } });
  assert.deepEqual(edited.items, [{ id: "p7", kind: "box", class: 3, geometry: [0, 0, 9, 9], state: "edited" }]);
});

const event = (key, code, more = {}) => ({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
test("keys are those on the caps, and of the place where a layout has no Latin letters", () => {
  assert.equal(logic.comboOf(event("y", "KeyZ")), "y");
  assert.equal(logic.comboOf(event("щ", "KeyO")), "o");
  assert.equal(logic.comboOf(event("?", "Slash", { shiftKey: true })), "?");
  assert.equal(logic.comboOf(event(" ", "Space", { shiftKey: true })), "Shift+Space");
  assert.equal(logic.comboOf(event("&", "Digit1")), "1", "a French keyboard");
  assert.equal(logic.comboOf(event("z", "KeyZ", { metaKey: true })), "Ctrl+z");
  assert.equal(logic.comboOf(event("[", "Digit8", { ctrlKey: true, altKey: true })), "[", "AltGr of a German keyboard");
});

test("no key means two things in one view", () => {
  for (const where of ["queue", "image", "list", "bulk", "conflict", "disputes", "people", "audits"]) {
    const keys = logic.kBindings.filter((one) => one.where.includes(where) || one.where.includes("all")).flatMap((one) => one.keys);
    assert.equal(new Set(keys).size, keys.length, where);
  }
});

test("the clock rests after 20 seconds without input, and while the page is hidden", () => {
  let now = 0;
  const clock = new logic.WorkClock(() => now);
  now = 5000; clock.touch();
  now = 65_000;
  assert.deepEqual(clock.read(), { ms_active: 25_000, ms_total: 65_000 });
  clock.restart(); clock.pause(); now += 10_000; clock.resume(); now += 1000;
  assert.equal(clock.read().ms_active, 1000);
});

const pixelsOf = (mask) => { const set = new Set(); let at = 0; logic.countsOf(mask).forEach((count, i) => { for (let k = 0; i % 2 && k < count; ++k) set.add(at + k); at += count; }); return set; };

test("run lengths are those of pycocotools", () => {
  // pycocotools.mask.encode of a 4 × 3 mask with the middle column set: counts [4, 4, 4].
  assert.equal(logic.textOf([4, 4, 4]), "444");
  assert.deepEqual(logic.countsOf({ size: [4, 3], counts: "444" }), [4, 4, 4]);
  for (const counts of [[0, 12], [12], [1, 2, 3, 4, 1, 1], [67_108_000, 1, 800, 63], [5, 100_000, 3, 99_000, 7, 1]])
    assert.deepEqual(logic.countsOf({ size: [1, 1], counts: logic.textOf(counts) }), counts);
});

test("a painted mask is every pixel whose middle is under the brush, and survives its run lengths", () => {
  const raster = new logic.Raster({ width: 300, height: 200 });
  raster.stroke({ x: 40, y: 50 }, { x: 250, y: 120 }, 12, 1);
  raster.stroke({ x: 1, y: 1 }, { x: 1, y: 1 }, 4, 1);
  raster.stroke({ x: 299, y: 199 }, { x: 299, y: 199 }, 4, 1);
  raster.stroke({ x: 140, y: 0 }, { x: 140, y: 199 }, 5, 0);
  const mask = raster.mask(), counts = logic.countsOf(mask);
  assert.equal(counts.reduce((sum, count) => sum + count, 0), 300 * 200);
  assert.ok(counts.slice(1).every((count) => count > 0), "no empty runs but the first");
  const want = new Set();
  const near = (x, y, ax, ay, bx, by) => { const dx = bx - ax, dy = by - ay, t = dx || dy ? Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0), 1) : 0; return Math.hypot(x - ax - t * dx, y - ay - t * dy); };
  for (let x = 0; x < 300; ++x) for (let y = 0; y < 200; ++y) {
    const on = near(x + .5, y + .5, 40, 50, 250, 120) <= 12 || near(x + .5, y + .5, 1, 1, 1, 1) <= 4 || near(x + .5, y + .5, 299, 199, 299, 199) <= 4;
    if (on && near(x + .5, y + .5, 140, 0, 140, 199) > 5) want.add(x * 200 + y);
  }
  assert.deepEqual([...pixelsOf(mask)].sort((a, b) => a - b), [...want].sort((a, b) => a - b));
  assert.deepEqual(logic.Raster.of(mask).mask(), mask);
  assert.deepEqual(logic.maskBounds(mask), [0, 0, 300, 200]);
});

test("a mask of which nothing is left is none", () => {
  const raster = new logic.Raster({ width: 50, height: 50 });
  assert.equal(raster.mask(), null);
  raster.stroke({ x: 20, y: 20 }, { x: 30, y: 20 }, 3, 1);
  raster.stroke({ x: 0, y: 20 }, { x: 50, y: 20 }, 9, 0);
  assert.equal(raster.mask(), null);
  assert.equal(logic.maskBounds({ size: [50, 50], counts: [2500] }), null);
});

test("corners are found, moved, added and taken away", () => {
  const view = { scale: 2, x: 10, y: 0 }, rings = [[0, 0, 50, 0, 50, 50]];
  assert.deepEqual(logic.cornerAt(rings, view, { x: 112, y: 3 }), { ring: 0, at: 1 });
  assert.equal(logic.cornerAt(rings, view, { x: 60, y: 30 }), null);
  assert.deepEqual(logic.middleAt(rings, view, { x: 60, y: 2 }), { ring: 0, at: 0 });
  assert.deepEqual(logic.cornerMoved(rings, { ring: 0, at: 2 }, { x: 9, y: 8 }), [[0, 0, 50, 0, 9, 8]]);
  assert.deepEqual(logic.cornerAdded(rings, { ring: 0, at: 0 }, { x: 25, y: -5 }), [[0, 0, 25, -5, 50, 0, 50, 50]]);
  assert.equal(logic.cornerRemoved(rings, { ring: 0, at: 0 }), rings, "three stay");
  assert.deepEqual(logic.cornerRemoved([[0, 0, 1, 0, 1, 1, 0, 1]], { ring: 0, at: 3 }), [[0, 0, 1, 0, 1, 1]]);
  assert.ok(logic.isRing([0, 0, 5, 0, 5, 5]) && !logic.isRing([0, 0, 5, 0]) && !logic.isRing([0, 1, 5, 1, 9, 1]));
  assert.deepEqual(logic.onImage({ x: -3, y: 700.123 }, size), { x: 0, y: 600 });
});
