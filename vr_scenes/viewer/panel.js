// Everything around the picture that can be read or pressed: bar, caption, list of stops, slider, card, help. It tells what was pressed and decides nothing.

import { h, pick } from "./dom.js";

const KEYS = ["look", "walk", "tilt", "zoom", "stops", "tour", "pause", "speed", "sound", "home", "tools", "escape", "help"];

export class Panel {
  /**
   * @param {ShadowRoot} root
   * @param {object} scene the scene document
   * @param {(key: string, values?: object) => string} say words of the viewer in its language
   * @param {string} language
   * @param {Record<string, Function>} tell goTo(stop), tour, next, previous, seek(seconds), speed, mute, captions, zoom(factor), explode(share), full, hotspot(hotspot), tools, headset(mode)
   */
  constructor(root, scene, say, language, tell) {
    Object.assign(this, { scene, say, language, tell });
    this.still = h("img", { className: "still", alt: "", decoding: "async" });
    this.canvas = h("canvas", { role: "img", hidden: true });
    this.pins = h("div", { className: "pins" });
    this.cross = h("div", { className: "cross", "aria-hidden": "true", hidden: true });
    this.marks = h("div", { className: "marks", "aria-hidden": "true" });
    this.cue = h("p", { className: "cue", "aria-hidden": "true", hidden: true });
    this.status = h("p", { className: "status", role: "status" });
    this.view = h("div", { className: "view", tabIndex: 0, role: "application", "aria-label": say("view"), "aria-describedby": "keys" }, this.still, this.canvas, this.pins, this.marks, this.cross, this.cue, this.status);
    this.house = h("div", { className: "house", lang: language }, this.view, this.#bar(), this.#said(), this.#opener(), this.#card(), this.#stops(), this.#tools(), this.#help());
    this.root = root;
    root.replaceChildren(this.house);
  }

  /** A stop is in view: its name, place in the row, caption, and what can be opened here. */
  showStop(stop, index, text) {
    const title = pick(stop.title, this.language);
    this.where.textContent = this.say("where", { number: index + 1, of: this.scene.stops.length });
    this.title.textContent = title;
    this.caption.textContent = text;
    this.canvas.setAttribute("aria-label", this.say("picture", { title, caption: pick(stop.caption, this.language) }));
    for (const [number, button] of this.buttons.entries()) {
      if (number === index) {
        button.setAttribute("aria-current", "true");
        this.row.scrollTo?.({ left: button.offsetLeft - this.row.offsetLeft - 24 });
      } else button.removeAttribute("aria-current");
    }
    const object = this.scene.objects.find((one) => one.stop === stop.id && one.view === "exploded");
    this.opener.hidden = !object;
    this.closeCard();
    this.#list(stop);
  }

  showTour(state) {
    const playing = state === "playing";
    this.tourButton.textContent = this.say(playing ? "pause" : state === "paused" ? "resume" : "start");
    this.house.dataset.tour = state;
  }

  /** Where the tour is, seconds of how many. */
  showProgress(elapsed, total) {
    if (this.root.activeElement !== this.line || this.house.dataset.tour === "playing") this.line.value = String(Math.round(elapsed));
    this.line.max = String(Math.max(1, Math.round(total)));
    this.line.setAttribute("aria-valuetext", this.say("progress.text", { at: clock(elapsed), of: clock(total) }));
    this.time.textContent = `${clock(elapsed)} / ${clock(total)}`;
  }

  showSpeed(speed) {
    this.speedButton.textContent = `${new Intl.NumberFormat(this.language).format(speed)}×`;
    this.speedButton.setAttribute("aria-label", this.say("speed", { speed }));
  }

  /** Buttons of sound and captions, as they stand; without recordings there is no sound to switch. */
  showSound({ spoken, muted, captions }) {
    this.soundButton.hidden = !spoken;
    this.soundButton.setAttribute("aria-pressed", String(!muted));
    this.captionButton.setAttribute("aria-pressed", String(captions));
  }

  /** The words of the moment, over the picture. They are read out by the live region below, sentence or step, and only there. */
  showCue(text) {
    this.cue.textContent = text;
    this.cue.hidden = !text;
  }

  /** Which headsets can be entered: modes of WebXR. */
  showHeadsets(modes) {
    for (const mode of modes) this.headsets.append(this.#button(mode === "immersive-vr" ? "vr" : "ar", () => this.tell.headset(mode), { className: `headset ${mode}` }));
  }

  showExplode(share) {
    this.range.value = String(Math.round(share * 100));
  }

  openCard(hotspot, concepts) {
    this.cardTitle.textContent = pick(hotspot.title, this.language);
    this.cardText.textContent = pick(hotspot.text, this.language);
    this.cardConcepts.replaceChildren(...concepts.map(({ id, label }) => h("li", {}, h("a", { href: `/concepts/${id}`, target: this.foreign ? "_blank" : "_self" }, pick(label, this.language)))));
    this.card.hidden = false;
    this.cardTitle.focus({ preventScroll: true });
  }

  closeCard() {
    const was = !this.card.hidden;
    this.card.hidden = true;
    return was;
  }

  toggleHelp(open = !this.helpBox.open) {
    const was = this.helpBox.open;
    if (open && !was) this.helpBox.showModal?.();
    if (!open && was) this.helpBox.close();
    return was;
  }

  #button(key, press, more = {}) {
    return h("button", { type: "button", onclick: press, ...more }, this.say(key));
  }

  #sign(key, sign, press) {
    return h("button", { type: "button", className: "sign", "aria-label": this.say(key), title: this.say(key), onclick: press }, h("span", { "aria-hidden": "true" }, sign));
  }

