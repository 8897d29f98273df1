// What moves from frame to frame, each thing under a name of its own: starting one ends the one of that name. It is told the time and keeps no clock.

const LONGEST = 0.1; // seconds a frame counts for at most

export class Motion {
  /** @param {() => void} wake asks for the next frame */
  constructor(wake) {
    this.wake = wake;
    this.moving = new Set();
    this.last = 0;
  }

  /** `step(seconds)` is called each frame until it gives true. */
  start(name, step) {
    this.stop(name);
    this.moving.add({ name, step });
    this.last = 0;
    this.wake();
  }

  /** End the one of that name, without a name all. */
  stop(name) {
    for (const one of this.moving) if (!name || one.name === name) this.moving.delete(one);
  }

  /** A frame at `now` milliseconds. */
  frame(now) {
    const seconds = this.last ? Math.min(LONGEST, (now - this.last) / 1000) : 0.016;
    this.last = this.moving.size ? now : 0;
    for (const one of [...this.moving]) if (one.step(seconds)) this.moving.delete(one);
    if (this.moving.size) this.wake();
  }
}
