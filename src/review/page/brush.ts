// A mask, painted with a round brush. Every stroke makes the mask anew: it is saved, and undone, by itself.

import { toCanvas, type Point, type View } from "./geometry";
import type { Mask } from "./mask";
import { MaskPicture } from "./mask_picture";
import { Raster } from "./raster";
import { outlined, type Made, type Stroke, type Tool } from "./tools";

const kLeast = 0.5, kMost = 500;  // image pixels
const kFirst = 9;                 // canvas pixels

export class BrushTool implements Tool {
  readonly name = "brush";
  readonly stays = true;
  begun = false;
  private raster: Raster | null = null;
  private picture: MaskPicture | null = null;
  private source: Mask | null = null;  // what the raster was made from, or has made
  private last: Point | null = null;
  private hover: Point | null = null;
  private erase = false;
  private radius = 0;  // image pixels; 0: not chosen yet
  constructor(private readonly made: Made, private readonly colour: () => string) {}

  // The mask that the next stroke goes on with; null: a new one.
  target(mask: Mask | null): void {
    if (this.begun || mask === this.source) return;
    this.source = mask;
    this.raster = this.picture = null;
  }
  resize(factor: number): number {
    this.radius = Math.min(Math.max(this.radius * factor, kLeast), kMost);
    return this.radius;
  }
  down(stroke: Stroke): void {
    this.raster ??= this.source ? Raster.of(this.source) : new Raster(stroke.size);
    this.picture ??= new MaskPicture(this.raster, this.colour());
    this.begun = true;
    this.erase = stroke.erase;
    this.last = null;
    this.move(stroke, true);
  }
  move({ at, scale }: Stroke, held: boolean): void {
    this.hover = at;
    this.radius ||= Math.max(kLeast, kFirst / scale);
    if (!held || !this.begun || !this.raster || !this.picture) return;
    const changed = this.raster.stroke(this.last ?? at, at, this.radius, this.erase ? 0 : 1);
    if (changed) this.picture.update(changed);
    this.last = at;
  }
  up(): void {
    if (!this.begun || !this.raster) return;
    this.begun = false;
    const mask = this.raster.mask(), before = this.source;
    this.source = mask;
    if (!mask) this.raster = this.picture = null;
    if (mask || before) this.made("mask", mask);
  }
  finish(): void { /* every stroke is saved */ }
  back(): boolean { return false; }
  drop(): void { this.begun = false; this.raster = this.picture = null; this.source = null; }
  // While a stroke is drawn, the mask as it becomes; and where the brush is.
  paint(context: CanvasRenderingContext2D, view: View): void {
    if (this.begun) this.picture?.draw(context, view);
    if (!this.hover || !this.radius) return;
    const p = toCanvas(view, this.hover);
    context.beginPath();
    context.arc(p.x, p.y, Math.max(this.radius * view.scale, 2), 0, 2 * Math.PI);
    outlined(context, this.erase && this.begun ? [3, 3] : []);
  }
}
