// A gamepad as wishes: left stick walks, right stick looks, buttons lead the tour. It is asked each frame only while one is connected and the picture has the focus or the pointer.

const DEAD = 0.16; // of a stick's way
const LOOK = 1.9; // radians a second
const WALK = 1.7; // metres a second
const PRESSES = { 0: "point", 1: "escape", 2: "tour", 3: "help", 4: "previous", 5: "next", 8: "home", 9: "pause" };

/** What a pad wishes after so many seconds. @param {{axes: number[], buttons: {pressed: boolean}[]}} pad @param {boolean[]} before which buttons were down @returns {{look?: number[], walk?: number[], zoom?: number, presses: string[], down: boolean[]}} */
export function wishes(pad, before, seconds) {
  const [walkX, walkY, lookX, lookY] = [0, 1, 2, 3].map((i) => bent(pad.axes[i] ?? 0));
  const down = pad.buttons.map((button) => button.pressed);
  const found = { presses: Object.entries(PRESSES).filter(([i]) => down[i] && !before[i]).map(([, name]) => name), down };
  if (lookX || lookY) found.look = [-lookX * LOOK * seconds, -lookY * LOOK * seconds];
  if (walkX || walkY) found.walk = [-walkY * WALK * seconds, walkX * WALK * seconds];
  const zoom = (down[12] ? -1 : 0) + (down[13] ? 1 : 0);
  if (zoom) found.zoom = Math.exp(zoom * seconds);
  return found;
}

/** Nothing near the middle, finer there than at the rim. */
function bent(way) {
  const far = Math.max(0, Math.abs(way) - DEAD) / (1 - DEAD);
  return Math.sign(way) * far * far;
}

export class Gamepad {
  /** @param {() => boolean} wanted whether the picture is in use @param {Record<string, Function>} tell */
  constructor(wanted, tell) {
    Object.assign(this, { wanted, tell, before: [], last: 0, asked: 0 });
    this.wake = () => (this.asked ||= requestAnimationFrame((now) => this.#frame(now)));
    globalThis.addEventListener("gamepadconnected", this.wake);
    if (pads().length) this.wake();
  }

  disconnect() {
    cancelAnimationFrame(this.asked);
    globalThis.removeEventListener("gamepadconnected", this.wake);
  }

  #frame(now) {
    this.asked = 0;
    const [pad] = pads();
    if (!pad) return;
    const seconds = Math.min(0.1, (now - (this.last || now)) / 1000);
    this.last = now;
    const { look, walk, zoom, presses, down } = wishes(pad, this.before, seconds);
    this.before = down;
    if (this.wanted()) {
      if (look) this.tell.look(...look);
      if (walk) this.tell.walk(...walk);
      if (zoom) this.tell.zoom(zoom);
      for (const press of presses) this.tell[press]();
    }
    this.wake();
  }
}

function pads() {
  return (navigator.getGamepads?.() ?? []).filter((pad) => pad?.connected);
}
