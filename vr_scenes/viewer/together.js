// The room of people who look together: its buttons, its socket, and its company. A lost link is made again a few times, with growing pauses.

import { Company, FOLLOW, LEAD, PAIR } from "./company.js";
import { h } from "./dom.js";

const PAUSES = [1, 2, 5, 10]; // seconds
const BEAT = 100; // milliseconds between looks at what waits to be told

export class Together {
  constructor(scene) {
    const { say } = scene;
    Object.assign(this, { scene, say, tries: 0 });
    this.company = new Company({ send: (message) => this.#send(message), follow: (view) => scene.obey(view), join: (place) => scene.tour.join(place), changed: () => this.#show() });
    this.told = h("p", { role: "status" });
    this.code = h("input", { type: "text", id: "code", maxLength: 8, autocomplete: "off", spellcheck: false });
    this.row = h("div", { className: "toolrow", role: "group", "aria-label": say("together") }, ...this.#outside(), ...this.#inside(), this.told);
    this.hear = ({ detail }) => this.company.moved({ ...detail, explode: scene.share });
    scene.addEventListener("viewchange", this.hear);
    scene.company = this;
    this.#show();
    const asked = new URL(location.href).searchParams.get("together");
    if (asked) this.enter(FOLLOW, asked);
  }

  /** The tour was moved here: it is told to the others. */
  toured(place) {
    this.company.toured(place);
  }

  /** Go into a room. @param {string} role lead, pair or follow @param {string} code of a room that is there, "" for a new one */
  enter(role, code = "") {
    this.leave();
    Object.assign(this, { role, wanted: code });
    this.#connect();
    this.beat = setInterval(() => this.company.flush(), BEAT);
  }

  leave() {
    clearInterval(this.beat);
    clearTimeout(this.again);
    this.role = null;
    this.socket?.close();
    this.socket = null;
    Object.assign(this.company, { role: "", code: "", roaming: false, gone: false, last: null });
    this.told.textContent = "";
    this.#show();
  }

  dispose() {
    this.leave();
    this.scene.removeEventListener("viewchange", this.hear);
    this.scene.company = null;
  }

  #outside() {
    const { say, scene } = this;
    const lead = scene.hasAttribute("leads") ? h("button", { type: "button", onclick: () => this.enter(LEAD) }, say("together.lead")) : null;
    const pair = h("button", { type: "button", onclick: () => this.enter(PAIR) }, say("together.pair"));
    const join = h("button", { type: "button", onclick: () => this.code.value.trim() && this.enter(FOLLOW, this.code.value.trim()) }, say("together.join"));
    this.without = [lead, pair, h("label", { for: "code" }, say("together.code")), this.code, join].filter(Boolean);
    return this.without;
  }

  #inside() {
    const { say } = this;
    this.back = h("button", { type: "button", className: "main", onclick: () => this.company.comeBack() }, say("together.follow"));
    this.link = h("button", { type: "button", onclick: () => this.#copy() }, say("together.link"));
    this.within = [this.back, this.link, h("button", { type: "button", onclick: () => this.leave() }, say("together.leave"))];
    return this.within;
  }

  #connect() {
    const address = new URL(this.scene.url(this.scene.document.rooms));
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("as", this.role);
    if (this.wanted) address.searchParams.set("code", this.wanted);
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => this.#heard(JSON.parse(data)));
    socket.addEventListener("close", () => this.socket === socket && this.#lost());
  }

  #heard(message) {
    if (message.refused) {
      this.leave();
      this.told.textContent = this.say("together.refused");
      return;
    }
    this.company.hear(message);
    if (!message.hello) return;
    [this.tries, this.wanted] = [0, message.hello.code];
    // A class in one room hears its teacher, not thirty recordings; whoever wants the sound switches it on.
    if (message.hello.role === FOLLOW && this.scene.tour.spoken && !this.scene.tour.muted) this.scene.panel.tell.mute();
    if (this.company.leads) this.company.moved({ stop: this.scene.getAttribute("stop"), pose: this.scene.pose, explode: this.scene.share });
  }

  #lost() {
    if (this.tries >= PAUSES.length) {
      this.leave();
      this.told.textContent = this.say("together.refused");
      return;
    }
    this.told.textContent = this.say("together.nolink");
    this.again = setTimeout(() => this.#connect(), PAUSES[this.tries++] * 1000);
  }

  #send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  #show() {
    const { role, code, count, roaming, gone } = this.company;
    for (const one of this.without) one.hidden = Boolean(role);
    for (const one of this.within) one.hidden = !role;
    this.back.hidden = !roaming || gone;
    this.link.hidden = role === FOLLOW || !role;
    if (!role) return;
    const key = gone ? "gone" : role === LEAD ? "leading" : role === PAIR ? "pairing" : roaming ? "roaming" : "following";
    this.told.textContent = this.say(`together.${key}`, { count, code });
  }

  async #copy() {
    const link = new URL(location.href);
    link.searchParams.set("together", this.company.code);
    await navigator.clipboard?.writeText(link.href).then(() => (this.link.textContent = this.say("together.copied")), () => {});
  }
}
