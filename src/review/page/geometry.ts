// Where things are: image pixels ↔ canvas pixels, boxes and their handles. Pure.

import { maskBounds, type Mask } from "./mask";
import type { Box, Geometry, Kind } from "./types";

export interface Point { x: number; y: number }
export interface Size { width: number; height: number }

// Canvas = image · scale + (x, y), in CSS pixels.
export interface View { scale: number; x: number; y: number }

export const toCanvas = (view: View, p: Point): Point => ({ x: p.x * view.scale + view.x, y: p.y * view.scale + view.y });
export const toImage = (view: View, p: Point): Point => ({ x: (p.x - view.x) / view.scale, y: (p.y - view.y) / view.scale });

const kMinScale = 1 / 256;
const kMaxScale = 64;
const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

export function zoomAt(view: View, at: Point, factor: number): View {
  const scale = clamp(view.scale * factor, kMinScale, kMaxScale);
  const f = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * f, y: at.y - (at.y - view.y) * f };
}

export function fit(image: Size, canvas: Size, margin = 16): View {
  const scale = clamp(Math.min((canvas.width - 2 * margin) / image.width, (canvas.height - 2 * margin) / image.height),
                      kMinScale, 8);  // a tiny image is not blown up to a few squares
  return { scale, x: (canvas.width - image.width * scale) / 2, y: (canvas.height - image.height * scale) / 2 };
}

// One image pixel is one pixel of the screen, with what was in the middle still there.
export function oneToOne(view: View, canvas: Size, pixelRatio: number): View {
  return zoomAt(view, { x: canvas.width / 2, y: canvas.height / 2 }, 1 / pixelRatio / view.scale);
}

export function focusOn(box: Box, canvas: Size, share = 0.4): View {
  const scale = clamp(Math.min(canvas.width * share / Math.max(box[2], 8), canvas.height * share / Math.max(box[3], 8)),
                      kMinScale, 4);  // what lies around a small object tells what it is
  return { scale, x: canvas.width / 2 - (box[0] + box[2] / 2) * scale, y: canvas.height / 2 - (box[1] + box[3] / 2) * scale };
}

export function boundsOf(kind: Kind, geometry: Geometry): Box | null {
  if (kind === "box") return (geometry as Box).slice() as Box;
  if (kind === "mask") return maskBounds(geometry as Mask);
  let numbers: number[] = [];
  if (kind === "point") numbers = geometry as number[];
  else if (kind === "polygon") numbers = (geometry as number[][]).flat();
  else return null;
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    x0 = Math.min(x0, numbers[i]); x1 = Math.max(x1, numbers[i]);
    y0 = Math.min(y0, numbers[i + 1]); y1 = Math.max(y1, numbers[i + 1]);
  }
  return [x0, y0, x1 - x0, y1 - y0];
}

export function moved(kind: Kind, geometry: Geometry, dx: number, dy: number): Geometry {
  const shift = (numbers: number[]): number[] => numbers.map((n, i) => n + (i % 2 ? dy : dx));
  if (kind === "box") { const [x, y, w, height] = geometry as Box; return [x + dx, y + dy, w, height]; }
  if (kind === "point") return shift(geometry as number[]);
  if (kind === "polygon") return (geometry as number[][]).map(shift);
  return geometry;
}

export function boxOf(a: Point, b: Point, image: Size): Box {
  const x0 = clamp(Math.min(a.x, b.x), 0, image.width), x1 = clamp(Math.max(a.x, b.x), 0, image.width);
  const y0 = clamp(Math.min(a.y, b.y), 0, image.height), y1 = clamp(Math.max(a.y, b.y), 0, image.height);
  return [Math.round(x0), Math.round(y0), Math.round(x1) - Math.round(x0), Math.round(y1) - Math.round(y0)];
}

// Inside the image, at least one pixel wide and high.
export function inside(box: Box, image: Size): Box {
  const width = clamp(box[2], 1, image.width), height = clamp(box[3], 1, image.height);
  return [clamp(box[0], 0, image.width - width), clamp(box[1], 0, image.height - height), width, height];
}

// The eight handles of a box, as which of its sides they take.
export interface Handle { left: boolean; right: boolean; top: boolean; bottom: boolean }
const kHandles: Handle[] = [];
for (const x of [-1, 0, 1]) for (const y of [-1, 0, 1])
  if (x || y) kHandles.push({ left: x < 0, right: x > 0, top: y < 0, bottom: y > 0 });

export function handlePoints(box: Box): { handle: Handle; at: Point }[] {
  return kHandles.map((handle) => ({ handle, at: {
    x: box[0] + (handle.left ? 0 : handle.right ? box[2] : box[2] / 2),
    y: box[1] + (handle.top ? 0 : handle.bottom ? box[3] : box[3] / 2) } }));
}

export function handleAt(view: View, box: Box, canvasPoint: Point, reach = 8): Handle | null {
  for (const { handle, at } of handlePoints(box)) {
    const p = toCanvas(view, at);
    if (Math.hypot(p.x - canvasPoint.x, p.y - canvasPoint.y) <= reach) return handle;
  }
  return null;
}

export function resized(box: Box, handle: Handle, to: Point, image: Size): Box {
  const x0 = handle.left ? to.x : box[0], x1 = handle.right ? to.x : box[0] + box[2];
  const y0 = handle.top ? to.y : box[1], y1 = handle.bottom ? to.y : box[1] + box[3];
  const made = boxOf({ x: x0, y: y0 }, { x: x1, y: y1 }, image);
  return inside([made[0], made[1], Math.max(1, made[2]), Math.max(1, made[3])], image);
}

export const contains = (box: Box, p: Point, reach = 0): boolean =>
  p.x >= box[0] - reach && p.x <= box[0] + box[2] + reach && p.y >= box[1] - reach && p.y <= box[1] + box[3] + reach;

// The level (0: 1:1, 1: half …) whose pixels are at least as fine as the screen's.
export function levelFor(scale: number, pixelRatio: number, last: number): number {
  return clamp(Math.floor(Math.log2(1 / (scale * pixelRatio)) + 1e-6), 0, last);
}
export const kTileSide = 512;
export function lastLevel(image: Size): number {
  let level = 0;
  for (let side = Math.max(image.width, image.height); side > kTileSide; side = Math.ceil(side / 2)) ++level;
  return level;
}
