// The page in headless Chromium against a server in memory. LOGIC: logic.ts, bundled; PAGE: the folder of the page.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { openBrowser } from "./browser.mjs";
import { startFake } from "./fake_server.mjs";
import { kLarge } from "./made_set.mjs";

const { kBindings, toCanvas, fit, maskBounds, countsOf } = await import(pathToFileURL(process.env.LOGIC));
const { server, fake, url } = await startFake({ logic: process.env.LOGIC, page: process.env.PAGE });
const browser = await openBrowser();
const { run, until, press, mouse } = browser;
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const data = (name) => run(`document.body.dataset.${name}`);
const presses = async (...keys) => { for (const key of keys) await press(key); };
const last = () => fake.events.at(-1);
const image = () => data("image").then(Number);
// An image is on the screen, and longer than a decision is refused.
const shown = async () => { await until("document.body.dataset.image && document.body.dataset.shown === document.body.dataset.image"); await rest(220); };
const saved = () => until("document.body.dataset.waiting === '0'");
const decided = async (key) => {
  await shown();
  const before = await image();
  await press(key);
  await until(() => fake.events.some((event) => event.image === before) && image().then((now) => now !== before));
  await saved();
  return fake.images[before - 1];
};
const fill = async (id, text) => { await run(`document.getElementById('${id}').focus(); document.getElementById('${id}').select()`); await browser.type(text); };
const open = async (hash) => { await run(`location.hash = '${hash}'`); };
const done = (what) => console.log(`ok: ${what}`);

async function testLogin() {
  await browser.goto(url);
  await until("document.getElementById('name')");
  await fill("name", "anna");
  await fill("password", "a wrong one");
  await press("Enter");
  await until("document.querySelector('.problem').textContent.includes('wrong')");
  await run("document.querySelector('.link').click()");
  await fill("token", "the-setup-token");
  await fill("name", "anna");
  await fill("password", "correct horse");
  await press("Enter");
  await until("document.body.dataset.view === 'queue' && document.querySelector('table')");
  assert.equal(await run("document.cookie"), "", "the session is not for scripts");
  done("a wrong password is told, the setup token makes the first user");
}

async function testDecisions() {
  await presses("ArrowDown", "ArrowUp", "Enter");
  assert.equal((await decided("o")).verdict, "OK");
  const second = await decided("Enter");
  assert.deepEqual([second.verdict, second.items.map((item) => item.state)], ["NG", ["accepted"]]);
  await shown();
  const third = await image();
  assert.ok((await run("document.querySelector('.path').textContent")).includes("<img src=x"), "a path is text");
  await presses("Tab", "x");
  await until(() => last().action === "reject");
  await decided("n");
  assert.deepEqual(fake.images[third - 1].items.map((item) => item.state), ["rejected"]);
  await presses("j");
  await until("document.querySelector('.dialog input')");
  await browser.type("is it oil?");
  await press("Enter");
  await until("document.querySelector('.noted')");
  assert.equal((await decided("u")).status, "unsure");
  assert.equal(last().after.note, "is it oil?");
  assert.ok(last().ms_active >= 0 && last().ms_total >= last().ms_active);
  done("OK, accept all, reject, NG, unsure with a note");
  const before = await image();
  await press("Ctrl+z");
  await until(async () => await image() === 4 && fake.images[3].status === "open");
  await press("Ctrl+y");
  await until(() => fake.images[3].status === "unsure");
  await press("Backspace");
  await until(() => fake.images[3].status === "open");
  await decided("Enter");
  await until(async () => await image() === before);
  done("undo and redo are the server's, and go back to the image");
  await shown();
  await press("Space");
  await until(async () => await image() === 6);
  await shown();
  assert.equal(await run("document.querySelectorAll('.object').length"), 0);
  assert.ok(await run("document.querySelector('.blind') !== null"));
  assert.ok(!(await run("document.querySelector('aside').textContent")).includes("part-6"));
  await press("t");
  assert.ok(await run("JSON.parse(localStorage.getItem('paucal.look') ?? '{}').heat !== true"), "no heat where somebody reads blind");
  assert.ok(!(await run("[...document.querySelectorAll('.panel [data-action]')].some((one) => one.dataset.action === 'heat')")));
  await press("Shift+Space");
  await until(async () => await image() === 5);
  await presses("t", "Shift+t");
  await until("document.querySelector('canvas').dataset.heat === 'shown'");
  await press("Space");
  await until(async () => await image() === 6);
  await shown();
  await until("document.querySelector('canvas').dataset.heat === 'none'");
  await press("Shift+Space");
  await until(async () => await image() === 5);
  await press("t");
  assert.ok(fake.requests.includes("GET /api/v1/images/5/heat") && !fake.requests.includes("GET /api/v1/images/6/heat"), "not even asked for");
  done("heat where there is some; a blind reading shows nothing that tells");
  await run("for (const key of [' ', 'o', 'o']) window.dispatchEvent(new KeyboardEvent('keydown', { key, code: key === ' ' ? 'Space' : 'KeyO' }))");
  await until(async () => await image() === 6);
  assert.equal(fake.images[5].status, "open", "a decision at once after a new image was meant for the one before");
  await press("Shift+Space");
  await until(async () => await image() === 5);
  done("decisions within 150 ms are refused");
}

