// The guided tour as a state machine: which step, playing or not, how long still, how fast. Knows neither three nor DOM nor clock: time is told to it,
// by `tick` where a text is read, by `follow` where a recording is heard (the recording then is the clock, and its length the step's).

/**
 * @typedef {{stop?: string, seconds: number, text: unknown, explode?: number|null, camera?: object, audio?: object, captions?: object, clipping?: object, show?: string[], hide?: string[], hour?: number}} Step
 * stop: where it is; camera: another view than the stop's; audio, captions: addresses by language; clipping: a plane that cuts; show, hide: ids of nodes; hour: of the light
 */

export const IDLE = "idle";
export const PLAYING = "playing";
export const PAUSED = "paused";
export const ENDED = "ended";
export const SPEEDS = [0.75, 1, 1.25, 1.5, 2];

export class Tour {
  /**
   * @param {Step[]} steps in their order, at least one
   * @param {{step?: (step: Step, index: number) => void, state?: (state: string) => void, speed?: (speed: number) => void, seek?: (seconds: number) => void, end?: () => void}} tell what to call when something changes;
   * `seek`: within the step one is in, so that a recording goes there too
   */
  constructor(steps, tell = {}) {
    if (!steps.length) throw new RangeError("a tour has at least one step");
    this.steps = steps;
    this.tell = tell;
    this.state = IDLE;
    this.speed = 1;
    this.index = -1;
    this.left = 0;
    this.lengths = steps.map((step) => Math.max(0, step.seconds));
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

  /** To the step that holds this second of the whole tour, and so far into it. Before the start it is the start, after the end the last moment. */
  seek(seconds) {
    let [index, at] = [0, Math.max(0, seconds)];
    while (index + 1 < this.steps.length && at >= this.lengths[index]) at -= this.lengths[index++];
    const same = index === this.index;
    if (this.state === IDLE || this.state === ENDED) this.#become(PAUSED);
    if (!same) this.#arrive(index);
    this.left = Math.max(0, this.lengths[index] - at);
    this.tell.seek?.(this.at);
  }

  /** How fast it is read: held between half and three times. */
  setSpeed(speed) {
    const held = Math.min(3, Math.max(0.5, Number(speed) || 1));
    if (held === this.speed) return;
    this.speed = held;
    this.tell.speed?.(held);
  }

  /** The next of the usual speeds, after the last the first. */
  cycleSpeed() {
    this.setSpeed(SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length]);
  }

  /** A usual speed up (1) or down (-1), to the last one and no further. */
  stepSpeed(by) {
    const nearest = SPEEDS.reduce((best, one, i) => (Math.abs(one - this.speed) < Math.abs(SPEEDS[best] - this.speed) ? i : best), 0);
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, nearest + by))]);
  }

  /** Seconds have passed; a long gap (a sleeping tab) counts as one step at most. */
  tick(seconds) {
    if (this.state !== PLAYING) return;
    this.left -= seconds * this.speed;
    if (this.left <= 0) this.next();
  }

  /** A recording of this step is at `at` of `length` seconds; both in its own time, whatever the speed. It never turns the page: the recording's end does, by `next`. */
  follow(at, length) {
    if (this.index < 0 || !(length > 0)) return;
    this.lengths[this.index] = length;
    this.left = Math.max(0, length - at);
  }

  /** Seconds into the step one is in. */
  get at() {
    return this.index < 0 ? 0 : this.lengths[this.index] - this.left;
  }

  /** Seconds of the whole tour at its own speed. */
  get total() {
    return this.lengths.reduce((sum, one) => sum + one, 0);
  }

  /** Seconds of it that are over. */
  get elapsed() {
    if (this.index < 0) return 0;
    return this.lengths.slice(0, this.index).reduce((sum, one) => sum + one, 0) + this.at;
  }

  /** 0..1 of the whole tour. */
  get progress() {
    if (this.index < 0) return 0;
    return this.state === ENDED ? 1 : this.elapsed / this.total;
  }

  /** Ids of the nodes that are not shown at a step. */
  hiddenAt(step) {
    return hiddenAt(this.steps, step);
  }

  /** Where one is, to be told to others. */
  get place() {
    return { index: this.index, at: Math.round(this.at * 10) / 10, state: this.state, speed: this.speed };
  }

  /** To where another is. What does not fit this tour is refused with a RangeError. */
  join({ index, at = 0, state, speed = 1 }) {
    if (!Number.isInteger(index) || index < -1 || index >= this.steps.length || ![IDLE, PLAYING, PAUSED, ENDED].includes(state)) throw new RangeError("not a place in this tour");
    if (index < 0 || state === IDLE) return this.stop();
    this.setSpeed(speed);
    if (index !== this.index) this.#arrive(index);
    this.left = Math.max(0, this.lengths[index] - Math.max(0, Number(at) || 0));
    this.#become(state);
  }

  #arrive(index) {
    this.index = index;
    this.left = this.lengths[index];
    this.tell.step?.(this.steps[index], index);
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.tell.state?.(state);
  }
}

/** Ids of the nodes that are not shown at a step: those it hides, and those that only other steps show. */
export function hiddenAt(steps, step) {
  const elsewhere = steps.flatMap(({ show }) => show ?? []).filter((id) => !step.show?.includes(id));
  return [...new Set([...elsewhere, ...(step.hide ?? [])])];
}
