// <vr-scene src stop object language signed-in large bare still orbit seated>: a place in 3D with its guided tour.
// It joins the parts: document → panel → stage and nodes, steering → pose, guide → stops. Without WebGL the stills take the picture's place and all else stays.

import { h, pick, sayer } from "./dom.js";
import { event, HOTSPOT, READY, STOP_CHANGE, TOUR_END, VIEW } from "./events.js";
import { Eye } from "./eye.js";
import { Gamepad } from "./gamepad.js";
import { Guide } from "./guide.js";
import { Motion } from "./motion.js";
import { Nodes } from "./nodes.js";
import { Panel } from "./panel.js";
import { Pins } from "./pins.js";
import { Stage } from "./stage.js";
import { Steering } from "./steering.js";
import { panoramaStill } from "./stills.js";
import { sheet } from "./style.js";
import { Visits } from "./visits.js";

const TICK = 250; // milliseconds
const OPENING = 2.2; // seconds that an object takes to open

export class VrScene extends HTMLElement {
  static observedAttributes = ["stop", "language"];

  connectedCallback() {
    if (!this.shadowRoot) this.attachShadow({ mode: "open" }).adoptedStyleSheets = [sheet()];
    this.motion = new Motion(() => this.stage?.invalidate());
    this.moving = this.motion.moving;
    this.eye = new Eye(this.motion, { stage: () => this.stage, calm: () => this.#calm, wide: () => this.hasAttribute("orbit"), placed: (pose) => this.#placed(pose), cut: (fade) => this.#cut(fade) });
    this.index = -1;
    this.share = 0;
    this.captions = null;
    this.hide = () => this.visits?.leave();
    globalThis.addEventListener("pagehide", this.hide);
    this.ready = this.#open().catch((error) => this.#fail(error));
  }

  disconnectedCallback() {
    globalThis.removeEventListener("pagehide", this.hide);
    this.hide();
    clearInterval(this.clock);
    this.motion.stop();
    this.sizes?.disconnect();
    this.steering?.disconnect();
    this.gamepad?.disconnect();
    this.tour?.dispose();
    this.company?.leave();
    this.#lower();
  }

  attributeChangedCallback(name, before, after) {
    if (!this.document || before === after) return;
    if (name === "stop" && after !== this.scene.stops[this.index]?.id) this.goTo(after);
    if (name === "language") this.#relabel();
  }

  /** Go to a stop by id; unknown ids are ignored. */
  goTo(id, { text, explode, camera } = {}) {
    const index = this.scene.stops.findIndex((stop) => stop.id === id);
    if (index < 0) return;
    const stop = this.scene.stops[index];
    const same = index === this.index;
    this.index = index;
    this.setAttribute("stop", id);
    this.eye.settle(camera ?? stop.camera);
    this.panel.showStop(stop, index, text ?? pick(stop.caption, this.tongue));
    this.panel.still.src = this.document.posters[id] ? this.url(this.document.posters[id]) : "";
    this.pins.show(this.scene.hotspots.filter((one) => one.stop === id), this.tongue);
    this.headset?.stand(this.home);
    this.eye.fly(this.home);
    this.#unfold(explode ?? (same ? this.share : 0));
    this.visits.arrive(id);
    this.headset?.say(text ?? pick(stop.caption, this.tongue), pick(stop.title, this.tongue));
    if (!same) this.dispatchEvent(event(STOP_CHANGE, { stop: id, index }));
  }

  /** Look as somebody else looks: stop, pose and how far things stand open, without a flight. */
  obey({ stop, pose, explode }) {
    if (stop !== this.scene.stops[this.index]?.id) this.goTo(stop);
    if (["x", "y", "z", "yaw", "pitch", "fov"].every((name) => Number.isFinite(pose?.[name]))) this.eye.put(pose);
    if (Number.isFinite(explode) && explode !== this.share) this.#explode(Math.min(1, Math.max(0, explode)));
  }

  get scene() {
    return this.document.scene;
  }

  get pose() {
    return this.eye.pose;
  }

  get home() {
    return this.eye.home;
  }

  get tongue() {
    return this.getAttribute("language") || document.documentElement.lang || "zh-CN";
  }

  /** An address in the document, as seen from the document; an asset of the scene by its id. */
  url = (src) => new URL(this.document.assets?.[src] ?? src, this.base).href;

  async #open() {
    this.base = new URL(this.getAttribute("src"), document.baseURI).href;
    const answer = await fetch(this.base, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    this.document = await answer.json();
    this.visits = new Visits(this.scene.id, { signedIn: this.hasAttribute("signed-in") });
    this.#relabel();
    this.clock = setInterval(() => this.#tick(), TICK);
    await this.#live();
    if (new URL(location.href).searchParams.has("together") && this.document.rooms) await this.#takeTools();
  }

  /** Make everything that is read, in the language of the moment. The canvas is kept. */
  #relabel() {
    const say = sayer(this.document.words, this.tongue);
    this.say = say;
    this.steering?.disconnect();
    this.gamepad?.disconnect();
    this.tools?.dispose();
    this.tools = null;
    const canvas = this.panel?.canvas;
    const tell = this.#tell();
    this.panel = new Panel(this.shadowRoot, this.scene, say, this.tongue, tell);
    this.panel.foreign = this.hasAttribute("bare");
    if (canvas && this.stage) {
      this.panel.canvas.replaceWith(canvas);
      this.panel.canvas = canvas;
      this.#equip();
    }
    this.pins = new Pins(this.panel.pins, (hotspot) => this.#show(hotspot));
    this.steering = new Steering(this.panel.view, this.panel.house, tell);
    this.steering.connect();
    this.gamepad = new Gamepad(() => this.matches(":hover, :focus-within, :fullscreen"), { ...tell, point: () => tell.point(0.5, 0.5) });
    this.#makeTour();
    const { stop, hotspot } = this.#wanted();
    this.index = -1;
    this.goTo(stop);
    if (hotspot) this.#show(hotspot);
  }

  /** Where to begin: the attribute `object`, else `stop`, else the first stop. */
  #wanted() {
    const hotspot = this.scene.hotspots.find((one) => one.object && one.object === this.getAttribute("object"));
    this.removeAttribute("object");
    const known = this.scene.stops.some((stop) => stop.id === this.getAttribute("stop"));
    return { hotspot, stop: hotspot?.stop ?? (known ? this.getAttribute("stop") : this.scene.stops[0].id) };
  }

  async #live() {
    const nodes = this.document.nodes ?? [];
    if (!this.document.model && !nodes.length) return this.#stills(this.say("unbuilt"));
    try {
      this.stage = new Stage(this.panel.canvas);
    } catch {
      return this.#stills(this.say("nowebgl"));
    }
    const stage = this.stage;
    stage.onframe = (now) => this.#frame(now);
    this.sizes = new ResizeObserver(([entry]) => stage.resize(entry.contentRect.width, entry.contentRect.height));
    this.panel.status.textContent = this.say("loading");
    const { width, height } = this.panel.view.getBoundingClientRect();
    stage.resize(width, height);
    this.nodes = new Nodes(stage, this.base);
    this.eye.settle(this.scene.stops[this.index].camera);
    this.eye.put(this.pose ?? this.home);
    try {
      await Promise.all([this.document.model ? stage.load(this.url(this.document.model)) : null, nodes.length ? this.nodes.open(nodes) : null]);
    } catch {
      return this.#stills(this.say("unloaded"));
    }
    if (this.stage !== stage) return;
    this.#raise(nodes);
    this.dispatchEvent(event(READY, { mode: "live", reason: "" }));
  }

  /** The picture takes the still's place. */
  #raise(nodes) {
    this.panel.canvas.hidden = false;
    this.sizes.observe(this.panel.view);
    this.stage.frame(Boolean(this.document.model));
    this.eye.settle(this.scene.stops[this.index].camera);
    this.stage.explode(this.share);
    this.eye.put(this.pose ?? this.home);
    this.panel.status.textContent = "";
    this.#equip();
    this.nodes.settled?.then(() => this.#settled(nodes.length));
  }

  /** All nodes are there, or will not come. */
  #settled(count) {
    if (!this.nodes) return;
    this.stage.frame(Boolean(this.document.model));
    if (this.nodes.failed.length) this.panel.status.textContent = this.say("partly", { failed: this.nodes.failed.length, of: count });
  }

