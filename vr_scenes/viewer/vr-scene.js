// <vr-scene src stop object language signed-in large bare still>: a place in 3D with its guided tour.
// It joins the parts: document → panel → stage, steering → pose, tour → stops. Without WebGL the stills take the picture's place and all else stays.

import { h, pick } from "./dom.js";
import { event, HOTSPOT, READY, STOP_CHANGE, TOUR_END } from "./events.js";
import { Flight } from "./flight.js";
import { Panel } from "./panel.js";
import { Pins } from "./pins.js";
import { poseOf, turned, walked, zoomed } from "./pose.js";
import { Stage } from "./stage.js";
import { Steering } from "./steering.js";
import { sheet } from "./style.js";
import { Tour } from "./tour.js";
import { Visits } from "./visits.js";

const LEASH = 3; // metres one may stroll from a stop
const TICK = 250; // milliseconds
const OPENING = 2.2; // seconds that an object takes to open

export class VrScene extends HTMLElement {
  static observedAttributes = ["stop", "language"];

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet()];
    this.moving = new Set();
    this.index = -1;
    this.share = 0;
    this.hide = () => this.visits?.leave();
    globalThis.addEventListener("pagehide", this.hide);
    this.ready = this.#open().catch((error) => this.#fail(error));
  }

  disconnectedCallback() {
    globalThis.removeEventListener("pagehide", this.hide);
    this.hide();
    clearInterval(this.clock);
    this.moving.clear();
    this.sizes?.disconnect();
    this.steering?.disconnect();
    this.stage?.dispose();
    this.stage = null;
  }

  attributeChangedCallback(name, before, after) {
    if (!this.document || before === after) return;
    if (name === "stop" && after !== this.scene.stops[this.index]?.id) this.goTo(after);
    if (name === "language") this.#relabel();
  }

  /** Go to a stop by id; unknown ids are ignored. */
  goTo(id, { text, explode } = {}) {
    const index = this.scene.stops.findIndex((stop) => stop.id === id);
    if (index < 0) return;
    const stop = this.scene.stops[index];
    const same = index === this.index;
    this.index = index;
    this.setAttribute("stop", id);
    this.home = poseOf(stop.camera);
    this.panel.showStop(stop, index, text ?? pick(stop.caption, this.tongue));
    this.panel.still.src = this.document.posters[id] ?? "";
    this.pins.show(this.scene.hotspots.filter((one) => one.stop === id), this.tongue);
    this.#fly(this.home);
    this.#unfold(explode ?? (same ? this.share : 0));
    this.visits.arrive(id);
    if (!same) this.dispatchEvent(event(STOP_CHANGE, { stop: id, index }));
  }

  get scene() {
    return this.document.scene;
  }

  get tongue() {
    return this.getAttribute("language") || document.documentElement.lang || "zh-CN";
  }

  async #open() {
    const answer = await fetch(this.getAttribute("src"), { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    this.document = await answer.json();
    this.visits = new Visits(this.scene.id, { signedIn: this.hasAttribute("signed-in") });
    this.#relabel();
    this.clock = setInterval(() => this.#tick(), TICK);
    await this.#live();
  }

  /** Make everything that is read, in the language of the moment. The canvas is kept. */
  #relabel() {
    const say = (key, values = {}) => Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), pick(this.document.words[`scenes.viewer.${key}`], this.tongue) || key);
    this.say = say;
    this.steering?.disconnect();
    const canvas = this.panel?.canvas;
    this.panel = new Panel(this.shadowRoot, this.scene, say, this.tongue, this.#tell());
    this.panel.foreign = this.hasAttribute("bare");
    if (canvas && this.stage) {
      this.panel.canvas.replaceWith(canvas);
      this.panel.canvas = canvas;
    }
    this.pins = new Pins(this.panel.pins, (hotspot) => this.#show(hotspot));
    this.steering = new Steering(this.panel.view, this.panel.house, this.#tell());
    this.steering.connect();
    this.#makeTour();
    const wanted = this.#wanted();
    this.index = -1;
    this.goTo(wanted.stop);
    if (wanted.hotspot) this.#show(wanted.hotspot);
  }

  /** Where to begin: the attribute `object`, else `stop`, else the first stop. */
  #wanted() {
    const hotspot = this.scene.hotspots.find((one) => one.object && one.object === this.getAttribute("object"));
    this.removeAttribute("object");
    const known = this.scene.stops.some((stop) => stop.id === this.getAttribute("stop"));
    return { hotspot, stop: hotspot?.stop ?? (known ? this.getAttribute("stop") : this.scene.stops[0].id) };
  }

  async #live() {
    if (!this.document.model) return this.#stills(this.say("unbuilt"));
    try {
      this.stage = new Stage(this.panel.canvas);
    } catch {
      return this.#stills(this.say("nowebgl"));
    }
    this.stage.onframe = (now) => this.#frame(now);
    this.sizes = new ResizeObserver(([entry]) => this.stage.resize(entry.contentRect.width, entry.contentRect.height));
    this.panel.status.textContent = this.say("loading");
    try {
      await this.stage.load(this.document.model);
    } catch {
      return this.#stills(this.say("unloaded"));
    }
    this.panel.canvas.hidden = false;
    this.sizes.observe(this.panel.view);
    this.stage.explode(this.share);
    this.#put(this.pose ?? this.home);
    this.panel.status.textContent = "";
    this.dispatchEvent(event(READY, { mode: "live", reason: "" }));
  }

  #stills(reason) {
    this.stage?.dispose();
    this.stage = null;
    this.panel.canvas.hidden = true;
    this.panel.status.textContent = reason;
    this.panel.opener.hidden = true;
    this.dispatchEvent(event(READY, { mode: "stills", reason }));
  }

  #fail(error) {
    this.shadowRoot.replaceChildren(h("p", { role: "alert" }, `${this.getAttribute("failed") || "The tour could not be loaded. Its text is on this page."} (${error.message})`));
  }

  #makeTour() {
    const [first] = this.scene.tours;
    const before = this.tour;
    this.tour = new Tour(first.steps, {
      step: (step) => this.goTo(step.stop, { text: pick(step.text, this.tongue), explode: step.explode ?? 0 }),
      state: (state) => this.panel.showTour(state),
      end: () => this.dispatchEvent(event(TOUR_END, { tour: first.id })),
    });
    before?.stop();
    this.panel.showTour(this.tour.state);
  }

  /** What steering and panel may ask for. */
  #tell() {
    return {
      look: (left, up) => this.#put(turned(this.pose, left, up)),
      walk: (ahead, right) => this.#walk(ahead, right),
      zoom: (factor) => this.#put(zoomed(this.pose, factor)),
      home: () => this.#fly(this.home),
      goTo: (id) => (this.tour.stop(), this.goTo(id)),
      next: () => this.#turnPage(1),
      previous: () => this.#turnPage(-1),
      tour: () => this.tour.toggle(),
      pause: () => this.tour.toggle(),
      explode: (share) => (this.tour.pause(), this.#stopMoving(), this.#explode(share)),
      escape: () => this.#escape(),
      help: () => this.panel.toggleHelp(),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen()),
      hotspot: (hotspot) => this.#show(hotspot),
    };
  }

  #turnPage(by) {
    if (this.tour.state === "playing" || this.tour.state === "paused") return by > 0 ? this.tour.next() : this.tour.previous();
    this.goTo(this.scene.stops[this.index + by]?.id);
  }

  #escape() {
    if (this.panel.closeCard()) return this.panel.view.focus({ preventScroll: true });
    if (this.panel.toggleHelp(false)) return;
    this.tour.stop();
  }

  #show(hotspot) {
    this.tour.pause();
    const concepts = hotspot.concepts.map((id) => ({ id, label: this.document.concepts[id] ?? { en: id } }));
    this.panel.openCard(hotspot, concepts);
    this.dispatchEvent(event(HOTSPOT, { hotspot: hotspot.id, stop: hotspot.stop, concepts: hotspot.concepts }));
  }

  #walk(ahead, right) {
    const there = walked(this.pose, ahead, right, this.home, LEASH);
    if (!this.stage || this.stage.isFree(there.x - this.pose.x, there.z - this.pose.z)) this.#put(there);
  }

  #put(pose) {
    this.#stopMoving("flight");
    this.#place(pose);
  }

  #place(pose) {
    this.pose = pose;
    this.stage?.place(pose);
    if (!this.stage) this.pins.place(() => null);
  }

  get #calm() {
    return this.hasAttribute("still") || globalThis.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  #fly(to) {
    this.#stopMoving("flight");
    const from = this.pose ?? to;
    const walls = this.stage && !this.stage.isFree(to.x - from.x, to.z - from.z);
    const flight = new Flight(from, to, { cut: this.#calm || !this.stage || walls });
    if (flight.over) return this.#cut(to, walls && !this.#calm);
    this.#move("flight", (seconds) => (this.#place(flight.advance(seconds)), flight.over));
  }

  #cut(to, fade) {
    this.panel.canvas.classList.toggle("cut", Boolean(fade));
    if (fade) setTimeout(() => this.panel.canvas.classList.remove("cut"), 180);
    this.#place(to);
  }

  #unfold(to) {
    if (to === this.share) return;
    if (this.#calm || !this.stage) return this.#explode(to);
    const from = this.share;
    let passed = 0;
    this.#move("unfold", (seconds) => {
      passed += seconds;
      this.#explode(from + (to - from) * Math.min(1, passed / OPENING));
      return passed >= OPENING;
    });
  }

  #explode(share) {
    this.share = share;
    this.panel.showExplode(share);
    this.stage?.explode(share);
  }

  /** Start something that moves: `step(seconds)` is called each frame until it gives true. */
  #move(name, step) {
    for (const one of this.moving) if (one.name === name) this.moving.delete(one);
    this.moving.add({ name, step });
    this.last = 0;
    this.stage?.invalidate();
  }

  #stopMoving(name) {
    for (const one of this.moving) if (!name || one.name === name) this.moving.delete(one);
  }

  #frame(now) {
    const seconds = this.last ? Math.min(0.1, (now - this.last) / 1000) : 0.016;
    this.last = this.moving.size ? now : 0;
    for (const one of [...this.moving]) if (one.step(seconds)) this.moving.delete(one);
    if (this.moving.size) this.stage?.invalidate();
    this.pins.place((position) => this.stage?.project(position));
  }

  #tick() {
    if (this.tour.state !== "playing" || document.hidden) return;
    this.tour.tick(TICK / 1000);
    this.panel.showProgress(this.tour.progress);
  }
}

customElements.define("vr-scene", VrScene);
