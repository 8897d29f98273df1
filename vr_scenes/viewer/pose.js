// Where an eye stands and looks, as plain numbers: metres, radians, degrees of opening. Knows neither three nor DOM.

/** @typedef {{x: number, y: number, z: number, yaw: number, pitch: number, fov: number}} Pose yaw 0 looks to -z and grows to the left */

export const MAX_PITCH = 1.2;
export const MIN_FOV = 22;
export const MAX_FOV = 78;

/** A stop's camera as a pose. */
export function poseOf({ position: [x, y, z], target, fov }) {
  const [dx, dy, dz] = [target[0] - x, target[1] - y, target[2] - z];
  return { x, y, z, yaw: Math.atan2(-dx, -dz), pitch: Math.atan2(dy, Math.hypot(dx, dz)), fov };
}

/** The unit vector a pose looks along. */
export function wayOf({ yaw, pitch }) {
  return [-Math.sin(yaw) * Math.cos(pitch), Math.sin(pitch), -Math.cos(yaw) * Math.cos(pitch)];
}

/** Turned by so many radians; pitch stops before the zenith. */
export function turned(pose, left, up) {
  return { ...pose, yaw: pose.yaw + left, pitch: clamp(pose.pitch + up, -MAX_PITCH, MAX_PITCH) };
}

/** Gone round a focus, so that it stays where it is in the picture; never over the top, never under the ground it stands on. */
export function orbited(pose, left, up, focus) {
  const away = [pose.x - focus[0], pose.y - focus[1], pose.z - focus[2]];
  const flat = Math.hypot(away[0], away[2]);
  const far = Math.hypot(flat, away[1]);
  const turn = Math.atan2(away[0], away[2]) + left;
  const rise = clamp(Math.atan2(away[1], flat) - up, -0.25, MAX_PITCH);
  const [x, y, z] = [focus[0] + far * Math.cos(rise) * Math.sin(turn), focus[1] + far * Math.sin(rise), focus[2] + far * Math.cos(rise) * Math.cos(turn)];
  // What was beside the focus in the picture stays beside it.
  const before = poseOf({ position: [pose.x, pose.y, pose.z], target: focus, fov: pose.fov });
  const after = poseOf({ position: [x, y, z], target: focus, fov: pose.fov });
  return { ...pose, x, y, z, yaw: after.yaw + (pose.yaw - before.yaw), pitch: clamp(after.pitch + (pose.pitch - before.pitch), -1.5, 1.5) };
}

/** Nearer to a focus or further off, by a factor of the way to it, between `least` and `most` metres. */
export function drawn(pose, factor, focus, least, most) {
  const away = [pose.x - focus[0], pose.y - focus[1], pose.z - focus[2]];
  const far = Math.hypot(...away);
  const to = clamp(far * factor, least, most) / far;
  return { ...pose, x: focus[0] + away[0] * to, y: focus[1] + away[1] * to, z: focus[2] + away[2] * to };
}

/** Opened or narrowed by a factor. */
export function zoomed(pose, factor) {
  return { ...pose, fov: clamp(pose.fov * factor, MIN_FOV, MAX_FOV) };
}

/** Walked on the level, `ahead` and `right` in metres, but never further than `leash` metres from `home`. */
export function walked(pose, ahead, right, home, leash) {
  const x = pose.x - Math.sin(pose.yaw) * ahead + Math.cos(pose.yaw) * right;
  const z = pose.z - Math.cos(pose.yaw) * ahead - Math.sin(pose.yaw) * right;
  const far = Math.hypot(x - home.x, z - home.z);
  const share = far > leash ? leash / far : 1;
  return { ...pose, x: home.x + (x - home.x) * share, z: home.z + (z - home.z) * share };
}

/** Between two poses, 0..1, turning the shorter way round. */
export function between(from, to, share) {
  const turn = Math.atan2(Math.sin(to.yaw - from.yaw), Math.cos(to.yaw - from.yaw));
  const mix = (a, b) => a + (b - a) * share;
  return { x: mix(from.x, to.x), y: mix(from.y, to.y), z: mix(from.z, to.z), yaw: from.yaw + turn * share, pitch: mix(from.pitch, to.pitch), fov: mix(from.fov, to.fov) };
}

/** Slow at both ends. */
export function eased(share) {
  const s = clamp(share, 0, 1);
  return s * s * s * (s * (s * 6 - 15) + 10);
}

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
