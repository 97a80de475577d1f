// A server as the page expects it, in memory, for tests and for looking at the page:
//   node fake_server.mjs LOGIC.mjs PAGE_FOLDER [SET_FOLDER]     (LOGIC.mjs: logic.ts, bundled)
// Name and password: anna, correct horse.
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { madeSet, readSet } from "./made_set.mjs";
import { crop, half, writePng } from "./png.mjs";

export const kCsp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const kTypes = { html: "text/html; charset=utf-8", js: "text/javascript", css: "text/css" };

class Refusal extends Error { constructor(status, code, message, state) { super(message); Object.assign(this, { status, code, state }); } }

export async function startFake({ logic, page, folder = null, images = 40, port = 0 }) {
  const { decide } = await import(pathToFileURL(resolve(logic)));
  const set = folder ? readSet(folder) : madeSet(images), levels = new Map(), files = new Map();
  const made = set.images.map((one, i) => ({ id: i + 1, version: 0, status: "open", verdict: null, class: null, items: [], purpose: i === 5 && !folder ? "blind" : "review",
    width: one.width, height: one.height, path: one.path, label: one.label, split: "train",
    proposals: i === 5 && !folder ? [] : one.boxes.map((box, k) => ({ id: `p${100 * (i + 1) + k}`, kind: box.polygon ? "polygon" : "box", class: box.class, geometry: box.polygon ?? box.box,
      score: null, evidence: box.evidence, accepted_unseen: false })),
    scores: [{ run: 1, name: "first", verdict: one.boxes.length ? "NG" : "OK", probability: one.boxes.length ? 0.9 : 0.1 }] }));
  const fake = { images: made, events: [], requests: [], users: new Map([["anna", "correct horse"]]), session: null, failing: false,
                 previews: new Map(), role: "admin", setup: "the-setup-token", released: 0 };
  const answered = new Map();

  const imageOf = (id) => made.find((one) => one.id === Number(id)) ?? (() => { throw new Refusal(404, "unknown", "[image] no such image"); })();
  const stateOf = ({ id, version, status, verdict, class: label, items }) => ({ id, version, status, verdict, class: label, items: structuredClone(items) });
  const shownOf = (image) => image.purpose === "blind"
    ? { ...stateOf(image), purpose: "blind", width: image.width, height: image.height, proposals: [], scores: [] } : structuredClone(image);
  const open = () => made.filter((one) => one.status === "open").length;
  const project = () => ({ name: set.name, version: "0", images: made.length, classes: set.classes,
    queues: [{ id: 1, name: "all images", purpose: "review", total: made.length, open: open() },
             { id: 2, name: "doubtful", purpose: "review", total: 12, open: 0 }] });
  const scoreOf = (image) => Math.max(0, ...image.proposals.map((one) => one.evidence));

  // By somebody else: for the test of conflicts.
  fake.touch = (id, said, by = "ben") => {
    const image = imageOf(id), before = stateOf(image);
    Object.assign(image, decide(image, said, set.classes));
    ++image.version;
    fake.events.push({ ...said, image: image.id, by, at: Date.now() * 1000, before: [before], undone: false });
    return { event: fake.events.length, image: image.id, version: image.version };
  };
  function one(said) {
    if (answered.has(said.client_seq)) return answered.get(said.client_seq);
    const image = imageOf(said.image);
    if (image.version !== said.base_version)
      return { error: `[event] image ${image.id}: it has changed since you saw it`, code: "conflict", status: 409, conflict: true, state: stateOf(image) };
    const answer = fake.touch(image.id, said.action === "arbitrate" ? { action: "verdict", after: { verdict: said.after.verdict ?? "NG" } } : said, "anna");
    answered.set(said.client_seq, answer);
    return answer;
  }
  function restore(what) {
    const undo = what === "undo", mine = fake.events.filter((event) => event.by === "anna");
    const event = undo ? mine.findLast((one) => !one.undone) : mine.find((one) => one.undone);
    if (!event) throw new Refusal(409, "nothing", `[${what}] nothing to ${what}`);
    const states = event.before.map((before) => {
      const image = imageOf(before.id), now = stateOf(image);
      Object.assign(image, { ...before, version: image.version + 1 });
      return { state: stateOf(image), now };
    });
    event.before = states.map((one) => one.now);
    event.undone = undo;
    return { event: 0, images: states.map((one) => one.state) };
  }
  function bulkSet(ask) {
    const wanted = ask.images ? new Set(ask.images) : null, items = [];
    for (const image of made) {
      if (image.status !== "open" || (wanted && !wanted.has(image.id))) continue;
      if (ask.action === "verdict") items.push({ image: image.id, item: "", version: image.version });
      else for (const proposal of image.proposals)
        if (!image.items.some((item) => item.id === proposal.id) && (ask.class === undefined || proposal.class === ask.class) && proposal.evidence >= (ask.min_evidence ?? 0))
          items.push({ image: image.id, item: proposal.id, version: image.version });
    }
    return items;
  }
  function apply({ token, count }) {
    const { ask, digest } = fake.previews.get(token), items = bulkSet(ask);
    if (JSON.stringify(items) !== digest || items.length !== count) throw new Refusal(409, "conflict", "[bulk] the set has changed");
    const before = new Map(items.map((item) => [item.image, stateOf(imageOf(item.image))]));
    for (const item of items) {
      const image = imageOf(item.image);
      Object.assign(image, decide(image, { action: ask.action, item: item.item || undefined, after: { verdict: ask.verdict } }, set.classes));
    }
    for (const id of before.keys()) ++imageOf(id).version;
    fake.events.push({ action: "bulk", by: "anna", at: Date.now() * 1000, before: [...before.values()], undone: false, count });
    return { event: fake.events.length, images: before.size };
  }
  function list(query) {
    const fits = (name, value) => !query.get(name) || query.get(name) === String(value);
    let found = made.filter((one) => fits("status", one.status) && fits("verdict", one.verdict) && fits("class", one.class ?? one.label) &&
      (!query.get("min") || scoreOf(one) >= Number(query.get("min"))) && (!query.get("max") || scoreOf(one) <= Number(query.get("max"))));
    const sign = query.get("order") === "score" ? 1 : query.get("order") === "-score" ? -1 : 0;
    if (sign) found = [...found].sort((a, b) => sign * (scoreOf(a) - scoreOf(b)));
    const from = Number(query.get("after") ?? 0), n = Number(query.get("n") ?? 100);
    return { total: found.length, next: from + n < found.length ? from + n : null, images: found.slice(from, from + n).map((one) =>
      ({ id: one.id, version: one.version, status: one.status, verdict: one.verdict, class: one.class, path: one.path, label: one.label, score: scoreOf(one) })) };
  }
  function level(id, number) {
    const key = `${id}/${number}`;
    if (!levels.has(key)) levels.set(key, number === 0 ? set.images[id - 1].load() : half(level(id, number - 1)));
    return levels.get(key);
  }
  function png(key, make) {
    if (!files.has(key)) files.set(key, writePng(make()));
    return files.get(key);
  }
  function tile(id, number, x, y) {
    const { paint, width, height } = set.images[id - 1];
    if (paint) {
      const side = (length) => Math.ceil(length / 2 ** number), w = Math.min(512, side(width) - x * 512), h = Math.min(512, side(height) - y * 512);
      if (w <= 0 || h <= 0) throw new Refusal(404, "tile", "[tile] no such tile");
      return png(`${id}/${number}/${x}/${y}`, () => paint(number, x * 512, y * 512, w, h));
    }
    const image = level(id, number);
    if (x * 512 >= image.width || y * 512 >= image.height) throw new Refusal(404, "tile", "[tile] no such tile");
    return png(`${id}/${number}/${x}/${y}`, () => crop(image, x * 512, y * 512, Math.min(512, image.width - x * 512), Math.min(512, image.height - y * 512)));
  }
  function thumb(id, side) {
    return png(`thumb ${id} ${side}`, () => {
      let number = 0;
      const { paint, width, height } = set.images[id - 1];
      if (paint) {
        while (Math.max(width, height) / 2 ** number > 2 * side) ++number;
        return paint(number, 0, 0, Math.ceil(width / 2 ** number), Math.ceil(height / 2 ** number));
      }
      while (Math.max(level(id, number).width, level(id, number).height) > 2 * side) ++number;
      return level(id, number);
    });
  }
  function heat(id) {
    const image = imageOf(id), width = Math.ceil(image.width / 8), height = Math.ceil(image.height / 8), pixels = Buffer.alloc(width * height);
    for (let y = 0; y < height; ++y) for (let x = 0; x < width; ++x) {
      let sum = 0.04;
      for (const { box, evidence } of set.images[id - 1].boxes)
        sum += (0.4 + 0.6 * evidence) * Math.exp(-(((x * 8 - box[0] - box[2] / 2) / (box[2] + 16)) ** 2 + ((y * 8 - box[1] - box[3] / 2) / (box[3] + 16)) ** 2) * 1.6);
      pixels[y * width + x] = 255 * Math.min(1, sum);
    }
    return png(`heat ${id}`, () => ({ width, height, channels: 1, pixels }));
  }
  const reading = (image, extra) => ({ verdict: extra ? "NG" : "OK", class: null, items: extra ? image.proposals.map(({ id, kind, class: label, geometry }) => ({ id, kind, class: label, geometry, state: "accepted" })) : [] });

  function enter(response, name) {
    fake.session = { secret: `s${Math.random()}`, csrf: `c${Math.random()}`, name };
    response.setHeader("Set-Cookie", `paucal_session=${fake.session.secret}; Path=/; HttpOnly; SameSite=Strict`);
    return me();
  }
  const me = () => ({ id: 1, name: fake.session.name, role: fake.role, session: "1", csrf: fake.session.csrf });

  function api(request, response, path, query, body) {
    const route = `${request.method} ${path}`;
    if (route === "POST setup") {
      if (body.token !== fake.setup) throw new Refusal(403, "token", "[setup] token, expected the one that the server printed");
      fake.users.set(body.name, body.password);
      return enter(response, body.name);
    }
    if (route === "POST login") {
      if (fake.users.get(body.name) !== body.password) throw new Refusal(401, "wrong", "[login] name or password is wrong");
      return enter(response, body.name);
    }
    if (!fake.session || !(request.headers.cookie ?? "").includes(fake.session.secret)) throw new Refusal(401, "login", "[request] no session, expected a login");
    if (request.method === "POST" && request.headers["x-paucal-csrf"] !== fake.session.csrf) throw new Refusal(403, "csrf", "[request] X-Paucal-CSRF is wrong");
    let match;
    switch (route) {
      case "GET me": return me();
      case "GET project": return project();
      case "GET queues": return { queues: project().queues };
      case "POST logout": fake.session = null; return {};
      case "POST queues/1/next": {
        const have = new Set(body.have);
        return { items: made.filter((one) => one.status === "open" && !have.has(one.id)).slice(0, body.n).map(shownOf) };
      }
      case "POST queues/1/release": fake.released += body.images.length; return {};
      case "POST events": return body.map(one);
      case "POST undo": return restore("undo");
      case "POST redo": return restore("redo");
      case "POST bulk/preview": {
        const items = bulkSet(body), token = String(fake.previews.size + 1);
        fake.previews.set(token, { ask: body, digest: JSON.stringify(items) });
        return { token, count: items.length, samples: items.slice(0, 48) };
      }
      case "POST bulk/apply": return apply(body);
      case "GET images": return list(query);
      case "GET disputes": return { disputes: made.filter((one) => one.id >= made.length - 1).filter((one) => one.status === "disputed").map((one) =>
        ({ image: one.id, status: one.status, version: one.version, A: reading(one, true), B: reading(one, false) })) };
      case "GET audits": return { audits: [
        { id: 1, name: "labels of May", of: "labels", state: "closed", opened_at: 1.7e15, closed_at: 1.7002e15, population: 1240, drawn: 200, digest: "5f".repeat(32), precision: 0.95, confidence: 0.95,
          low: 0.958, high: 0.994, waiting: 0, stuck: false, more_looks: 0, verdict: "holds", seen: 200, right: 197, wrong: 2, unsure: 1, disputed: 0, strata: [{ name: "all", items: 1240, drawn: 200, seen: 200, right: 197, wrong: 2, unsure: 1, disputed: 0 }],
          sentence: "at least 95.8 % of 1240 labels are right (95 % confidence, at every look); 200 looked at, 2 wrong, 1 unsure" },
        { id: 2, name: "<img src=x> line 2", of: "images", state: "open", opened_at: 1.701e15, closed_at: null, population: 52000, drawn: 400, digest: "a0".repeat(32), precision: 0.98, confidence: 0.95,
          low: 0.913, high: 0.999, waiting: 4, stuck: false, more_looks: 161, verdict: "undecided", seen: 120, right: 119, wrong: 1, unsure: 0, disputed: 0,
          strata: [{ name: "said OK", items: 50000, drawn: 300, seen: 90, right: 90, wrong: 0, unsure: 0, disputed: 0 }, { name: "said NG", items: 2000, drawn: 100, seen: 30, right: 29, wrong: 1, unsure: 0, disputed: 0 }],
          sentence: "at least 91.3 % of 52000 verdicts are right (95 % confidence, at every look); 120 looked at, 1 wrong",
          line: { prevalence: { estimate: 0.037, low: 0.031, high: 0.07 }, escape: { estimate: 0, low: 0, high: 0.4 }, overkill: { estimate: 0.0013, low: 0.0001, high: 0.008 } } }] };
      case "GET reviewers": return { reviewers: [
        { name: "anna", decisions: 412, seconds_active: 1080, honeypots: 12, honeypots_caught: 11, agreement: { seen: 12, agreed: 11, low: 0.615, high: 0.998 }, second_readings: { seen: 21, agreed: 19, low: 0.696, high: 0.988 } },
        { name: "ben", decisions: 97, seconds_active: 401, honeypots: 3, honeypots_caught: 3, second_readings: { seen: 0, agreed: 0, low: null, high: null } }] };
    }
    if ((match = /^GET images\/(\d+)$/.exec(route))) return shownOf(imageOf(match[1]));
    if ((match = /^GET images\/(\d+)\/history$/.exec(route)))
      return { events: fake.events.filter((event) => event.image === Number(match[1])).reverse().map(({ at, by, action }) => ({ at, by, action })) };
    if ((match = /^GET images\/(\d+)\/tile\/(\d+)\/(\d+)\/(\d+)$/.exec(route))) return tile(...match.slice(1).map(Number));
    if ((match = /^GET images\/(\d+)\/thumb$/.exec(route))) return thumb(Number(match[1]), Number(query.get("s")));
    if ((match = /^GET images\/(\d+)\/heat$/.exec(route)) && imageOf(match[1]).purpose !== "blind") return heat(Number(match[1]));
    throw new Refusal(404, "unknown", "[request] no such path");
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    fake.requests.push(`${request.method} ${url.pathname}`);
    response.setHeader("Content-Security-Policy", kCsp);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Cache-Control", "no-store");
    const chunks = [];
    for await (const part of request) chunks.push(part);
    if (fake.failing && url.pathname.endsWith("/events")) return void request.socket.destroy();
    const send = (status, type, bytes) => { response.writeHead(status, { "Content-Type": type }); response.end(bytes); };
    try {
      if (!url.pathname.startsWith("/api/v1/")) {
        const name = url.pathname === "/" ? "index.html" : url.pathname.slice(1);
        if (!["index.html", "page.js", "page.css"].includes(name)) throw new Refusal(404, "unknown", "[request] no such path");
        return void send(200, kTypes[name.split(".").pop()], readFileSync(join(page, name)));
      }
      const answer = api(request, response, url.pathname.slice(8), url.searchParams, chunks.length ? JSON.parse(Buffer.concat(chunks).toString()) : null);
      if (Buffer.isBuffer(answer)) send(200, "image/png", answer);
      else send(200, "application/json", JSON.stringify(answer));
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error);
      send(error.status ?? 500, "application/json", JSON.stringify({ error: error.message, code: error.code ?? "internal", ...(error.state ? { state: error.state, conflict: true } : {}) }));
    }
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  return { server, fake, url: `http://127.0.0.1:${server.address().port}` };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [logic, page, folder] = process.argv.slice(2);
  console.log((await startFake({ logic, page, folder, port: 8091 })).url);
}
