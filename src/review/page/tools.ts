// What draws new objects on the canvas: a box, an outline, a point. (brush.ts: a mask.)

import { boxOf, toCanvas, type Point, type Size, type View } from "./geometry";
import { isRing, onImage } from "./polygon";
import type { Geometry, Kind } from "./types";

export type ToolName = "box" | "polygon" | "point" | "brush";

export interface Stroke { at: Point; scale: number; size: Size; erase: boolean }  // image pixels; canvas pixels an image pixel
export interface Tool {
  readonly name: ToolName;
  readonly begun: boolean;  // something is drawn that is no object yet
  readonly stays: boolean;  // it goes on after an object is made
  down(stroke: Stroke): void;
  move(stroke: Stroke, held: boolean): void;
  up(): void;
  finish(): void;   // makes an object of what is begun, if it can be one
  back(): boolean;  // takes the last step back; whether there was one
  drop(): void;     // forgets what is begun
  paint(context: CanvasRenderingContext2D, view: View): void;
}
export type Made = (kind: Kind, geometry: Geometry | null) => void;

// White with a dark edge: seen on every image.
export function outlined(context: CanvasRenderingContext2D, dash: number[]): void {
  context.setLineDash([]);
  context.strokeStyle = "rgba(0, 0, 0, 0.65)";
  context.lineWidth = 3.5;
  context.stroke();
  context.setLineDash(dash);
  context.strokeStyle = "#fff";
  context.lineWidth = 1.5;
  context.stroke();
  context.setLineDash([]);
}

export class BoxTool implements Tool {
  readonly name = "box";
  readonly stays = false;
  private from: Point | null = null;
  private to: Point = { x: 0, y: 0 };
  private size: Size = { width: 0, height: 0 };
  constructor(private readonly made: Made) {}

  get begun(): boolean { return this.from !== null; }
  down({ at, size }: Stroke): void { this.from = this.to = at; this.size = size; }
  move({ at }: Stroke, held: boolean): void { if (held) this.to = at; }
  up(): void {
    if (!this.from) return;
    const box = boxOf(this.from, this.to, this.size);
    this.from = null;
    if (box[2] >= 2 && box[3] >= 2) this.made("box", box);
  }
  finish(): void { /* the pointer does */ }
  back(): boolean { return false; }
  drop(): void { this.from = null; }
  paint(context: CanvasRenderingContext2D, view: View): void {
    if (!this.from) return;
    const box = boxOf(this.from, this.to, this.size), p = toCanvas(view, { x: box[0], y: box[1] });
    context.beginPath();
    context.rect(p.x, p.y, box[2] * view.scale, box[3] * view.scale);
    outlined(context, [4, 3]);
  }
}

const kFreehand = 9;  // canvas pixels from corner to corner while the button is held
const kClose = 9;     // canvas pixels to the first corner, or the last, that close the outline

// A click is a corner; a held button draws freehand.
export class PolygonTool implements Tool {
  readonly name = "polygon";
  readonly stays = false;
  private corners: number[] = [];
  private hover: Point | null = null;
  constructor(private readonly made: Made) {}

  get begun(): boolean { return this.corners.length > 0; }
  down({ at, scale, size }: Stroke): void {
    const p = onImage(at, size), near = (i: number): boolean => Math.hypot(this.corners[i] - p.x, this.corners[i + 1] - p.y) * scale <= kClose;
    if (this.corners.length >= 6 && (near(0) || near(this.corners.length - 2))) { this.finish(); return; }
    this.corners.push(p.x, p.y);
    this.hover = p;
  }
  move({ at, scale, size }: Stroke, held: boolean): void {
    const p = onImage(at, size), n = this.corners.length;
    this.hover = p;
    if (held && n > 0 && Math.hypot(this.corners[n - 2] - p.x, this.corners[n - 1] - p.y) * scale >= kFreehand) this.corners.push(p.x, p.y);
  }
  up(): void { /* the next corner, or Enter */ }
  finish(): void {
    if (!isRing(this.corners)) return;
    const ring = this.corners;
    this.drop();
    this.made("polygon", [ring]);
  }
  back(): boolean { return this.corners.splice(-2).length > 0; }
  drop(): void { this.corners = []; this.hover = null; }
  paint(context: CanvasRenderingContext2D, view: View): void {
    if (!this.begun) return;
    const points: Point[] = [];
    for (let i = 0; i < this.corners.length; i += 2) points.push(toCanvas(view, { x: this.corners[i], y: this.corners[i + 1] }));
    context.beginPath();
    points.forEach((p, i) => { if (i) context.lineTo(p.x, p.y); else context.moveTo(p.x, p.y); });
    if (this.hover) { const p = toCanvas(view, this.hover); context.lineTo(p.x, p.y); }
    outlined(context, []);
    points.forEach((p, i) => {
      context.beginPath();
      context.arc(p.x, p.y, i === 0 ? 5 : 3, 0, 2 * Math.PI);
      context.fillStyle = "#fff";
      context.fill();
      context.strokeStyle = "#000";
      context.lineWidth = 1;
      context.stroke();
    });
  }
}

export class PointTool implements Tool {
  readonly name = "point";
  readonly stays = true;  // points come in numbers
  readonly begun = false;
  private at: Point | null = null;
  constructor(private readonly made: Made) {}

  down({ at, size }: Stroke): void {
    if (at.x >= 0 && at.y >= 0 && at.x <= size.width && at.y <= size.height) this.at = onImage(at, size);
  }
  move({ at, size }: Stroke, held: boolean): void { if (held && this.at) this.at = onImage(at, size); }
  up(): void { if (this.at) this.made("point", [this.at.x, this.at.y]); this.at = null; }
  finish(): void { /* the pointer does */ }
  back(): boolean { return false; }
  drop(): void { this.at = null; }
  paint(): void { /* it is an object at once */ }
}

export const makeTool = (name: "box" | "polygon" | "point", made: Made): Tool =>
  name === "box" ? new BoxTool(made) : name === "polygon" ? new PolygonTool(made) : new PointTool(made);
