// Which level of a ladder of detail is worth having: the coarsest whose error nobody sees, as far as the budget reaches. Numbers only.

/** @typedef {{src: string, bytes: number, triangles?: number, splats?: number, error?: number}} Level coarse to fine; error in metres */

/** How many pixels `error` metres cover at `distance` metres, seen with an upright opening of `fov` degrees on `height` pixels. */
export function pixelsOf(error, distance, fov, height) {
  return (error * height) / (2 * Math.max(0.05, distance) * Math.tan((fov * Math.PI) / 360));
}

/**
 * The index of the level to show.
 * @param {Level[]} levels
 * @param {{distance: number, fov: number, height: number, limit: number, most?: Record<string, number>}} seen limit in pixels; `most`: what is left of the budget, by name of a level's property
 */
export function chosen(levels, { distance, fov, height, limit, most = {} }) {
  let best = 0;
  for (const [index, level] of levels.entries()) {
    if (index && Object.entries(most).some(([name, left]) => (level[name] ?? 0) > left)) break;
    best = index;
    if (pixelsOf(level.error ?? 0, distance, fov, height) <= limit) break;
  }
  return best;
}

/** The finest level whose `name` is at most `most`; the first when none is. */
export function within(levels, name, most) {
  let best = 0;
  for (const [index, level] of levels.entries()) if ((level[name] ?? 0) <= most) best = index;
  return best;
}

/** Metres from a point to a box, at least `least`. */
export function away([x, y, z], { min, max }, least = 0.3) {
  return Math.max(least, Math.hypot(Math.max(min.x - x, 0, x - max.x), Math.max(min.y - y, 0, y - max.y), Math.max(min.z - z, 0, z - max.z)));
}
