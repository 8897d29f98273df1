// Turns mouse, touch, wheel and keys into wishes: look, walk, zoom, and the tour's commands. Knows nothing of three; it only tells.

const TURN = 0.09; // radians a key press
const STEP = 0.35; // metres a key press
const DRAG = 0.0042; // radians a pixel

/** What each key means; letters are taken in either case. */
const KEYS = {
  ArrowLeft: (s) => s.look(TURN, 0), ArrowRight: (s) => s.look(-TURN, 0), ArrowUp: (s) => s.walk(STEP, 0), ArrowDown: (s) => s.walk(-STEP, 0),
  "shift+ArrowLeft": (s) => s.walk(0, -STEP), "shift+ArrowRight": (s) => s.walk(0, STEP), "shift+ArrowUp": (s) => s.look(0, TURN), "shift+ArrowDown": (s) => s.look(0, -TURN),
  PageDown: (s) => s.next(), PageUp: (s) => s.previous(), n: (s) => s.next(), p: (s) => s.previous(), t: (s) => s.tour(), Home: (s) => s.home(),
  Escape: (s) => s.escape(), "+": (s) => s.zoom(0.9), "=": (s) => s.zoom(0.9), "-": (s) => s.zoom(1.11), "?": (s) => s.help(), h: (s) => s.help(),
  ".": (s) => s.faster(1), ",": (s) => s.faster(-1), m: (s) => s.mute(), c: (s) => s.captions(),
  r: (s) => s.tool("measure"), x: (s) => s.tool("xray"), k: (s) => s.tool("clip"), l: (s) => s.tool("light"), v: (s) => s.headset("immersive-vr"),
};
const STILL = 6; // pixels a finger may slip while it points

export class Steering {
  /** @param {HTMLElement} view what is dragged @param {HTMLElement} house what hears the keys @param {Record<string, Function>} tell look, walk, zoom, next, previous, tour, pause, home, escape, help, point(x, y), faster(by), mute, captions, tool(name), headset(mode) */
  constructor(view, house, tell) {
    this.view = view;
    this.house = house;
    this.tell = tell;
    this.fingers = new Map();
    this.undo = [];
  }

  connect() {
    this.#on(this.view, "pointerdown", (e) => this.#down(e));
    this.#on(this.view, "pointermove", (e) => this.#drag(e));
    this.#on(this.view, "pointerup", (e) => this.#up(e));
    this.#on(this.view, "pointercancel", (e) => this.fingers.delete(e.pointerId));
    this.#on(this.view, "wheel", (e) => this.#wheel(e), { passive: false });
    this.#on(this.house, "keydown", (e) => this.#key(e));
  }

  disconnect() {
    for (const off of this.undo.splice(0)) off();
    this.fingers.clear();
  }

  #on(target, name, hear, options) {
    target.addEventListener(name, hear, options);
    this.undo.push(() => target.removeEventListener(name, hear, options));
  }

  #down(e) {
    if (e.target.closest("button, a, input")) return;
    this.fingers.set(e.pointerId, [e.clientX, e.clientY]);
    this.began = this.fingers.size === 1 ? [e.clientX, e.clientY] : null;
    this.view.setPointerCapture(e.pointerId);
  }

  /** A press that went nowhere points at something: 0..1 from the top left. */
  #up(e) {
    const there = this.began;
    if (!this.fingers.delete(e.pointerId) || !there || Math.hypot(e.clientX - there[0], e.clientY - there[1]) > STILL) return;
    const box = this.view.getBoundingClientRect();
    this.tell.point((e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height);
  }

  #drag(e) {
    const last = this.fingers.get(e.pointerId);
    if (!last) return;
    const before = this.#spread();
    this.fingers.set(e.pointerId, [e.clientX, e.clientY]);
    if (this.fingers.size === 1) return this.tell.look((e.clientX - last[0]) * DRAG, (e.clientY - last[1]) * DRAG);
    const after = this.#spread();
    if (before && after) this.tell.zoom(before / after);
  }

  #spread() {
    if (this.fingers.size !== 2) return 0;
    const [[ax, ay], [bx, by]] = [...this.fingers.values()];
    return Math.hypot(ax - bx, ay - by);
  }

  #wheel(e) {
    // The page must stay scrollable past the picture: only a pinch (which browsers report with ctrl) or a focused view zooms.
    if (!e.ctrlKey && !this.view.matches(":focus")) return;
    e.preventDefault();
    this.tell.zoom(Math.exp(e.deltaY * 0.0012));
  }

  #key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    const from = e.composedPath()[0];
    if (from.matches?.("input, select, textarea") && e.key !== "Escape") return;
    if (e.key === "Enter" && from === this.view) {
      e.preventDefault();
      return this.tell.point(0.5, 0.5);
    }
    if (e.key === " ") {
      if (from.matches?.("button, a")) return;
      e.preventDefault();
      return this.tell.pause();
    }
    const name = (e.shiftKey && e.key.startsWith("Arrow") ? "shift+" : "") + (e.key.length === 1 ? e.key.toLowerCase() : e.key);
    const act = KEYS[name];
    if (!act) return;
    e.preventDefault();
    act(this.tell);
  }
}
