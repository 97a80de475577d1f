// The one canvas: an image, what is drawn on it, and the pointer. It decides nothing: it tells what was drawn or moved.

import { BrushTool } from "./brush";
import { classColour } from "./colours";
import type { Shown } from "./decide";
import { boundsOf, contains, fit, handleAt, inside, moved, resized, toImage, zoomAt,
         type Handle, type Point, type Size, type View } from "./geometry";
import { Heat } from "./heat";
import type { Mask } from "./mask";
import { paintCorners, paintHandles, paintObject } from "./paint";
import { cornerAdded, cornerAt, cornerMoved, cornerRemoved, middleAt, onImage, type Corner, type Rings } from "./polygon";
import { Tiles } from "./tiles";
import { BoxTool, makeTool, type Made, type Stroke, type Tool, type ToolName } from "./tools";
import type { Box, Geometry, Kind, ObjectClass } from "./types";

export interface Layers { markings: boolean; labels: boolean; heat: boolean; heatStrength: number; hidden: boolean }
export interface Look { brightness: number; contrast: boolean; invert: boolean }
// `blind`: nothing of what the model saw is asked for. `drawn`: the class that is drawn next.
export interface Scene { image: number; size: Size; objects: Shown[]; chosen: string | null; blind?: boolean; drawn?: number }
export interface Told {
  choose(id: string | null): void;
  draw(kind: Kind, geometry: Geometry | null): void;  // null: a mask of which nothing is left
  reshape(id: string, geometry: Geometry): void;
  shown(): void;  // the image is on the screen for the first time
}

type Drag = { kind: "pan"; from: Point; view: View; far: boolean } | { kind: "tool"; tool: Tool; erase: boolean } |
            { kind: "move"; id: string; from: Point; geometry: Geometry; now: Geometry } |
            { kind: "resize"; id: string; handle: Handle; box: Box; now: Box } |
            { kind: "corner"; id: string; corner: Corner; rings: Rings; now: Rings };

export class Canvas {
  readonly element = document.createElement("canvas");
  layers: Layers = { markings: true, labels: true, heat: false, heatStrength: 0.7, hidden: false };
  look: Look = { brightness: 1, contrast: false, invert: false };
  view: View = { scale: 1, x: 0, y: 0 };
  readonly tiles = new Tiles(() => this.redraw());
  readonly heat = new Heat(() => this.redraw());
  private scene: Scene | null = null;
  private drag: Drag | null = null;
  private tool: Tool | null = null;
  private asked = false;
  private told = 0;  // the image that was told to be shown
  private readonly observer = new ResizeObserver(() => this.resize());
  private fitted = true;

  constructor(private readonly classes: ObjectClass[], private readonly tell: Told) {
    this.element.className = "stage";
    this.element.setAttribute("aria-label", "the image");
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.element.addEventListener("pointerdown", (event) => this.down(event));
    this.element.addEventListener("pointermove", (event) => this.move(event));
    this.element.addEventListener("pointerup", () => this.up());
    this.element.addEventListener("pointercancel", () => { this.tool?.drop(); this.drag = null; this.redraw(); });
    this.observer.observe(this.element);
  }

  close(): void { this.observer.disconnect(); }
  size(): Size { return { width: this.element.clientWidth || 1, height: this.element.clientHeight || 1 }; }

  show(scene: Scene | null, keepView: boolean): void {
    const other = scene?.image !== this.scene?.image;
    this.scene = scene;
    if (other) {
      this.drag = null;
      this.tool = null;
      if (!keepView) this.fit();
    }
    this.aimBrush();
    this.cursor();
    this.redraw();
  }

  fit(): void {
    if (this.scene) this.view = fit(this.scene.size, this.size());
    this.fitted = true;
    this.redraw();
  }
  setView(view: View): void { this.view = view; this.fitted = false; this.redraw(); }
  zoom(factor: number): void {
    const { width, height } = this.size();
    this.setView(zoomAt(this.view, { x: width / 2, y: height / 2 }, factor));
  }
  setTool(name: ToolName | null): void {
    this.tool = name === "brush" ? new BrushTool(this.made, () => classColour(this.drawnClass())) : name ? makeTool(name, this.made) : null;
    this.drag = null;
    this.aimBrush();
    this.cursor();
    this.redraw();
  }
  toolName(): ToolName | null { return this.tool?.name ?? null; }
  // Enter, Backspace and Escape while something is begun that is no object yet: whether they were for the tool.
  finishTool(): boolean { return this.begun((tool) => tool.finish()); }
  toolBack(): boolean { return this.begun((tool) => { tool.back(); }); }
  dropTool(): boolean { return this.begun((tool) => { tool.drop(); this.drag = null; }); }
  // The brush's radius in image pixels, larger by `factor`; null: there is no brush.
  brush(factor: number): number | null {
    const radius = this.tool instanceof BrushTool ? this.tool.resize(factor) : null;
    this.redraw();
    return radius;
  }
  private begun(what: (tool: Tool) => void): boolean {
    if (!this.tool?.begun) return false;
    what(this.tool);
    this.redraw();
    return true;
  }

