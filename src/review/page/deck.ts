// The images of one queue that the page holds: those seen, the present one, and some that come next.

import { get, post } from "./api";
import type { ImageState, ReviewImage } from "./types";

const kAhead = 3;   // images that are there before they are wanted
const kHeld = 48;   // whose leases are renewed; the server takes 64
const kMost = 200;  // seen ones that stay, for going back

export class Deck {
  private images: ReviewImage[] = [];
  private at = -1;
  private fetching: Promise<void> | null = null;
  private exhausted = false;

  constructor(readonly queue: number, private readonly came: () => void) {}

  get current(): ReviewImage | null { return this.images[this.at] ?? null; }
  get ahead(): ReviewImage[] { return this.images.slice(this.at + 1, this.at + 1 + kAhead); }
  get atEnd(): boolean { return this.at >= this.images.length; }
  find(id: number): ReviewImage | undefined { return this.images.find((image) => image.id === id); }

  async open(id: number | null): Promise<void> {
    if (id !== null) {
      const image = this.find(id) ?? await get(`images/${id}`) as ReviewImage;
      if (!this.images.includes(image)) this.images.splice(this.at + 1, 0, image);
      this.at = this.images.indexOf(image);
      void this.fill();
    } else {
      await this.fill();
      this.at = Math.max(this.at, 0);
    }
  }

  // Whether there is a next one; else the end is shown.
  async next(): Promise<void> {
    if (this.at < this.images.length) ++this.at;
    if (this.at >= this.images.length) await this.fill();
    else void this.fill();
  }
  previous(): boolean {
    if (this.at <= 0) return false;
    --this.at;
    return true;
  }

  // Skipped images come again.
  restart(): void {
    this.images = this.images.filter((image) => image.status !== "open");
    this.at = this.images.length;
    this.exhausted = false;
  }

  put(state: ImageState): void {
    const image = this.find(state.id);
    if (image) Object.assign(image, state);
  }

  held(): number[] { return this.images.filter((image) => image.status === "open").slice(-kHeld).map((image) => image.id); }

  release(): void {
    const images = this.held();
    if (images.length) post(`queues/${this.queue}/release`, { images }, true).catch(() => { /* leases end by themselves */ });
  }

  private fill(): Promise<void> {
    this.fetching ??= this.fetch().finally(() => { this.fetching = null; });
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    const wanted = kAhead + 1 - (this.images.length - Math.max(this.at, 0));
    if (this.queue === 0 || wanted <= 0 || (this.exhausted && !this.atEnd)) return;
    const answer = await post(`queues/${this.queue}/next`, { n: wanted, have: this.held() });
    const fresh = (answer.items as ReviewImage[]).filter((image) => !this.find(image.id));
    this.exhausted = fresh.length === 0;
    this.images.push(...fresh);
    if (this.images.length > kMost && this.at > kMost / 2) {
      const dropped = this.at - kMost / 2;
      this.images.splice(0, dropped);
      this.at -= dropped;
    }
    this.came();
  }
}
