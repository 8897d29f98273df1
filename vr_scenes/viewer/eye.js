// The visitor's eye: where it is, how it is turned, walked, brought nearer and flown, within what the stage lets through. Knows poses; of the stage only walls and bounds.

import { Flight } from "./flight.js";
import { drawn, orbited, poseOf, turned, walked, zoomed } from "./pose.js";

const LEASH = 3; // metres one may stroll from a stop

export class Eye {
  /**
   * @param {import("./motion.js").Motion} motion
   * @param {{stage: () => object | null, calm: () => boolean, wide: () => boolean, placed: (pose: object) => void, cut: (fade: boolean) => void}} house
   * calm: whether nothing may fly; wide: whether one goes round things wherever one stands; placed: hears of every new pose
   */
  constructor(motion, house) {
    Object.assign(this, { motion, house, pose: null, home: null, around: null });
  }

  /** Where home is from now on, and whether one goes round what it looks at: so it is where it stands outside of all there is. */
  settle(camera) {
    this.home = poseOf(camera);
    const round = this.house.wide() || this.house.stage()?.isOutside(camera.position);
    const far = Math.hypot(...camera.position.map((one, i) => one - camera.target[i]));
    this.house.stage()?.focus(far);
    this.around = round ? { focus: camera.target, least: far * 0.25, most: far * 2 } : null;
  }

  look(left, up) {
    this.put(this.around ? orbited(this.pose, -left * 1.6, -up * 1.6, this.around.focus) : turned(this.pose, left, up));
  }

  zoom(factor) {
    this.put(this.around ? this.#nearer(factor) : zoomed(this.pose, factor));
  }

  walk(ahead, right) {
    if (this.around) return this.put(right ? orbited(this.pose, right / 3, 0, this.around.focus) : this.#nearer(1 - ahead / 3));
    const there = walked(this.pose, ahead, right, this.home, LEASH);
    if (this.house.stage()?.isFree(there.x - this.pose.x, there.z - this.pose.z) ?? true) this.put(there);
  }

  /** Be at a pose at once; a flight on its way ends. */
  put(pose) {
    this.motion.stop("flight");
    this.#place(pose);
  }

  /** Fly to a pose; cut where motion is not wanted, where nothing is drawn, and through walls. */
  fly(to) {
    this.motion.stop("flight");
    const [from, stage, calm] = [this.pose ?? to, this.house.stage(), this.house.calm()];
    const walls = stage && !stage.isFree(to.x - from.x, to.z - from.z);
    const flight = new Flight(from, to, { cut: calm || !stage || walls });
    if (!flight.over) return this.motion.start("flight", (seconds) => (this.#place(flight.advance(seconds)), flight.over));
    this.house.cut(Boolean(walls && !calm));
    this.#place(to);
  }

  #nearer(factor) {
    return drawn(this.pose, factor, this.around.focus, this.around.least, this.around.most);
  }

  #place(pose) {
    this.pose = pose;
    this.house.placed(pose);
  }
}