  redraw(): void {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.paint(); });
  }

  private cursor(): void { this.element.style.cursor = this.tool?.name === "brush" ? "none" : this.tool ? "crosshair" : "default"; }

  private resize(): void {
    const ratio = window.devicePixelRatio || 1, { width, height } = this.size();
    this.element.width = Math.round(width * ratio);
    this.element.height = Math.round(height * ratio);
    if (this.fitted) this.fit();
    this.paint();
  }

  private visible(object: Shown): boolean {
    if (this.layers.hidden) return false;
    return object.state === "proposed" || object.state === "rejected" ? this.layers.markings : this.layers.labels;
  }

  private paint(): void {
    const context = this.element.getContext("2d")!, ratio = window.devicePixelRatio || 1, scene = this.scene;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const canvas = this.size();
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!scene) return;
    const { brightness, contrast, invert } = this.look;
    const plain = brightness === 1 && !contrast && !invert;
    context.filter = plain ? "none" : `brightness(${brightness})${contrast ? " contrast(1.8)" : ""}${invert ? " invert(1)" : ""}`;
    context.imageSmoothingEnabled = this.view.scale * ratio < 6;
    const state = this.tiles.draw(context, scene.image, scene.size, this.view, canvas, ratio);
    context.filter = "none";
    this.element.dataset.state = state;
    if (state === "failed") {
      context.fillStyle = "#d66";
      context.font = "15px system-ui, sans-serif";
      context.textAlign = "center";
      context.fillText("this image cannot be shown: its file is missing or damaged", canvas.width / 2, canvas.height / 2);
      context.textAlign = "start";
    }
    if (state !== "loading" && this.told !== scene.image) { this.told = scene.image; this.tell.shown(); }
    this.paintHeat(context, scene);
    for (const object of scene.objects)
      if (object.id !== scene.chosen && this.visible(object)) paintObject(context, object, this.view, this.classes, false);
    const chosen = scene.objects.find((object) => object.id === scene.chosen);
    if (chosen && this.visible(chosen)) {
      const now = this.drag && "now" in this.drag ? this.drag.now : chosen.geometry;
      const painted = chosen.kind === "mask" && this.tool instanceof BrushTool && this.tool.begun;  // the stroke shows it
      if (!painted) paintObject(context, { ...chosen, geometry: now }, this.view, this.classes, true);
      if (chosen.kind === "box") paintHandles(context, now as Box, this.view);
      if (chosen.kind === "polygon" && !this.tool) paintCorners(context, now as Rings, this.view);
    }
    (this.drag?.kind === "tool" ? this.drag.tool : this.tool)?.paint(context, this.view);
  }

  // A brush goes on with the chosen mask; without one it begins another.
  private aimBrush(): void {
    const chosen = this.scene?.objects.find((object) => object.id === this.scene?.chosen && object.kind === "mask");
    if (this.tool instanceof BrushTool) this.tool.target(chosen ? chosen.geometry as Mask : null);
  }
  private drawnClass(): number {
    return this.scene?.objects.find((object) => object.id === this.scene?.chosen && object.kind === "mask")?.class ?? this.scene?.drawn ?? 1;
  }

  private paintHeat(context: CanvasRenderingContext2D, scene: Scene): void {
    if (!this.layers.heat || this.layers.hidden) return;
    const map = scene.blind ? "none" : this.heat.of(scene.image);
    this.element.dataset.heat = map instanceof HTMLCanvasElement ? "shown" : map;
    if (!(map instanceof HTMLCanvasElement)) return;
    context.imageSmoothingEnabled = true;
    context.globalAlpha = this.layers.heatStrength;
    context.drawImage(map, this.view.x, this.view.y, scene.size.width * this.view.scale, scene.size.height * this.view.scale);
    context.globalAlpha = 1;
  }

  private pointOf(event: MouseEvent): Point {
    const at = this.element.getBoundingClientRect();
    return { x: event.clientX - at.left, y: event.clientY - at.top };
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const step = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
    this.setView(zoomAt(this.view, this.pointOf(event), Math.exp(-step * 0.0015)));
  }

  private down(event: PointerEvent): void {
    const scene = this.scene;
    if (!scene || event.button > 1) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    const at = this.pointOf(event), place = toImage(this.view, at);
    const tool = this.tool ?? (event.shiftKey ? new BoxTool(this.made) : null);
    if (event.button === 0 && tool) {
      this.drag = { kind: "tool", tool, erase: event.shiftKey };
      tool.down(this.stroke(place, event.shiftKey));
      this.redraw();
      return;
    }
    const chosen = scene.objects.find((object) => object.id === scene.chosen);
    if (event.button === 0 && chosen && this.visible(chosen)) {
      const bounds = boundsOf(chosen.kind, chosen.geometry);
      const handle = chosen.kind === "box" ? handleAt(this.view, chosen.geometry as Box, at) : null;
      if (handle) {
        const box = chosen.geometry as Box;
        this.drag = { kind: "resize", id: chosen.id, handle, box, now: box };
        return;
      }
      const corner = chosen.kind === "polygon" ? this.takeCorner(chosen, at, event.altKey) : null;
      if (corner) { this.drag = corner; return; }
      if (bounds && chosen.kind !== "mask" && contains(bounds, place, 4 / this.view.scale)) {
        this.drag = { kind: "move", id: chosen.id, from: place, geometry: chosen.geometry, now: chosen.geometry };
        return;
      }
    }
    this.drag = { kind: "pan", from: at, view: this.view, far: event.button === 1 };
  }

  private move(event: PointerEvent): void {
    const drag = this.drag, scene = this.scene;
    if (scene && !drag && this.tool) {
      this.tool.move(this.stroke(toImage(this.view, this.pointOf(event)), event.shiftKey), false);
      this.redraw();
    }
    if (!drag || !scene) return;
    const at = this.pointOf(event), place = toImage(this.view, at);
    if (drag.kind === "pan") {
      const dx = at.x - drag.from.x, dy = at.y - drag.from.y;
      if (Math.hypot(dx, dy) > 3) drag.far = true;
      if (drag.far) this.setView({ ...drag.view, x: drag.view.x + dx, y: drag.view.y + dy });
    } else if (drag.kind === "tool") {
      drag.tool.move(this.stroke(place, drag.erase), true);
    } else if (drag.kind === "corner") {
      drag.now = cornerMoved(drag.rings, drag.corner, onImage(place, scene.size));
    } else if (drag.kind === "move") {
      const chosen = scene.objects.find((object) => object.id === drag.id)!;
      drag.now = moved(chosen.kind, drag.geometry, Math.round(place.x - drag.from.x), Math.round(place.y - drag.from.y));
      if (chosen.kind === "box") drag.now = inside(drag.now as Box, scene.size);
    } else {
      drag.now = resized(drag.box, drag.handle, place, scene.size);
    }
    this.redraw();
  }

  private up(): void {
    const drag = this.drag, scene = this.scene;
    this.drag = null;
    if (!drag || !scene) return;
    if (drag.kind === "pan" && !drag.far) this.tell.choose(this.objectAt(toImage(this.view, drag.from)));
    if (drag.kind === "tool") drag.tool.up();
    if (drag.kind === "resize" || drag.kind === "move" || drag.kind === "corner") {
      const before = drag.kind === "resize" ? drag.box : drag.kind === "move" ? drag.geometry : drag.rings;
      if (JSON.stringify(before) !== JSON.stringify(drag.now)) this.tell.reshape(drag.id, drag.now);
      else if (drag.kind === "move") this.tell.choose(this.objectAt(drag.from, drag.id));
    }
    this.redraw();
  }

  private readonly made: Made = (kind, geometry) => {
    if (this.tool && !this.tool.stays) { this.tool = null; this.cursor(); }
    this.tell.draw(kind, geometry);
  };
  private stroke(at: Point, erase: boolean): Stroke { return { at, erase, scale: this.view.scale, size: this.scene!.size }; }

  // A corner of the chosen outline at this place, or one that is pulled out of a side; Alt takes one away.
  private takeCorner(chosen: Shown, at: Point, remove: boolean): Drag | null {
    const rings = chosen.geometry as Rings, corner = cornerAt(rings, this.view, at);
    if (corner && remove) {
      const left = cornerRemoved(rings, corner);
      if (left !== rings) this.tell.reshape(chosen.id, left);
      return { kind: "pan", from: at, view: this.view, far: true };
    }
    if (corner) return { kind: "corner", id: chosen.id, corner, rings, now: rings };
    const side = middleAt(rings, this.view, at);
    if (!side) return null;
    const added = cornerAdded(rings, side, onImage(toImage(this.view, at), this.scene!.size));
    return { kind: "corner", id: chosen.id, corner: { ring: side.ring, at: side.at + 1 }, rings: added, now: added };
  }

  // The smallest object at this place; after `beyond`, the next larger one, so that clicks go through a pile.
  private objectAt(p: Point, beyond: string | null = null): string | null {
    const here = (this.scene?.objects ?? []).filter((object) => this.visible(object))
      .map((object) => ({ id: object.id, bounds: boundsOf(object.kind, object.geometry) }))
      .filter((one) => one.bounds && contains(one.bounds, p, 5 / this.view.scale))
      .sort((a, b) => a.bounds![2] * a.bounds![3] - b.bounds![2] * b.bounds![3]);
    if (here.length === 0) return null;
    return here[(here.findIndex((one) => one.id === beyond) + 1) % here.length].id;
  }
}