  #bar() {
    this.tourButton = this.#button("start", () => this.tell.tour(), { className: "main" });
    this.line = h("input", { type: "range", className: "line", min: "0", max: "1", step: "1", value: "0", "aria-label": this.say("progress") });
    this.line.addEventListener("change", () => this.tell.seek(Number(this.line.value)));
    this.time = h("span", { className: "time", "aria-hidden": "true" });
    this.speedButton = h("button", { type: "button", className: "sign", onclick: () => this.tell.speed() });
    this.soundButton = this.#button("sound", () => this.tell.mute(), { className: "toggle", "aria-pressed": "true", hidden: true });
    this.captionButton = this.#button("captions", () => this.tell.captions(), { className: "toggle", "aria-pressed": "false" });
    this.headsets = h("span", { className: "headsets" });
    this.showSpeed(1);
    const reader = h("span", { className: "reader" }, this.line, this.time, this.speedButton, this.soundButton, this.captionButton);
    return h("div", { className: "bar", role: "group", "aria-label": this.say("controls") }, this.tourButton,
      ...this.#pages(), reader, h("span", { className: "gap" }), this.headsets,
      this.#sign("nearer", "+", () => this.tell.zoom(0.85)), this.#sign("wider", "−", () => this.tell.zoom(1.18)),
      document.fullscreenEnabled ? this.#button("full", () => this.tell.full()) : null, this.#sign("help", "?", () => this.toggleHelp()));
  }

  /** Back and on, where there is anywhere to go. */
  #pages() {
    const { stops, tours } = this.scene;
    if (stops.length < 2 && tours[0].steps.length < 2) return [];
    return [this.#button("previous", () => this.tell.previous()), this.#button("next", () => this.tell.next())];
  }

  /** Tools are made when they are first unfolded. */
  #tools() {
    this.toolbox = h("div", { className: "toolbox" });
    this.tools = h("details", { className: "tools", hidden: true }, h("summary", {}, this.say("tools")), this.toolbox);
    this.tools.addEventListener("toggle", () => this.tools.open && this.tell.tools());
    return this.tools;
  }

  #said() {
    this.where = h("span", { className: "where" });
    this.title = h("span", { className: "title" });
    this.caption = h("span", { className: "caption" });
    return h("p", { className: "said", "aria-live": "polite" }, this.where, " ", this.title, " ", this.caption);
  }

  #opener() {
    this.range = h("input", { type: "range", min: "0", max: "100", value: "0", id: "open" });
    this.range.addEventListener("input", () => this.tell.explode(Number(this.range.value) / 100));
    this.opener = h("div", { className: "opener", hidden: true }, h("label", { for: "open" }, this.say("open")), this.range);
    return this.opener;
  }

  #card() {
    this.cardTitle = h("p", { className: "card-title", tabIndex: -1, id: "card-title" });
    this.cardText = h("p", {});
    this.cardConcepts = h("ul", { className: "concepts", "aria-label": this.say("concepts") });
    const close = this.#button("close", () => this.tell.escape(), { className: "quiet" });
    this.card = h("div", { className: "card", hidden: true, role: "region", "aria-labelledby": "card-title" }, this.cardTitle, this.cardText, this.cardConcepts, close);
    return this.card;
  }

  #stops() {
    this.buttons = this.scene.stops.map((stop) => h("button", { type: "button", onclick: () => this.tell.goTo(stop.id) }, pick(stop.title, this.language)));
    this.row = h("ol", {}, ...this.buttons.map((button) => h("li", {}, button)));
    this.details = h("ul", { className: "details", "aria-label": this.say("details") });
    return h("nav", { className: "stops", "aria-label": this.say("stops") }, this.row, this.details);
  }

  /** The hotspots of the stop once more, as a list that needs no picture. */
  #list(stop) {
    const here = this.scene.hotspots.filter((one) => one.stop === stop.id);
    this.details.replaceChildren(...here.map((one) => h("li", {}, h("button", { type: "button", className: "quiet", onclick: () => this.tell.hotspot(one) }, pick(one.title, this.language)))));
  }

  #help() {
    const rows = KEYS.flatMap((key) => [h("dt", {}, this.say(`key.${key}`)), h("dd", {}, this.say(`does.${key}`))]);
    const close = this.#button("close", () => this.toggleHelp(false), { className: "main" });
    this.helpBox = h("dialog", { className: "help", "aria-labelledby": "help-title" }, h("p", { className: "card-title", id: "help-title" }, this.say("help")), h("dl", { id: "keys" }, ...rows), close);
    return this.helpBox;
  }
}

/** Seconds as 3:07. */
function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
