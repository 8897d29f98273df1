// One move of the camera from pose to pose. Under reduced motion, and over walls, it is a cut. Knows neither three nor DOM.

import { between, eased } from "./pose.js";

export class Flight {
  /**
   * @param {import("./pose.js").Pose} from
   * @param {import("./pose.js").Pose} to
   * @param {{cut: boolean}} how cut: no way between, only there
   */
  constructor(from, to, { cut }) {
    this.from = from;
    this.to = to;
    const far = Math.hypot(to.x - from.x, to.y - from.y, to.z - from.z);
    this.seconds = cut ? 0 : Math.min(3.2, 0.9 + far * 0.14);
    this.passed = 0;
  }

  get over() {
    return this.passed >= this.seconds;
  }

  /** The pose after another `seconds`. */
  advance(seconds) {
    this.passed = Math.min(this.seconds, this.passed + seconds);
    return this.over ? this.to : between(this.from, this.to, eased(this.passed / this.seconds));
  }
}
