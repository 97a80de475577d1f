// Pixels of images in tiles of 512², those seen last kept.

import { thumbUrl, tileUrl } from "./api";
import { kTileSide, lastLevel, levelFor, toImage, type Size, type View } from "./geometry";

const kMaxTiles = 400;  // about 400 MB decoded, at most

interface Tile { picture: HTMLImageElement; ready: boolean; failed: boolean }

export class Tiles {
  private tiles = new Map<string, Tile>();
  constructor(private readonly arrived: () => void) {}

  private tile(url: string): Tile {
    let found = this.tiles.get(url);
    if (found) {
      this.tiles.delete(url);  // to the end: asked for last
    } else {
      const picture = new Image();
      const made: Tile = { picture, ready: false, failed: false };
      picture.decoding = "async";
      picture.onload = () => { made.ready = true; this.arrived(); };
      picture.onerror = () => { made.failed = true; this.arrived(); };
      picture.src = url;
      found = made;
    }
    this.tiles.set(url, found);
    if (this.tiles.size > kMaxTiles) this.tiles.delete(this.tiles.keys().next().value!);
    return found;
  }

  // What the first look at an image needs, before it is looked at.
  prefetch(image: number, size: Size, view: View, canvas: Size, ratio: number): void {
    this.each(image, size, view, canvas, ratio, () => {});
  }

  thumb(image: number, side: number): Tile { return this.tile(thumbUrl(image, side)); }

  // Draws all that is seen: coarse first, so that nothing is ever empty. Whether the finest is there.
  draw(context: CanvasRenderingContext2D, image: number, size: Size, view: View, canvas: Size, ratio: number): "ready" | "loading" | "failed" {
    const last = lastLevel(size);
    const base = this.tile(tileUrl(image, last, 0, 0));
    const level = levelFor(view.scale, ratio, last);
    const put = (tile: Tile, at: number, tx: number, ty: number): void => {
      const step = kTileSide * 2 ** at;
      const width = Math.min(step, size.width - tx * step), height = Math.min(step, size.height - ty * step);
      context.drawImage(tile.picture, tx * step * view.scale + view.x, ty * step * view.scale + view.y,
                        width * view.scale, height * view.scale);
    };
    let state: "ready" | "loading" | "failed" = base.ready ? "ready" : base.failed ? "failed" : "loading";
    if (base.ready) put(base, last, 0, 0);
    if (level < last)
      this.each(image, size, view, canvas, ratio, (tile, tx, ty) => {
        if (tile.ready) put(tile, level, tx, ty);
        else if (!tile.failed && state === "ready") state = "loading";
      });
    return state;
  }

  private each(image: number, size: Size, view: View, canvas: Size, ratio: number,
               what: (tile: Tile, x: number, y: number) => void): void {
    const last = lastLevel(size), level = levelFor(view.scale, ratio, last), step = kTileSide * 2 ** level;
    const from = toImage(view, { x: 0, y: 0 }), to = toImage(view, { x: canvas.width, y: canvas.height });
    const end = (length: number): number => Math.ceil(length / step) - 1;
    for (let y = Math.max(0, Math.floor(from.y / step)); y <= Math.min(end(size.height), Math.floor(to.y / step)); ++y)
      for (let x = Math.max(0, Math.floor(from.x / step)); x <= Math.min(end(size.width), Math.floor(to.x / step)); ++x)
        what(this.tile(tileUrl(image, level, x, y)), x, y);
  }
}
