// Hotspots as real buttons over the picture: they are placed where their point in metres is seen, and say their name.

import { h, pick } from "./dom.js";

export class Pins {
  /** @param {HTMLElement} box @param {(hotspot: object) => void} opened */
  constructor(box, opened) {
    this.box = box;
    this.opened = opened;
    this.pins = [];
  }

  /** The hotspots of one stop. */
  show(hotspots, language) {
    this.pins = hotspots.map((hotspot) => {
      const button = h("button", { type: "button", className: "pin", lang: language, onclick: () => this.opened(hotspot) }, h("span", { className: "dot", "aria-hidden": "true" }), h("span", { className: "label" }, pick(hotspot.title, language)));
      return { hotspot, button };
    });
    this.box.replaceChildren(...this.pins.map((pin) => pin.button));
  }

  /** Put every button where `project` sees its point; one that is out of sight stays reachable in the list below, not here. */
  place(project) {
    for (const { hotspot, button } of this.pins) {
      const at = project(hotspot.position);
      button.hidden = !at;
      if (!at) continue;
      button.style.left = `${(at.x * 100).toFixed(2)}%`;
      button.style.top = `${(at.y * 100).toFixed(2)}%`;
      button.classList.toggle("leftwards", at.x > 0.72);
    }
  }
}