async function testObjects() {
  await open("#/queue/1/image/9");
  await until(async () => await image() === 9);
  await shown();
  const { width, height } = await run("(({ clientWidth: width, clientHeight: height }) => ({ width, height }))(document.querySelector('canvas'))");
  const view = fit({ width: 640, height: 400 }, { width, height }), top = await run("document.querySelector('canvas').getBoundingClientRect().top");
  const at = (x, y) => { const p = toCanvas(view, { x, y }); return [Math.round(p.x), Math.round(p.y + top)]; };
  const drag = async (from, to) => {
    await mouse("mousePressed", ...from);
    await mouse("mouseMoved", (from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { buttons: 1 });
    await mouse("mouseMoved", ...to, { buttons: 1 });
    await mouse("mouseReleased", ...to);
  };
  const near = (box, wanted) => box.every((value, i) => Math.abs(value - wanted[i]) <= 1);
  await presses("b");
  await drag(at(100, 80), at(160, 140));
  await until(() => last().action === "add");
  const id = last().item, item = () => fake.images[8].items.find((one) => one.id === id);
  assert.ok(near(item().geometry, [100, 80, 60, 60]), `${item().geometry}`);
  await drag(at(130, 110), at(150, 120));
  await until(() => last().action === "edit" && near(item().geometry, [120, 90, 60, 60]));
  await drag(at(180, 150), at(220, 170));
  await until(() => near(item().geometry, [120, 90, 100, 80]));
  await presses("ArrowRight", "ArrowRight", "Shift+ArrowDown", "Alt+ArrowRight");
  await until(() => near(item().geometry, [122, 100, 101, 80]));
  await press("3");
  await until(() => item()?.class === 3);
  await press("c");
  await until("document.querySelector('.choices')");
  await browser.type("hol");
  await until("document.querySelectorAll('.choice').length === 1");
  await press("Enter");
  await until(() => item()?.class === 2);
  await press("Delete");
  await until(() => !item());
  await saved();
  done("a box is drawn, moved, resized, named, and removed");
}

// Outlines, points and masks: drawn, changed, undone.
async function testShapes() {
  await open("#/queue/1/image/16");
  await until(async () => await image() === 16);
  await shown();
  const { width, height } = await run("(({ clientWidth: width, clientHeight: height }) => ({ width, height }))(document.querySelector('canvas'))");
  const view = fit({ width: 640, height: 400 }, { width, height }), top = await run("document.querySelector('canvas').getBoundingClientRect().top");
  const at = (x, y) => { const p = toCanvas(view, { x, y }); return [Math.round(p.x), Math.round(p.y + top)]; };
  const items = () => fake.images[15].items.filter((item) => item.state === "drawn");
  const click = async (x, y, more = {}) => { await mouse("mousePressed", ...at(x, y), more); await mouse("mouseReleased", ...at(x, y), more); };
  const drag = async (points, more = {}) => {
    await mouse("mousePressed", ...at(...points[0]), more);
    for (const p of points.slice(1)) await mouse("mouseMoved", ...at(...p), { buttons: 1, ...more });
    await mouse("mouseReleased", ...at(...points.at(-1)), more);
  };
  const near = (found, wanted, far = 2) => found.length === wanted.length && found.every((value, i) => Math.abs(value - wanted[i]) <= far);

  await press("g");
  for (const [x, y] of [[300, 40], [360, 44], [350, 90], [500, 300]]) await click(x, y);
  await press("Backspace");
  await click(310, 95);
  await press("Enter");
  await until(() => items().length === 1);
  assert.equal(fake.images[15].status, "open", "Enter closed the outline, not the image");
  assert.equal(items()[0].kind, "polygon");
  assert.ok(near(items()[0].geometry[0], [300, 40, 360, 44, 350, 90, 310, 95]), String(items()[0].geometry));
  await drag([[360, 44], [380, 30], [390, 20]]);
  await until(() => near(items()[0].geometry[0], [300, 40, 390, 20, 350, 90, 310, 95]));
  await drag([[330, 92.5], [330, 120], [330, 130]]);
  await until(() => items()[0].geometry[0].length === 10);
  await click(330, 130, { modifiers: 1 });
  await until(() => items()[0].geometry[0].length === 8);
  await press("ArrowRight");
  await until(() => near(items()[0].geometry[0], [301, 40, 391, 20, 351, 90, 311, 95], 2.1));
  done("an outline is drawn; its corners are moved, pulled out, taken away");

  await press("p");
  await click(100, 300);
  await click(120, 320);
  await until(() => items().length === 3);
  assert.ok(items()[2].kind === "point" && near(items()[2].geometry, [120, 320]));
  await presses("p", "Escape");

  await press("k");
  await drag([[200, 200], [240, 200], [280, 200]]);
  await until(() => items().length === 4);
  const mask = () => items()[3].geometry, area = () => countsOf(mask()).reduce((sum, count, i) => sum + (i % 2 ? count : 0), 0);
  assert.deepEqual(mask().size, [400, 640]);
  const [x, y, w, h] = maskBounds(mask()), first = area();
  assert.ok(near([x + w / 2, y + h / 2], [240, 200]) && w > 80 && h < 40, String([x, y, w, h]));
  await drag([[270, 180], [270, 200], [270, 220]], { modifiers: 8 });
  await until(() => area() < first);
  assert.equal(items().length, 4, "a stroke goes on with the mask that is chosen");
  await saved();
  await press("Ctrl+z");
  await until(() => area() === first);
  await until("document.getElementById('toast').textContent.startsWith('undone')");
  await presses("]", "]", "]");
  await until("document.getElementById('toast').textContent.startsWith('brush of')");
  await press("Escape");
  await drag([[500, 100], [500, 110]]);
  await until(() => items().length === 5);
  for (const px of [485, 500, 515]) await drag([[px, 70], [px, 105], [px, 145]], { modifiers: 8 });
  await until(() => items().length === 4);
  await presses("Escape", "Escape");
  await saved();
  await decided("Enter");
  assert.equal(fake.images[15].verdict, "NG");
  done("points and masks: painted, erased, undone stroke by stroke");
}

// Every key of the view of images comes to its action.
async function testEveryKey() {
  const closing = new Set(["done", "ok", "ng", "unsure", "skip", "back", "leave", "undo", "redo", "list", "help", "like-this", "classes", "note"]);
  for (const binding of kBindings.filter((one) => one.where.includes("image") && !closing.has(one.action)))
    for (const key of binding.keys) {
      await run("delete document.body.dataset.lastAction");
      await press(key);
      assert.equal(await data("lastAction"), binding.action, `the key ${key}`);
    }
  await saved();
  for (const [key, seen, dialog] of [["?", ".help", true], ["c", ".choices", true], ["j", ".dialog input", true]]) {
    await press(key);
    await until(`document.querySelector('${seen}')`);
    if (key === "?") {
      const rows = await run("document.querySelectorAll('.help .row').length");
      assert.equal(rows, kBindings.length, "the help lists every key");
    }
    await press("Escape");
    await until(`!document.querySelector('.dialog')`);
    assert.ok(dialog);
  }
  done("every key does what the help says");
}

async function testConflict() {
  await open("#/queue/1/image/12");
  await until(async () => await image() === 12);
  for (const [key, verdict] of [["t", "NG"], ["m", "OK"]]) {
    await open(`#/queue/1/image/${key === "t" ? 12 : 13}`);
    await until(async () => await image() === (key === "t" ? 12 : 13));
    await shown();
    const one = await image();
    fake.touch(one, { action: "verdict", after: { verdict: "NG" } });
    await press("o");
    await until("document.querySelector('.conflict')");
    assert.equal(fake.images[one - 1].verdict, "NG", "nothing is overwritten");
    await press(key);
    await until(() => run("!document.querySelector('.conflict')"));
    await saved();
    await until(() => fake.images[one - 1].verdict === verdict);
  }
  done("conflicts are asked, not overwritten");
}

async function testReload() {
  await open("#/queue/1/image/20");
  await until(async () => await image() === 20);
  await shown();
  fake.failing = true;
  await press("n");
  await until("document.body.dataset.waiting === '1'");
  await until("document.getElementById('saving').textContent.includes('not saved')");
  const seen = await image();
  await browser.send("Page.reload");
  await rest(300);
  await until("document.body.dataset.image && document.readyState === 'complete'");
  assert.equal(await image(), seen, "the address holds the image");
  fake.failing = false;
  await until(() => fake.images[19].verdict === "NG");
  await saved();
  assert.equal(fake.events.filter((event) => event.image === 20).length, 1);
  done("a reload loses nothing, and nothing comes twice");
}

async function testList() {
  await open("#/list?status=open");
  await until("document.querySelectorAll('.thumb').length > 10");
  await presses("Space", "Space", "ArrowRight", "ArrowDown", "ArrowUp", "Space");
  await until("document.body.dataset.chosen === '3'");
  const open_ = fake.images.filter((one) => one.status === "open").length;
  await press("n");
  await until("document.querySelector('.dialog.bulk .samples img')");
  assert.equal(fake.images.filter((one) => one.status === "open").length, open_, "a preview changes nothing");
  await press("Enter");
  await until(() => fake.images.filter((one) => one.status === "open").length === open_ - 3);
  await until("!document.querySelector('.dialog')");
  await press("Ctrl+z");
  await until(() => fake.images.filter((one) => one.status === "open").length === open_);
  await run("(() => { const field = document.querySelector('[name=verdict]'); field.value = 'NG'; field.dispatchEvent(new Event('change', { bubbles: true })); })()");
  await until("location.hash.includes('verdict=NG')");
  await press("Escape");
  await until("document.body.dataset.view === 'queue'");
  done("many at once: preview, one event, one undo");
}

async function testLikeThis() {
  const large = fake.images.find((one) => one.status === "open" && one.proposals.length > 0);
  await open(`#/queue/1/image/${large.id}`);
  await until(async () => await image() === large.id);
  await shown();
  await presses("Tab", "s");
  await until("document.querySelector('.dialog.bulk')");
  await press("x");
  await until("document.querySelector('.sentence')?.textContent.startsWith('reject')");
  await press("a");
  await until("document.querySelector('.sentence')?.textContent.startsWith('accept')");
  await press("Enter");
  await until(() => last().action === "bulk" && large.items[0]?.state === "accepted");
  await until("!document.querySelector('.dialog')");
  done("all like this");
}

async function testLarge() {
  await open("#/");
  await until("document.body.dataset.view === 'queue'");
  await open(`#/queue/1/image/${kLarge}`);
  await until(async () => await image() === kLarge);
  await shown();
  const start = performance.now();
  await press("r");
  await until("document.querySelector('canvas').dataset.state === 'ready'");
  const sharp = performance.now() - start;
  const frames = await run(`new Promise((done) => {
    let n = 0, begun = 0;
    const step = (now) => {
      begun ||= now;
      window.dispatchEvent(new KeyboardEvent("keydown", { key: n % 2 ? "ArrowRight" : "ArrowDown", code: "" }));
      if (++n < 60) requestAnimationFrame(step); else done(1000 * (n - 1) / (now - begun));
    };
    requestAnimationFrame(step);
  })`);
  await until("document.querySelector('canvas').dataset.state === 'ready'");
  const tiles = fake.requests.filter((one) => one.includes(`images/${kLarge}/tile/0/`)).length;
  assert.ok(tiles > 0 && tiles < 64, `${tiles} of 256 tiles: only what is seen`);
  await press("f");
  await press("k");
  await mouse("mousePressed", 300, 300);
  for (let i = 1; i <= 10; ++i) await mouse("mouseMoved", 300 + 20 * i, 300 + 5 * i, { buttons: 1 });
  await mouse("mouseReleased", 500, 350);
  await until(() => last().action === "add" && last().image === kLarge);
  assert.deepEqual(last().after.geometry.size, [8192, 8192]);
  await presses("Escape", "Escape");
  await saved();
  const next = performance.now();
  await press("Space");
  await until(async () => await image() !== kLarge && await data("shown") === await data("image"));
  done(`8192²: 1:1 after ${sharp.toFixed(0)} ms, ${frames.toFixed(0)} frames/s of panning, next image after ${(performance.now() - next).toFixed(0)} ms, a mask of ${JSON.stringify(last().after.geometry ?? "").length} characters`);
}

async function testPeople() {
  await open("#/");
  await until("document.body.dataset.view === 'queue' && document.querySelector('table')");
  await press("p");
  await until("document.body.dataset.people === '2'");
  assert.ok((await run("document.querySelector('.person').textContent")).includes("11 of 12"));
  await press("Escape");
  await until("document.body.dataset.view === 'queue'");
  await press("a");
  await until("document.body.dataset.audits === '2'");
  assert.ok((await run("document.querySelector('.audit.holds').textContent")).includes("at least 95.8 % of 1240 labels"));
  assert.ok((await run("document.querySelector('.audit.undecided').textContent")).includes("161 more looks"));
  await press("Escape");
  await until("document.body.dataset.view === 'queue'");
  done("how everybody reads; audits and what may be promised");
}

async function testDisputes() {
  for (const id of [fake.images.length - 1, fake.images.length]) fake.images[id - 1].status = "disputed";
  await open("#/disputes");
  await until("document.querySelector('.pair canvas')?.dataset.state === 'ready'");
  await presses("Space", "a");
  await until(() => fake.images.at(-1).status === "done");
  await press("b");
  await until(() => fake.images.at(-2).status === "done");
  await press("Escape");
  await until("document.body.dataset.view === 'queue'");
  done("disputes");
}

async function testEnd() {
  await until("document.querySelector('.queue')");
  fake.session = null;  // it has ended
  await press("Enter");
  await until("document.body.dataset.view === 'login'");
  await fill("name", "anna");
  await fill("password", "correct horse");
  await press("Enter");
  await until("document.body.dataset.view !== 'login'");
  await open("#/");
  await until("document.body.dataset.view === 'queue' && document.querySelector('table')");
  await press("Shift+q");
  await until("document.body.dataset.view === 'login'");
  assert.ok(fake.released > 0, "what was handed out went back");
  done("a session that ends asks for a login; logging out");
}

let failed = null;
try {
  for (const test of [testLogin, testDecisions, testObjects, testShapes, testEveryKey, testConflict, testReload, testList, testLikeThis, testLarge, testPeople, testDisputes, testEnd]) await test();
  assert.deepEqual(await run("window.violations ?? []"), []);
  assert.deepEqual(browser.problems, [], "no exception, no violation of the content security policy");
  assert.deepEqual(browser.requests.filter((one) => !one.startsWith(url) && !one.startsWith("about:")), [], "no request leaves the origin");
  done(`${browser.requests.length} requests, none to elsewhere; no violation of the content security policy`);
} catch (error) {
  failed = error;
  if (process.env.SHOT) (await import("node:fs")).writeFileSync(process.env.SHOT, await browser.shot());
  console.error(error, { problems: browser.problems, view: await data("view"), image: await data("image"), hash: await run("location.hash"), toast: await run("document.getElementById('toast').textContent"),
                         waiting: await data("waiting"), action: await data("lastAction"), shown: await data("shown"), stage: await run("document.querySelector('canvas')?.className"), events: fake.events.slice(-3).map(({ before, ...event }) => event) });
}
await browser.close();
server.close();
server.closeAllConnections();
process.exit(failed ? 1 : 0);
