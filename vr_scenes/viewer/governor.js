// Keeps the frame budget by dropping detail: slow frames lower the quality step by step, quick ones raise it again, slowly. Time is told to it; it draws nothing.

/** Quality steps from full to least: share of the pixel ratio, factor on the error that may be seen, share of points and splats. */
export const STEPS = [
  { ratio: 1, error: 1, points: 1 },
  { ratio: 0.85, error: 1.4, points: 0.8 },
  { ratio: 0.7, error: 2, points: 0.6 },
  { ratio: 0.55, error: 3, points: 0.4 },
  { ratio: 0.42, error: 4.5, points: 0.25 },
];
const SLOW = 4; // frames in a row before it drops
const QUICK = 90; // and before it rises
const LONG = 900; // milliseconds: not a slow frame, but a pause

export class Governor {
  /** @param {number} frame milliseconds a frame may take @param {(step: typeof STEPS[0]) => void} changed */
  constructor(frame, changed) {
    this.frame = frame;
    this.changed = changed;
    this.step = 0;
    this.slow = this.quick = 0;
  }

  get quality() {
    return STEPS[this.step];
  }

  /** A frame of a movement took so many milliseconds since the one before it. */
  took(milliseconds) {
    if (milliseconds <= 0 || milliseconds > LONG) return;
    if (milliseconds > this.frame * 1.15) {
      this.quick = 0;
      // One very slow frame says as much as several slow ones.
      this.slow += milliseconds > this.frame * 3 ? 2 : 1;
      if (this.slow >= SLOW) this.#go(1);
    } else {
      this.slow = 0;
      this.quick += milliseconds < this.frame * 0.8 ? 1 : 0;
      if (this.quick >= QUICK) this.#go(-1);
    }
  }

  #go(by) {
    this.slow = this.quick = 0;
    const to = Math.min(STEPS.length - 1, Math.max(0, this.step + by));
    if (to === this.step) return;
    this.step = to;
    this.changed(this.quality);
  }
}
