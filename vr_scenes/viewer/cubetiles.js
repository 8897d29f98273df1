// Which tiles of a multi-resolution cube a look needs, nearest the middle first. Directions and numbers only: neither three nor DOM.

/** Of every face: the way to its middle, and the ways its picture's right and down lead, seen from within with f ahead (-Z) and +Y up. */
export const FACES = {
  f: { ahead: [0, 0, -1], right: [1, 0, 0], down: [0, -1, 0] },
  b: { ahead: [0, 0, 1], right: [-1, 0, 0], down: [0, -1, 0] },
  l: { ahead: [-1, 0, 0], right: [0, 0, -1], down: [0, -1, 0] },
  r: { ahead: [1, 0, 0], right: [0, 0, 1], down: [0, -1, 0] },
  u: { ahead: [0, 1, 0], right: [1, 0, 0], down: [0, 0, -1] },
  d: { ahead: [0, -1, 0], right: [1, 0, 0], down: [0, 0, 1] },
};

/** The way (not of length one) to the place (u, v) of a face, 0..1 from its left and top. */
export function wayTo(face, u, v) {
  const { ahead, right, down } = FACES[face];
  return [0, 1, 2].map((i) => ahead[i] + (2 * u - 1) * right[i] + (2 * v - 1) * down[i]);
}

/** The coarsest level that is as sharp as the picture, `sharp` 1 being pixel for pixel. */
export function levelFor(levels, fov, height, sharp = 0.85) {
  const wanted = (height / Math.tan((fov * Math.PI) / 360)) * sharp;
  const found = levels.findIndex(({ size }) => size >= wanted);
  return found < 0 ? levels.length - 1 : found;
}

/** The edges of tile (x, y) in its face, 0..1: {left, top, right, bottom}. The last tile of a row may be narrower. */
export function edges({ size }, tile, x, y) {
  return { left: (x * tile) / size, top: (y * tile) / size, right: Math.min(1, ((x + 1) * tile) / size), bottom: Math.min(1, ((y + 1) * tile) / size) };
}

/**
 * The tiles of one level that are in the picture.
 * @param {{tile: number, levels: {size: number, tiles: number}[], faces: string}} cube
 * @param {{yaw: number, pitch: number, fov: number, aspect: number}} look
 * @returns {{key: string, level: number, face: string, x: number, y: number, off: number}[]} `off`: 0 in the middle of the picture, growing outwards
 */
export function wanted(cube, level, look) {
  const found = [];
  const axes = axesOf(look);
  const { tiles } = cube.levels[level];
  for (const face of cube.faces) {
    for (let y = 0; y < tiles; y += 1) {
      for (let x = 0; x < tiles; x += 1) {
        const edge = edges(cube.levels[level], cube.tile, x, y);
        const off = offOf(face, edge, axes);
        if (off !== null) found.push({ key: `${level}/${face}/${y}_${x}`, level, face, x, y, off });
      }
    }
  }
  return found.sort((a, b) => a.off - b.off);
}

function axesOf({ yaw, pitch, fov, aspect }) {
  const tall = Math.tan((fov * Math.PI) / 360);
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  return { ahead: [-sy * cp, sp, -cy * cp], right: [cy, 0, -sy], up: [sy * sp, cp, cy * sp], tall, wide: tall * aspect };
}

/** How far from the middle a tile lies, or null when all its corners are beyond one and the same edge of the picture. */
function offOf(face, { left, top, right, bottom }, { ahead, right: aside, up, tall, wide }) {
  const corners = [[left, top], [right, top], [right, bottom], [left, bottom]].map(([u, v]) => {
    const way = wayTo(face, u, v);
    return [dot(way, aside), dot(way, up), dot(way, ahead)];
  });
  const beyond = (test) => corners.every(test);
  if (beyond(([x, , z]) => x > z * wide) || beyond(([x, , z]) => -x > z * wide) || beyond(([, y, z]) => y > z * tall) || beyond(([, y, z]) => -y > z * tall) || beyond(([, , z]) => z <= 0)) return null;
  const middle = wayTo(face, (left + right) / 2, (top + bottom) / 2);
  return 1 - dot(middle, ahead) / Math.hypot(...middle);
}

function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
