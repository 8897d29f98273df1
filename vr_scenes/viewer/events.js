// The events of <vr-scene>, and nothing else. All of them bubble and cross the shadow border, so a page may listen anywhere above.

/** The visitor arrived at a stop. detail: {stop: string, index: number} */
export const STOP_CHANGE = "stopchange";

/** The visitor opened a hotspot. detail: {hotspot: string, stop: string, concepts: string[]} */
export const HOTSPOT = "hotspot";

/** The last step of a tour is over. detail: {tour: string} */
export const TOUR_END = "tourend";

/** The 3D picture is drawn for the first time, or cannot be: detail {mode: "live" | "stills", reason: string} */
export const READY = "sceneready";

/** The visitor's eye moved. detail: {stop: string, pose: {x, y, z, yaw, pitch, fov}} in metres, radians, degrees */
export const VIEW = "viewchange";

/** A CustomEvent that reaches the page. */
export function event(name, detail) {
  return new CustomEvent(name, { detail, bubbles: true, composed: true });
}
