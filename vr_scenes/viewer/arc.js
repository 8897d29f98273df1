// The throw of a teleport: a parabola from the hand, and where it meets the ground. Metres and seconds; neither three nor DOM.

const PULL = 9.8; // metres a second squared
const SPEED = 7.2; // metres a second: some six metres on the level
const STEP = 0.04; // seconds

/**
 * Points along the throw until it meets something or has fallen too far.
 * @param {number[]} from @param {number[]} way unit vector @param {(from: number[], to: number[]) => null | {point: number[], up: number}} meets what a short way meets: where, and how upright its face stands (1 level ground)
 * @returns {{points: number[][], landing: number[] | null}} landing only on ground one can stand on
 */
export function thrown(from, way, meets, { most = 90, speed = SPEED } = {}) {
  const points = [from];
  let [at, go] = [from, way.map((one) => one * speed)];
  for (let i = 0; i < most; i += 1) {
    const next = [at[0] + go[0] * STEP, at[1] + go[1] * STEP - 0.5 * PULL * STEP * STEP, at[2] + go[2] * STEP];
    const met = meets(at, next);
    if (met) return { points: [...points, met.point], landing: met.up > 0.7 ? met.point : null };
    points.push(next);
    go = [go[0], go[1] - PULL * STEP, go[2]];
    at = next;
  }
  return { points, landing: null };
}

/** A level ground at height `y` as something to meet. */
export function levelGround(y) {
  return (from, to) => {
    if (from[1] < y || to[1] > y || from[1] === to[1]) return null;
    const share = (from[1] - y) / (from[1] - to[1]);
    return { point: from.map((one, i) => one + (to[i] - one) * share), up: 1 };
  };
}

/** How dark the edge of the view is, 0..1, while one moves `speed` metres a second or turns `turning` radians a second. */
export function vignette(speed, turning = 0) {
  return Math.min(1, Math.max(speed / 3, turning / 1.5));
}
