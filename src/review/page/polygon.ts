// Corners of outlines: found, moved, added, taken away. Pure.

import { toCanvas, type Point, type Size, type View } from "./geometry";

export type Rings = number[][];  // [[x, y, x, y, …], …]
export interface Corner { ring: number; at: number }  // at: which corner

// A tenth of a pixel is finer than anybody points.
export const onImage = (p: Point, size: Size): Point =>
  ({ x: Math.round(Math.min(Math.max(p.x, 0), size.width) * 10) / 10, y: Math.round(Math.min(Math.max(p.y, 0), size.height) * 10) / 10 });

function nearest(rings: Rings, view: View, at: Point, reach: number, place: (ring: number[], i: number) => Point): Corner | null {
  let best: Corner | null = null, least = reach;
  rings.forEach((ring, r) => {
    for (let i = 0; i < ring.length / 2; ++i) {
      const p = toCanvas(view, place(ring, i)), far = Math.hypot(p.x - at.x, p.y - at.y);
      if (far <= least) { least = far; best = { ring: r, at: i }; }
    }
  });
  return best;
}
const corner = (ring: number[], i: number): Point => ({ x: ring[2 * i], y: ring[2 * i + 1] });
export const middle = (ring: number[], i: number): Point => {
  const a = corner(ring, i), b = corner(ring, (i + 1) % (ring.length / 2));
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
};

export const cornerAt = (rings: Rings, view: View, at: Point, reach = 8): Corner | null => nearest(rings, view, at, reach, corner);
// The middle of a side, where a new corner can be pulled out.
export const middleAt = (rings: Rings, view: View, at: Point, reach = 7): Corner | null => nearest(rings, view, at, reach, middle);

const changed = (rings: Rings, which: Corner, remove: number, ...numbers: number[]): Rings => rings.map((ring, r) => {
  const copy = [...ring];
  if (r === which.ring) copy.splice(2 * which.at, remove, ...numbers);
  return copy;
});
export const cornerMoved = (rings: Rings, which: Corner, to: Point): Rings => changed(rings, which, 2, to.x, to.y);
export const cornerAdded = (rings: Rings, after: Corner, to: Point): Rings => changed(rings, { ring: after.ring, at: after.at + 1 }, 0, to.x, to.y);
// As it is where only three corners would be left of.
export const cornerRemoved = (rings: Rings, which: Corner): Rings => rings[which.ring].length > 6 ? changed(rings, which, 2) : rings;

// Whether the server takes it as a ring: three corners around an area.
export function isRing(ring: number[]): boolean {
  const xs = ring.filter((_, i) => i % 2 === 0), ys = ring.filter((_, i) => i % 2 === 1);
  return ring.length >= 6 && Math.max(...xs) > Math.min(...xs) && Math.max(...ys) > Math.min(...ys);
}
