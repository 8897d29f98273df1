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
};

export class Steering {
  /** @param {HTMLElement} view what is dragged @param {HTMLElement} house what hears the keys @param {Record<string, Function>} tell look, walk, zoom, next, previous, tour, pause, home, escape, help */
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
    for (const name of ["pointerup", "pointercancel"]) this.#on(this.view, name, (e) => this.fingers.delete(e.pointerId));
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
    this.view.setPointerCapture(e.pointerId);
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
