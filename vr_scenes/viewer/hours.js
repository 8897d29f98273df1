// The light of an hour and what stands at a time: where the sun is, its colour, the sky's, and which nodes are there. Numbers only.

/** @typedef {{way: number[], sun: number[], strength: number, sky: number, zenith: number[], horizon: number[]}} Light way: unit vector to the sun; colours 0..1 */

export const NOON = 12;
const KEYS = [
  { hour: 5, sun: [0.45, 0.5, 0.72], strength: 0.06, sky: 0.34, zenith: [0.06, 0.09, 0.19], horizon: [0.3, 0.3, 0.4] },
  { hour: 6.5, sun: [1, 0.62, 0.36], strength: 0.55, sky: 0.6, zenith: [0.24, 0.36, 0.55], horizon: [0.94, 0.72, 0.52] },
  { hour: 9, sun: [1, 0.88, 0.71], strength: 0.95, sky: 0.96, zenith: [0.34, 0.51, 0.69], horizon: [0.85, 0.86, 0.82] },
  { hour: 12, sun: [1, 0.95, 0.86], strength: 1.08, sky: 1.04, zenith: [0.36, 0.54, 0.72], horizon: [0.82, 0.87, 0.88] },
  { hour: 15.5, sun: [1, 0.9, 0.74], strength: 1, sky: 0.98, zenith: [0.36, 0.53, 0.7], horizon: [0.83, 0.86, 0.84] },
  { hour: 17.6, sun: [1, 0.58, 0.32], strength: 0.7, sky: 0.66, zenith: [0.28, 0.36, 0.52], horizon: [0.96, 0.68, 0.46] },
  { hour: 19, sun: [0.5, 0.5, 0.75], strength: 0.08, sky: 0.36, zenith: [0.07, 0.1, 0.22], horizon: [0.36, 0.3, 0.4] },
];
export const FIRST = KEYS[0].hour;
export const LAST = KEYS.at(-1).hour;

/** The light at an hour of the day; before the first and after the last key it stays as there. Where +X is east and -Z north. @returns {Light} */
export function lightAt(hour) {
  const h = Math.min(LAST, Math.max(FIRST, hour));
  const after = Math.max(1, KEYS.findIndex((key) => key.hour >= h));
  const [a, b] = [KEYS[after - 1], KEYS[after]];
  const share = (h - a.hour) / (b.hour - a.hour);
  const mix = (from, to) => (Array.isArray(from) ? from.map((one, i) => mix(one, to[i])) : from + (to - from) * share);
  const light = Object.fromEntries(["sun", "strength", "sky", "zenith", "horizon"].map((name) => [name, mix(a[name], b[name])]));
  return { way: wayAt(h), ...light };
}

/** The unit vector to the sun: up in the east at 6, in the south at noon, down in the west at 18; never lower than two degrees, so that shadows stay on the ground. */
function wayAt(hour) {
  const turn = ((hour - 12) / 12) * Math.PI;
  const high = Math.max(0.035, Math.cos(turn) * 0.86);
  const flat = Math.sqrt(1 - high * high);
  const aside = -Math.sin(turn);
  const south = Math.max(0.12, Math.cos(turn)) * 0.6;
  const length = Math.hypot(aside, south);
  return [(aside / length) * flat, high, (south / length) * flat];
}

/** Whether a node stands at a time; `time` is [from, until] in years, either may be null. A node without `time` always stands. */
export function standsAt(time, year) {
  if (!time || year === null) return true;
  const [from, until] = time;
  return (from ?? -Infinity) <= year && year < (until ?? Infinity);
}

/** The years at which something changes, in order, from all nodes. */
export function turns(nodes) {
  return [...new Set(nodes.flatMap(({ time }) => time ?? []).filter((year) => Number.isFinite(year)))].sort((a, b) => a - b);
}