  #equip() {
    this.panel.tools.hidden = false;
    const modes = ["immersive-vr", "immersive-ar"].map(async (mode) => ((await navigator.xr?.isSessionSupported(mode).catch(() => false)) ? mode : ""));
    Promise.all([this.panel, ...modes]).then(([panel, ...found]) => panel.showHeadsets(found.filter(Boolean)));
  }

  #stills(reason) {
    this.#lower();
    this.panel.canvas.hidden = true;
    this.panel.status.textContent = reason;
    this.panel.opener.hidden = true;
    this.panel.tools.hidden = !this.document.rooms;
    panoramaStill(this.document.nodes, this.url).then((src) => src && !this.panel.still.getAttribute("src") && (this.panel.still.src = src));
    this.dispatchEvent(event(READY, { mode: "stills", reason }));
  }

  #lower() {
    this.tools?.dispose();
    this.headset?.leave();
    this.nodes?.dispose();
    this.stage?.dispose();
    this.tools = this.nodes = this.stage = null;
  }

  #fail(error) {
    this.shadowRoot.replaceChildren(h("p", { role: "alert" }, `${this.getAttribute("failed") || "The tour could not be loaded. Its text is on this page."} (${error.message})`));
  }

  #makeTour() {
    const [[first], before] = [this.scene.tours, this.tour];
    this.tour = new Guide(first, this.tongue, this.url, {
      step: (step) => this.#takeStep(step),
      state: (state) => (this.panel.showTour(state), this.#progress(), this.headset?.showTour(state), this.company?.toured(this.tour.place)),
      speed: (speed) => this.panel.showSpeed(speed),
      cue: (text) => this.#cue(text),
      end: () => (this.#undress(), this.dispatchEvent(event(TOUR_END, { tour: first.id }))),
    });
    before?.dispose();
    this.captions ??= this.tour.spoken;
    this.#showSound();
    this.panel.showTour(this.tour.state);
    this.#progress();
  }

  /** What a step shows: its stop or view, how far things stand open, what is cut or left out, and its light. */
  #takeStep(step) {
    const { stop = this.scene.stops[this.index].id, explode, camera } = step;
    this.goTo(stop, { text: pick(step.text, this.tongue), explode: explode ?? 0, camera });
    this.#progress();
    this.company?.toured(this.tour.place);
    const hidden = this.tour.hiddenAt(step);
    if (!this.stage || !(this.dressed || step.clipping || hidden.length || "hour" in step)) return;
    this.dressed = true;
    this.stage.setClip(step.clipping ?? null);
    this.nodes.show({ hidden });
    if ((step.hour ?? null) !== this.stage.sky.hour) this.stage.setHour(step.hour ?? null);
  }

  #undress() {
    if (!this.dressed || !this.stage) return;
    this.dressed = false;
    this.stage.setClip(null);
    this.nodes.show({ hidden: [] });
    this.stage.setHour(null);
  }

  #cue(text) {
    this.panel.showCue(this.captions ? text : "");
    if (text) this.headset?.say(text);
  }

  #progress = () => this.panel.showProgress(this.tour.elapsed, this.tour.total);

  #showSound = () => this.panel.showSound({ spoken: this.tour.spoken, muted: this.tour.muted, captions: this.captions });

  /** What steering and panel may ask for. */
  #tell() {
    return {
      look: (left, up) => this.eye.look(left, up),
      walk: (ahead, right) => this.eye.walk(ahead, right),
      zoom: (factor) => this.eye.zoom(factor),
      home: () => this.eye.fly(this.home),
      goTo: (id) => (this.#endTour(), this.goTo(id)),
      next: () => this.#turnPage(1),
      previous: () => this.#turnPage(-1),
      tour: () => this.tour.toggle(),
      pause: () => this.tour.toggle(),
      seek: (seconds) => (this.tour.seek(seconds), this.#progress()),
      speed: () => this.tour.cycleSpeed(),
      faster: (by) => this.tour.stepSpeed(by),
      mute: () => (this.tour.setMuted(!this.tour.muted), this.#showSound()),
      captions: () => ((this.captions = !this.captions), this.#showSound()),
      explode: (share) => (this.tour.pause(), this.motion.stop(), this.#explode(share)),
      escape: () => this.#escape(),
      help: () => this.panel.toggleHelp(),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen()),
      hotspot: (hotspot) => this.#show(hotspot),
      point: (x, y) => this.tools?.point(x, y),
      tools: () => this.#takeTools(),
      tool: (name) => this.stage && this.#takeTools().then((tools) => tools.toggle(name)),
      headset: (mode) => this.#putOn(mode),
    };
  }

  #turnPage(by) {
    if (this.tour.state === "playing" || this.tour.state === "paused") return by > 0 ? this.tour.next() : this.tour.previous();
    this.goTo(this.scene.stops[this.index + by]?.id);
  }

  #endTour() {
    this.tour.stop();
    this.#undress();
  }

  #escape() {
    if (this.panel.closeCard()) return this.panel.view.focus({ preventScroll: true });
    if (this.panel.toggleHelp(false) || this.tools?.escape()) return;
    this.#endTour();
  }

  #show(hotspot) {
    this.tour.pause();
    const concepts = hotspot.concepts.map((id) => ({ id, label: this.document.concepts[id] ?? { en: id } }));
    this.panel.openCard(hotspot, concepts);
    this.dispatchEvent(event(HOTSPOT, { hotspot: hotspot.id, stop: hotspot.stop, concepts: hotspot.concepts }));
  }

  /** The tools, fetched when they are first wanted. */
  #takeTools() {
    this.taking ??= import("./toolbox.js");
    return this.taking.then(({ Toolbox }) => {
      this.panel.tools.open = true;
      this.tools ??= new Toolbox(this);
      return this.tools;
    });
  }

  async #putOn(mode) {
    if (!this.stage || this.headset) return;
    const { Headset } = await import("./headset.js");
    try {
      this.headset = await Headset.enter(this, mode, { tour: () => this.tour.toggle(), next: () => this.#turnPage(1), previous: () => this.#turnPage(-1), left: () => this.#takeOff() });
    } catch {
      this.panel.status.textContent = this.say("noheadset");
    }
  }

  #takeOff() {
    this.headset = null;
    const { width, height } = this.panel.view.getBoundingClientRect();
    this.stage?.resize(width, height);
    this.eye.put(this.home);
    this.panel.view.focus({ preventScroll: true });
  }

  #placed(pose) {
    this.stage?.place(pose);
    if (!this.stage) this.pins.place(() => null);
    this.dispatchEvent(event(VIEW, { stop: this.scene.stops[this.index]?.id, pose }));
  }

  #cut(fade) {
    this.panel.canvas.classList.toggle("cut", fade);
    if (fade) setTimeout(() => this.panel.canvas.classList.remove("cut"), 180);
  }

  get #calm() {
    return this.hasAttribute("still") || Boolean(this.headset) || globalThis.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  #unfold(to) {
    if (to === this.share) return;
    if (this.#calm || !this.stage) return this.#explode(to);
    const from = this.share;
    let passed = 0;
    this.motion.start("unfold", (seconds) => {
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

  #frame(now) {
    this.motion.frame(now);
    this.nodes?.update();
    this.pins.place((position) => this.stage?.project(position));
    this.tools?.frame();
  }

  #tick() {
    if (this.tour.state !== "playing" || (document.hidden && !this.headset)) return;
    this.tour.pass(TICK / 1000);
    this.#progress();
  }
}

customElements.define("vr-scene", VrScene);
