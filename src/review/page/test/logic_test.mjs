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
});

test("no key means two things in one view", () => {
  for (const where of ["queue", "image", "list", "bulk", "conflict", "disputes"]) {
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
