// Tools for looking closely: ruler, cut, x-ray, light of the hour, year, taking apart. Each is worked by pointer and by keyboard alike. A chunk of its own.

import { h } from "./dom.js";
import { FIRST, LAST, NOON, turns } from "./hours.js";
import { Measure, said } from "./measure.js";
import { Together } from "./together.js";

const AXES = { x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1] };

export class Toolbox {
  /** @param {import("./vr-scene.js").VrScene} scene the element: its stage, nodes, panel and words */
  constructor(scene) {
    const { stage, nodes, panel, say, tongue } = scene;
    Object.assign(this, { scene, stage, nodes, panel, say, tongue, measure: new Measure(), measuring: false, keep: 1 });
    const rows = stage ? [this.#ruler(), this.#cutter(), this.#seeThrough(), this.#light(), this.#years(), this.#apart()] : [];
    this.together = scene.document.rooms ? new Together(scene) : null;
    panel.toolbox.replaceChildren(...rows.filter(Boolean), ...(this.together ? [this.together.row] : []));
  }

  /** What a key does: the tool of that name on or off, or a turn further. */
  toggle(name) {
    if (name === "measure") return this.#setMeasuring(!this.measuring);
    if (name === "xray") return this.#setXray(!this.stage.xray.on);
    if (name === "clip") return this.#setAxis(["", "x", "y", "z"][(["", "x", "y", "z"].indexOf(this.axis.value) + 1) % 4]);
    if (name === "light") this.hour.focus();
  }

  /** Something was pointed at, 0..1 from the top left. */
  point(x, y) {
    if (!this.measuring) return;
    const place = this.stage.pick(x, y);
    if (!place) return this.#tell(this.say("measure.none"));
    const metres = this.measure.pick(place);
    this.#tell(metres === null ? this.say("measure.one") : this.say("measure.said", { length: said(metres, this.tongue), rise: said(this.measure.rise, this.tongue) }));
    this.frame();
  }

  /** Leave what is being used. @returns {boolean} whether there was anything to leave */
  escape() {
    const was = this.measuring;
    this.#setMeasuring(false);
    return was;
  }

  /** Put the marks of the ruler where its points are seen. */
  frame() {
    const seen = this.measure.points.map((point) => this.stage.project(point));
    const dots = seen.filter(Boolean).map(({ x, y }) => at(h("span", { className: "dotmark" }), x, y));
    if (seen.length < 2 || !seen.every(Boolean)) return this.panel.marks.replaceChildren(...dots);
    const { width, height } = this.panel.marks.getBoundingClientRect();
    const [wide, tall] = [(seen[1].x - seen[0].x) * width, (seen[1].y - seen[0].y) * height];
    const line = at(h("span", { className: "linemark" }), seen[0].x, seen[0].y);
    Object.assign(line.style, { width: `${Math.hypot(wide, tall)}px`, transform: `rotate(${Math.atan2(tall, wide)}rad)` });
    const label = at(h("span", { className: "mark" }, said(this.measure.metres, this.tongue)), (seen[0].x + seen[1].x) / 2, (seen[0].y + seen[1].y) / 2);
    this.panel.marks.replaceChildren(line, ...dots, label);
  }

  dispose() {
    this.#setMeasuring(false);
    this.panel.marks.replaceChildren();
    this.together?.dispose();
  }

  #ruler() {
    this.ruler = this.#press("measure", () => this.#setMeasuring(!this.measuring));
    this.result = h("p", { className: "result", role: "status" });
    this.hint = h("p", {});
    this.clear = h("button", { type: "button", className: "quiet", hidden: true, onclick: () => (this.measure.clear(), this.#tell(""), this.frame()) }, this.say("measure.clear"));
    return h("div", { className: "toolrow" }, this.ruler, this.clear, this.hint, this.result);
  }

  #cutter() {
    this.axis = h("select", { id: "axis", onchange: () => this.#setAxis(this.axis.value) }, ...["", "x", "y", "z"].map((axis) => h("option", { value: axis }, this.say(axis ? `clip.${axis}` : "clip.none"))));
    this.cut = h("input", { type: "range", min: "0", max: "100", value: "50", "aria-label": this.say("clip.where"), hidden: true, oninput: () => this.#clip() });
    this.other = h("button", { type: "button", className: "tool", "aria-pressed": "false", hidden: true, onclick: () => ((this.keep = -this.keep), this.other.setAttribute("aria-pressed", String(this.keep < 0)), this.#clip()) }, this.say("clip.other"));
    return h("div", { className: "toolrow" }, h("label", { for: "axis" }, this.say("clip")), this.axis, this.cut, this.other);
  }

  #seeThrough() {
    this.xray = this.#press("xray", () => this.#setXray(!this.stage.xray.on));
    return h("div", { className: "toolrow" }, this.xray);
  }

  #light() {
    const { sky } = this.stage;
    this.hour = h("input", { type: "range", id: "hour", min: String(FIRST), max: String(LAST), step: "0.25", value: String(sky.hour ?? NOON), oninput: () => this.#setHour(Number(this.hour.value)) });
    this.hourSaid = h("output", { for: "hour" });
    this.own = h("button", { type: "button", className: "quiet", hidden: true, onclick: () => this.#setHour(null) }, this.say("light.own"));
    this.#sayHour();
    return h("div", { className: "toolrow" }, h("label", { for: "hour" }, this.say("light")), this.hour, this.hourSaid, this.own);
  }

  /** Only where something stands for a time. */
  #years() {
    const years = turns(this.scene.document.nodes ?? []);
    if (!years.length) return null;
    const [first, last] = [years[0] - 1, years.at(-1) + 1];
    const told = h("output", { for: "year" }, this.say("year.all"));
    const all = h("button", { type: "button", className: "quiet", onclick: () => (this.nodes.show({ year: null }), (told.textContent = this.say("year.all"))) }, this.say("year.all"));
    const year = h("input", { type: "range", id: "year", min: String(first), max: String(last), value: String(last), oninput: () => (this.nodes.show({ year: Number(year.value) }), (told.textContent = year.value)) });
    return h("div", { className: "toolrow" }, h("label", { for: "year" }, this.say("year")), year, told, all);
  }

  #apart() {
    // Where a stop has a slider of its own for it, there is no second one.
    if (!this.stage.movable.length || this.scene.scene.objects.some(({ view }) => view === "exploded")) return null;
    const range = h("input", { type: "range", id: "apart", min: "0", max: "100", value: String(Math.round(this.scene.share * 100)), oninput: () => this.panel.tell.explode(Number(range.value) / 100) });
    return h("div", { className: "toolrow" }, h("label", { for: "apart" }, this.say("apart")), range);
  }

  #press(key, act) {
    return h("button", { type: "button", className: "tool", "aria-pressed": "false", onclick: act }, this.say(key));
  }

  #tell(words) {
    this.result.textContent = words;
    this.clear.hidden = !this.measure.points.length;
  }

  #setMeasuring(on) {
    if (!this.ruler) return;
    this.measuring = on;
    this.ruler.setAttribute("aria-pressed", String(on));
    this.panel.cross.hidden = !on;
    this.hint.textContent = on ? this.say("measure.hint") : "";
    if (on) {
      this.panel.view.focus({ preventScroll: true });
      return this.panel.view.scrollIntoView({ block: "nearest" });
    }
    this.measure.clear();
    this.#tell("");
    this.frame();
  }

  #setXray(on) {
    this.xray.setAttribute("aria-pressed", String(on));
    this.stage.setXray(on);
  }

  #setAxis(axis) {
    this.axis.value = axis;
    this.cut.hidden = this.other.hidden = !axis;
    if (axis) this.cut.value = String(this.#shareOf(axis));
    this.#clip();
  }

  /** The cut begins where one looks, percent of the way through; in the middle where one looks at nothing. */
  #shareOf(axis) {
    this.stage.setClip(null);
    const box = this.stage.extent;
    const seen = this.stage.pick(0.5, 0.5)?.["xyz".indexOf(axis)] ?? (box.min[axis] + box.max[axis]) / 2;
    return Math.min(95, Math.max(5, Math.round(((seen - box.min[axis]) / (box.max[axis] - box.min[axis])) * 100 - 1)));
  }

  #clip() {
    const axis = this.axis.value;
    if (!axis) return this.stage.setClip(null);
    const box = this.stage.extent;
    const share = Number(this.cut.value) / 100;
    const at = box.min[axis] + (box.max[axis] - box.min[axis]) * share;
    const middle = (box.min[axis] + box.max[axis]) / 2;
    this.cut.setAttribute("aria-valuetext", this.say("clip.text", { percent: Math.round(share * 100), metres: said(Math.abs(at - middle), this.tongue) }));
    // What lies beyond the cut goes: above it, right of it, before it.
    this.stage.setClip({ normal: AXES[axis].map((one) => one * this.keep), offset: at * this.keep });
  }

  #setHour(hour) {
    this.stage.setHour(hour);
    this.#sayHour();
  }

  #sayHour() {
    const { hour } = this.stage.sky;
    const text = hour === null ? this.say("light.own") : `${Math.floor(hour)}:${String(Math.round((hour % 1) * 60)).padStart(2, "0")}`;
    this.hourSaid.textContent = hour === null ? "" : text;
    this.hour.setAttribute("aria-valuetext", text);
    this.own.hidden = hour === null;
  }
}

/** Placed at a place of the picture, 0..1. */
function at(made, x, y) {
  Object.assign(made.style, { left: `${x * 100}%`, top: `${y * 100}%` });
  return made;
}
