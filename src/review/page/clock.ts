// How long somebody worked on an image: time in which they did something at least every 20 seconds, with the page seen.

const kRestAfter = 20_000;  // ms

export class WorkClock {
  private started = 0;
  private active = 0;
  private last = 0;
  constructor(private readonly now: () => number = () => performance.now()) { this.restart(); }
  restart(): void { this.started = this.last = this.now(); this.active = 0; }
  // Somebody did something.
  touch(): void {
    const now = this.now();
    this.active += Math.min(now - this.last, kRestAfter);
    this.last = now;
  }
  // The page is hidden or seen again: the time between is nobody's.
  pause(): void { this.touch(); }
  resume(): void { this.last = this.now(); }
  read(): { ms_active: number; ms_total: number } {
    this.touch();
    return { ms_active: Math.round(this.active), ms_total: Math.round(this.now() - this.started) };
  }
  sinceStart(): number { return this.now() - this.started; }
}

export function watch(clock: WorkClock): void {
  for (const name of ["keydown", "pointermove", "pointerdown", "wheel"])
    window.addEventListener(name, () => clock.touch(), { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => document.hidden ? clock.pause() : clock.resume());
}
