// Draws objects over an image: the model's dashed, people's solid, rejected ones faint and crossed out.

import { classColour } from "./colours";
import type { Shown } from "./decide";
import { boundsOf, handlePoints, toCanvas, type View } from "./geometry";
import type { Mask } from "./mask";
import { pictureOf } from "./mask_picture";
import { middle, type Rings } from "./polygon";
import type { Box, ObjectClass } from "./types";

const kHalo = "rgba(0, 0, 0, 0.65)";

function trace(context: CanvasRenderingContext2D, object: Shown, view: View, chosen: boolean): void {
  context.beginPath();
  if (object.kind === "box") {
    const [x, y, width, height] = object.geometry as Box;
    const at = toCanvas(view, { x, y });
    // A small object is framed, not covered.
    const out = Math.min(width, height) * view.scale < 20 ? 5 : 0;
    context.rect(at.x - out, at.y - out, width * view.scale + 2 * out, height * view.scale + 2 * out);
  } else if (object.kind === "point") {
    const [x, y] = object.geometry as number[];
    const at = toCanvas(view, { x, y });
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {  // a cross that leaves the place itself free
      context.moveTo(at.x + 4 * dx, at.y + 4 * dy);
      context.lineTo(at.x + 11 * dx, at.y + 11 * dy);
    }
    context.moveTo(at.x + 7, at.y);
    context.arc(at.x, at.y, 7, 0, 2 * Math.PI);
  } else if (object.kind === "polygon") {
    for (const ring of object.geometry as number[][]) {
      for (let i = 0; i + 1 < ring.length; i += 2) {
        const at = toCanvas(view, { x: ring[i], y: ring[i + 1] });
        if (i === 0) context.moveTo(at.x, at.y); else context.lineTo(at.x, at.y);
      }
      context.closePath();
    }
  }
  // The pixels of a mask show it; the chosen one has a frame, too.
  if (object.kind === "mask" && chosen) {
    const bounds = boundsOf("mask", object.geometry);
    if (!bounds) return;
    const at = toCanvas(view, { x: bounds[0], y: bounds[1] });
    context.rect(at.x - 4, at.y - 4, bounds[2] * view.scale + 8, bounds[3] * view.scale + 8);
  }
}

function label(context: CanvasRenderingContext2D, text: string, colour: string, x: number, y: number): void {
  context.font = "600 12px system-ui, sans-serif";
  const width = context.measureText(text).width + 10, top = Math.max(0, y - 19);
  context.fillStyle = colour;
  context.fillRect(x - 1, top, width, 17);
  context.fillStyle = "#101010";
  context.textBaseline = "middle";
  context.fillText(text, x + 4, top + 9);
}

export function paintObject(context: CanvasRenderingContext2D, object: Shown, view: View, classes: ObjectClass[],
                            chosen: boolean): void {
  const colour = classColour(object.class), rejected = object.state === "rejected";
  const dash = object.state === "proposed" ? [7, 5] : rejected ? [2, 4] : [];
  context.save();
  context.globalAlpha = rejected && !chosen ? 0.55 : 1;
  if (object.kind === "mask") {
    if (rejected) context.globalAlpha *= 0.5;
    pictureOf(object.geometry as Mask, colour).draw(context, view);
  }
  trace(context, object, view, chosen);
  context.setLineDash([]);
  context.strokeStyle = kHalo;
  context.lineWidth = chosen ? 5 : 4;
  if (!rejected) context.stroke();
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = chosen ? 3 : 2;
  context.stroke();
  const bounds = boundsOf(object.kind, object.geometry);
  if (bounds) {
    const at = toCanvas(view, { x: bounds[0], y: bounds[1] });
    if (rejected) {
      context.setLineDash([]);
      context.beginPath();
      context.moveTo(at.x, at.y);
      context.lineTo(at.x + bounds[2] * view.scale, at.y + bounds[3] * view.scale);
      context.stroke();
    }
    const name = classes.find((known) => known.id === object.class)?.name ?? "?";
    if (chosen || !rejected) label(context, rejected ? `✕ ${name}` : name, colour, at.x, at.y - 5);
  }
  context.restore();
}

// Full: corners; hollow: sides from which one can be pulled.
export function paintCorners(context: CanvasRenderingContext2D, rings: Rings, view: View): void {
  context.save();
  context.lineWidth = 1;
  for (const ring of rings)
    for (let i = 0; i < ring.length / 2; ++i) {
      const corner = toCanvas(view, { x: ring[2 * i], y: ring[2 * i + 1] }), side = toCanvas(view, middle(ring, i));
      context.fillStyle = "#fff";
      context.strokeStyle = "#000";
      context.fillRect(corner.x - 3.5, corner.y - 3.5, 7, 7);
      context.strokeRect(corner.x - 3.5, corner.y - 3.5, 7, 7);
      if (Math.hypot(side.x - corner.x, side.y - corner.y) < 14) continue;  // no room between corners
      context.beginPath();
      context.arc(side.x, side.y, 3, 0, 2 * Math.PI);
      context.strokeStyle = "#fff";
      context.stroke();
    }
  context.restore();
}

export function paintHandles(context: CanvasRenderingContext2D, box: Box, view: View): void {
  if (Math.min(box[2], box[3]) * view.scale < 20) return;  // they would cover it: zoom in first
  context.save();
  for (const { at } of handlePoints(box)) {
    const p = toCanvas(view, at);
    context.fillStyle = "#fff";
    context.strokeStyle = "#000";
    context.lineWidth = 1;
    context.fillRect(p.x - 3.5, p.y - 3.5, 7, 7);
    context.strokeRect(p.x - 3.5, p.y - 3.5, 7, 7);
  }
  context.restore();
}
