// The model's heat as a coloured picture. The server sends grey: black is cold.

import { heatUrl } from "./api";

// Transparent over violet and orange to yellow: lightness rises, so it can be read without colours.
function colour(heat: number): [number, number, number, number] {
  const mix = (a: number, b: number, t: number): number => Math.round(a + (b - a) * t);
  const [low, high, t] = heat < 0.5 ? [[72, 20, 120], [222, 73, 60], heat * 2] as const
                                    : [[222, 73, 60], [252, 240, 120], heat * 2 - 1] as const;
  return [mix(low[0], high[0], t), mix(low[1], high[1], t), mix(low[2], high[2], t), Math.round(200 * Math.min(1, heat * 1.5))];
}

export class Heat {
  private maps = new Map<number, HTMLCanvasElement | "loading" | "none">();
  constructor(private readonly arrived: () => void) {}

  of(image: number): HTMLCanvasElement | "loading" | "none" {
    const found = this.maps.get(image);
    if (found) return found;
    this.maps.set(image, "loading");
    if (this.maps.size > 32) this.maps.delete(this.maps.keys().next().value!);
    void this.load(image);
    return "loading";
  }

  missing(image: number): boolean { return this.maps.get(image) === "none"; }

  private async load(image: number): Promise<void> {
    let made: HTMLCanvasElement | "none" = "none";
    try {
      const response = await fetch(heatUrl(image), { credentials: "same-origin" });
      if (response.ok) made = coloured(await createImageBitmap(await response.blob()));
    } catch { /* none: the page says so */ }
    this.maps.set(image, made);
    this.arrived();
  }
}

function coloured(grey: ImageBitmap): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = grey.width;
  canvas.height = grey.height;
  const context = canvas.getContext("2d")!;
  context.drawImage(grey, 0, 0);
  const pixels = context.getImageData(0, 0, grey.width, grey.height);
  for (let i = 0; i < pixels.data.length; i += 4) pixels.data.set(colour(pixels.data[i] / 255), i);
  context.putImageData(pixels, 0, 0);
  return canvas;
}
