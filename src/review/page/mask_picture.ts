// A mask as a coloured picture over the image.

import type { View } from "./geometry";
import type { Mask } from "./mask";
import { Raster } from "./raster";
import type { Box } from "./types";

const kMaxPixels = 4e6;  // of the picture; a larger mask is drawn coarser

export class MaskPicture {
  private canvas = document.createElement("canvas");
  private held = [0, 0, 0, 0];
  private step = 1;  // image pixels a pixel of the picture
  private readonly rgb: number[];

  constructor(private readonly raster: Raster, colour: string) {
    this.rgb = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    this.make();
  }

  // `changed`, in image pixels, is drawn anew.
  update(changed: Box): void {
    const { x, y, width, height } = this.raster;
    if (this.held.join() !== [x, y, width, height].join()) this.make();
    else this.fill(changed);
  }

  draw(context: CanvasRenderingContext2D, view: View): void {
    if (!this.canvas.width) return;
    context.imageSmoothingEnabled = view.scale * this.step < 1;
    context.drawImage(this.canvas, this.raster.x * view.scale + view.x, this.raster.y * view.scale + view.y,
                      this.canvas.width * this.step * view.scale, this.canvas.height * this.step * view.scale);
  }

  private make(): void {
    const { x, y, width, height } = this.raster;
    this.held = [x, y, width, height];
    this.step = Math.max(1, Math.ceil(Math.sqrt(width * height / kMaxPixels)));
    this.canvas.width = Math.ceil(width / this.step);
    this.canvas.height = Math.ceil(height / this.step);
    this.fill([x, y, width, height]);
  }

  private fill([x, y, width, height]: Box): void {
    const { raster, step } = this, context = this.canvas.getContext("2d");
    const x0 = Math.max(0, Math.floor((x - raster.x) / step) - 1), y0 = Math.max(0, Math.floor((y - raster.y) / step) - 1);
    const x1 = Math.min(this.canvas.width, Math.ceil((x + width - raster.x) / step) + 1), y1 = Math.min(this.canvas.height, Math.ceil((y + height - raster.y) / step) + 1);
    if (!context || x1 <= x0 || y1 <= y0) return;
    const data = context.createImageData(x1 - x0, y1 - y0), [red, green, blue] = this.rgb;
    const is = (px: number, py: number): number => px < 0 || py < 0 || px >= raster.width || py >= raster.height ? 0 : raster.pixels[py * raster.width + px];
    for (let py = y0, to = 0; py < y1; ++py)
      for (let px = x0; px < x1; ++px, to += 4) {
        const mx = px * step, my = py * step;
        if (!is(mx, my)) continue;
        const edge = !is(mx - step, my) || !is(mx + step, my) || !is(mx, my - step) || !is(mx, my + step);
        data.data[to] = red; data.data[to + 1] = green; data.data[to + 2] = blue; data.data[to + 3] = edge ? 235 : 95;
      }
    context.putImageData(data, x0, y0);
  }
}

const pictures = new WeakMap<Mask, { colour: string; picture: MaskPicture }>();
// Of a mask that is stored: made once.
export function pictureOf(mask: Mask, colour: string): MaskPicture {
  let found = pictures.get(mask);
  if (!found || found.colour !== colour) {
    found = { colour, picture: new MaskPicture(Raster.of(mask), colour) };
    pictures.set(mask, found);
  }
  return found.picture;
}
