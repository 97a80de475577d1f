// Masks: COCO's run lengths (down the columns, of 0 and 1 in turn) in the text of pycocotools. Pure.

import type { Box } from "./types";

export interface Mask { size: [number, number]; counts: string | number[] }  // size: [height, width]

// Five bits a character, from "0" on, the lowest first; from the fourth count on, the difference to the one before the last.
export function countsOf(mask: Mask): number[] {
  if (typeof mask.counts !== "string") return mask.counts;
  const counts: number[] = [], text = mask.counts;
  for (let at = 0; at < text.length;) {
    let value = 0, shift = 0, c = 32;
    while (c & 32 && at < text.length) {
      c = text.charCodeAt(at++) - 48;
      value |= (c & 31) << shift;
      shift += 5;
    }
    if (c & 16 && shift < 32) value |= -1 << shift;
    counts.push(counts.length > 2 ? value + counts[counts.length - 2] : value);
  }
  return counts;
}

export function textOf(counts: number[]): string {
  let text = "";
  counts.forEach((count, i) => {
    let value = i > 2 ? count - counts[i - 2] : count;
    for (let more = true; more;) {
      let c = value & 31;
      value >>= 5;
      more = c & 16 ? value !== -1 : value !== 0;
      if (more) c |= 32;
      text += String.fromCharCode(c + 48);
    }
  });
  return text;
}

// Calls with each run of 1, which may go on in the next columns: from and to in pixels down the columns.
export function eachRun(mask: Mask, use: (from: number, to: number) => void): void {
  let at = 0;
  countsOf(mask).forEach((count, i) => {
    if (i % 2 && count) use(at, at + count);
    at += count;
  });
}

const known = new WeakMap<Mask, Box | { none: true }>();
// Around the pixels of 1; null where there are none.
export function maskBounds(mask: Mask): Box | null {
  let found = known.get(mask);
  if (!found) {
    const height = mask.size[0];
    let [x0, y0, x1, y1] = [Infinity, Infinity, 0, 0];
    eachRun(mask, (from, to) => {
      x0 = Math.min(x0, Math.floor(from / height));
      x1 = Math.max(x1, Math.floor((to - 1) / height) + 1);
      const top = from % height, bottom = top + to - from;
      y0 = Math.min(y0, bottom > height ? 0 : top);
      y1 = Math.max(y1, bottom > height ? height : bottom);
    });
    found = x1 > x0 ? [x0, y0, x1 - x0, y1 - y0] as Box : { none: true };
    known.set(mask, found);
  }
  return "none" in found ? null : found;
}
