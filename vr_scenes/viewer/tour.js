// The guided tour as a state machine: which step, playing or not, how long still. Knows neither three nor DOM nor clock: time is told to it by `tick`.

/** @typedef {{stop: string, seconds: number, text: string, explode?: number|null}} Step */

export const IDLE = "idle";
export const PLAYING = "playing";
export const PAUSED = "paused";
export const ENDED = "ended";

export class Tour {
  /**
   * @param {Step[]} steps in their order, at least one
   * @param {{step?: (step: Step, index: number) => void, state?: (state: string) => void, end?: () => void}} tell what to call when something changes
   */
  constructor(steps, tell = {}) {
    if (!steps.length) throw new RangeError("a tour has at least one step");
    this.steps = steps;
    this.tell = tell;
    this.state = IDLE;
    this.index = -1;
    this.left = 0;
  }

  /** From the first step; from a paused step, on. */
  play() {
    if (this.state === PAUSED) return this.#become(PLAYING);
    if (this.state === PLAYING) return;
    this.#become(PLAYING);
    this.#arrive(0);
  }

  pause() {
    if (this.state === PLAYING) this.#become(PAUSED);
  }

  /** What the space bar does: play, pause, play on. */
  toggle() {
    if (this.state === PLAYING) this.pause();
    else this.play();
  }

  /** Leave the tour where it is. */
  stop() {
    if (this.state === IDLE) return;
    this.index = -1;
    this.left = 0;
    this.#become(IDLE);
  }

  /** The next step; after the last one the tour is over. */
  next() {
    if (this.index < 0) return;
    if (this.index + 1 < this.steps.length) return this.#arrive(this.index + 1);
    this.left = 0;
    this.#become(ENDED);
    this.tell.end?.();
  }

  previous() {
    if (this.index < 0) return;
    if (this.state === ENDED) this.#become(PAUSED);
    this.#arrive(Math.max(0, this.index - 1));
  }

  /** Seconds have passed; a long gap (a sleeping tab) counts as one step at most. */
  tick(seconds) {
    if (this.state !== PLAYING) return;
    this.left -= seconds;
    if (this.left <= 0) this.next();
  }

  /** 0..1 of the whole tour. */
  get progress() {
    if (this.index < 0) return 0;
    if (this.state === ENDED) return 1;
    const all = this.steps.reduce((sum, step) => sum + step.seconds, 0);
    const done = this.steps.slice(0, this.index + 1).reduce((sum, step) => sum + step.seconds, 0);
    return (done - this.left) / all;
  }

  #arrive(index) {
    this.index = index;
    this.left = this.steps[index].seconds;
    this.tell.step?.(this.steps[index], index);
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.tell.state?.(state);
  }
}
