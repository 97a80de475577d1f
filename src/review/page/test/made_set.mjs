// Images of metal with holes, made up, with what a model would propose; or a folder of PNGs with set.json.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readPng } from "./png.mjs";

function randomOf(seed) {
  let state = seed >>> 0;
  return () => { state = (state + 0x6d2b79f5) >>> 0; let t = Math.imul(state ^ (state >>> 15), state | 1);
                 t ^= t + Math.imul(t ^ (t >>> 7), t | 61); return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32; };
}

export function madeImage(seed, width, height, holes) {
  const random = randomOf(seed), pixels = Buffer.alloc(width * height);
  for (let y = 0; y < height; ++y) for (let x = 0; x < width; ++x)
    pixels[y * width + x] = 118 + 34 * Math.sin(x / 41 + y / 300) + 24 * (random() - 0.5);
  for (const [x0, y0, w, h] of holes)
    for (let y = y0; y < y0 + h; ++y) for (let x = x0; x < x0 + w; ++x)
      if (((x - x0) / w - 0.5) ** 2 + ((y - y0) / h - 0.5) ** 2 < 0.22) pixels[y * width + x] = 24 + 40 * random();
  return { width, height, channels: 1, pixels };
}

// A part of a level of a large image, made when it is asked for: 8192² pixels would take seconds to make.
const paintedPart = (holes) => (level, x0, y0, width, height) => {
  const pixels = Buffer.alloc(width * height), step = 2 ** level;
  for (let y = 0; y < height; ++y) for (let x = 0; x < width; ++x) {
    const px = (x0 + x) * step, py = (y0 + y) * step;
    let value = 118 + 34 * Math.sin(px / 41 + py / 300) + ((px * 7919 + py * 104729) % 24);
    for (const [hx, hy, w, h] of holes) if (((px - hx) / w - 0.5) ** 2 + ((py - hy) / h - 0.5) ** 2 < 0.22) value = 40;
    pixels[y * width + x] = value;
  }
  return { width, height, channels: 1, pixels };
};
export const kLarge = 30;  // the image of 8192², from 1

export function madeSet(n) {
  const classes = [{ id: 1, name: "OK", is_ok: true, key: "1" }, { id: 2, name: "hole", is_ok: false, key: "2" },
                   { id: 3, name: "scratch", is_ok: false, key: "3" }];
  const images = Array.from({ length: n }, (_, i) => {
    const random = randomOf(i + 1), huge = i === kLarge - 1, large = i === 1;
    const width = huge ? 8192 : large ? 1800 : 640, height = huge ? 8192 : large ? 1300 : 400;
    const holes = Array.from({ length: i % 3 }, () => [Math.floor(random() * (width - 90)), Math.floor(random() * (height - 90)),
                                                      20 + Math.floor(random() * 60), 20 + Math.floor(random() * 60)]);
    // A name that would do harm if anybody read it as HTML.
    return { path: i === 2 ? "NG/<img src=x onerror=alert(1)>.png" : `${holes.length ? "NG" : "OK"}/part-${i + 1}.png`, width, height,
             label: holes.length ? 2 : 1, boxes: holes.map((box, k) => ({ box, class: 2 + (i + k) % 2, evidence: random() })),
             load: () => madeImage(i + 1, width, height, holes), ...(huge ? { paint: paintedPart(holes) } : {}) };
  });
  return { name: "made-up parts", classes, images };
}

// set.json: {"name", "classes": […], "images": [{"file", "path", "label", "boxes": [{"box", "class", "evidence"}]}]}
export function readSet(folder) {
  const set = JSON.parse(readFileSync(join(folder, "set.json"), "utf8"));
  for (const image of set.images) {
    const bytes = readFileSync(join(folder, image.file));
    image.width = bytes.readUInt32BE(16);
    image.height = bytes.readUInt32BE(20);
    image.load = () => readPng(bytes);
  }
  return set;
}
