// The pixels of a mask, to paint on: only those around it are held, so that a small mask of a large image is small. Pure.

import type { Point, Size } from "./geometry";
import { eachRun, maskBounds, textOf, type Mask } from "./mask";
import type { Box } from "./types";

const kMargin = 128;  // pixels that are held around, so that a stroke does not copy all at every step

export class Raster {
  x = 0; y = 0; width = 0; height = 0;  // what is held
  pixels = new Uint8Array(0);           // rows; 1 where the mask is
  constructor(readonly size: Size) {}

  static of(mask: Mask): Raster {
    const [height, width] = mask.size, raster = new Raster({ width, height }), bounds = maskBounds(mask);
    if (!bounds) return raster;
    raster.hold(bounds);
    eachRun(mask, (from, to) => {
      for (let i = from; i < to; ++i) raster.pixels[(i % height - raster.y) * raster.width + Math.floor(i / height) - raster.x] = 1;
    });
    return raster;
  }

  // All pixels whose middle is at most `radius` from the line; a radius below 1 is the pixel itself. What may have changed.
  stroke(from: Point, to: Point, radius: number, value: 0 | 1): Box | null {
    const reach = Math.max(radius, 0.5);
    const x0 = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach)), x1 = Math.min(this.size.width, Math.ceil(Math.max(from.x, to.x) + reach));
    const y0 = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach)), y1 = Math.min(this.size.height, Math.ceil(Math.max(from.y, to.y) + reach));
    if (x1 <= x0 || y1 <= y0) return null;
    if (value) this.hold([x0, y0, x1 - x0, y1 - y0]);
    const dx = to.x - from.x, dy = to.y - from.y, length = dx * dx + dy * dy;
    for (let y = Math.max(y0, this.y); y < Math.min(y1, this.y + this.height); ++y)
      for (let x = Math.max(x0, this.x); x < Math.min(x1, this.x + this.width); ++x) {
        const px = x + 0.5 - from.x, py = y + 0.5 - from.y;
        const t = length > 0 ? Math.min(Math.max((px * dx + py * dy) / length, 0), 1) : 0;
        if (Math.hypot(px - t * dx, py - t * dy) <= Math.max(radius, 0.71)) this.pixels[(y - this.y) * this.width + x - this.x] = value;
      }
    return [x0, y0, x1 - x0, y1 - y0];
  }

  // Null where nothing is left.
  mask(): Mask | null {
    const { width, height } = this.size, counts: number[] = [];
    let value = 0, run = this.x * height, any = false;
    for (let x = this.x; x < this.x + this.width; ++x) {
      const above = this.y, below = height - this.y - this.height;
      if (value && above) { counts.push(run); run = 0; value = 0; }
      run += above;
      for (let i = x - this.x; i < this.pixels.length; i += this.width) {
        if (this.pixels[i] !== value) { counts.push(run); run = 0; value = this.pixels[i]; any = true; }
        ++run;
      }
      if (value && below) { counts.push(run); run = 0; value = 0; }
      run += below;
    }
    const rest = (width - this.x - this.width) * height;
    if (value && rest) { counts.push(run); run = 0; }
    counts.push(run + rest);
    return any ? { size: [height, width], counts: textOf(counts) } : null;
  }

  private hold([x, y, width, height]: Box): void {
    if (this.width && x >= this.x && y >= this.y && x + width <= this.x + this.width && y + height <= this.y + this.height) return;
    const old = { x: this.x, y: this.y, width: this.width, height: this.height, pixels: this.pixels };
    const x0 = Math.max(0, Math.min(x - kMargin, old.width ? old.x : Infinity)), y0 = Math.max(0, Math.min(y - kMargin, old.width ? old.y : Infinity));
    const x1 = Math.min(this.size.width, Math.max(x + width + kMargin, old.x + old.width)), y1 = Math.min(this.size.height, Math.max(y + height + kMargin, old.y + old.height));
    Object.assign(this, { x: x0, y: y0, width: x1 - x0, height: y1 - y0, pixels: new Uint8Array((x1 - x0) * (y1 - y0)) });
    for (let row = 0; row < old.height; ++row)
      this.pixels.set(old.pixels.subarray(row * old.width, (row + 1) * old.width), (old.y - y0 + row) * this.width + old.x - x0);
  }
}
