// What a device can carry, as plain numbers chosen once from what it says of itself. A device that says nothing is taken for a middling phone.

/**
 * @typedef {{bytes: number, triangles: number, points: number, splats: number, tiles: number, ratio: number, error: number, frame: number, jobs: number}} Budget
 * bytes of models held at once; triangles, points and splats drawn at once; panorama tiles held; the most device pixels a CSS pixel;
 * error in pixels that may be seen; milliseconds a frame may take; files asked for at once
 */

const MIB = 1024 * 1024;

/** @param {{soft?: boolean, memory?: number, cores?: number, touch?: boolean, save?: boolean, ratio?: number}} device soft: drawn by the processor; memory in GiB; save: the visitor asked for little data @returns {Budget} */
export function budgetOf({ soft = false, memory = 4, cores = 4, touch = false, save = false, ratio = 1 } = {}) {
  const small = save || memory <= 2 || cores <= 2;
  const big = !small && !touch && memory >= 8 && cores >= 8;
  const share = small ? 0.4 : big ? 2.2 : 1;
  const budget = {
    bytes: 220 * MIB * share, triangles: 900_000 * share, points: 2_200_000 * share, splats: 700_000 * share, tiles: Math.round(96 * share),
    ratio: Math.min(touch ? 2 : 2.5, ratio), error: small ? 3 : touch ? 2 : 1.4, frame: 1000 / 36, jobs: save ? 4 : 8,
  };
  // A processor that draws by itself manages some 60,000 triangles fluently (measured: 100,000 at 7 frames a second).
  return soft ? { ...budget, bytes: 120 * MIB, triangles: 70_000, points: 260_000, splats: 0, tiles: 64, ratio: 1, error: 4, frame: 1000 / 12 } : budget;
}

/** What the browser says of this device. */
export function deviceOf(soft) {
  const { deviceMemory, hardwareConcurrency, connection } = navigator;
  return { soft, memory: deviceMemory, cores: hardwareConcurrency, save: Boolean(connection?.saveData), touch: matchMedia("(pointer: coarse)").matches, ratio: globalThis.devicePixelRatio || 1 };
}
