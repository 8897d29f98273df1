// Tells the platform how long a signed-in learner stayed at a stop. Whoever is not signed in leaves no trace; a failure is nobody's trouble.

const ADDRESS = "/api/v1/records";
const LEAST = 2; // seconds: passing by is no visit

export class Visits {
  /** @param {string} scene @param {{signedIn: boolean, now?: () => number, send?: typeof fetch}} how */
  constructor(scene, { signedIn, now = () => performance.now() / 1000, send = (...args) => fetch(...args) }) {
    this.scene = scene;
    this.signedIn = signedIn;
    this.now = now;
    this.send = send;
    this.stop = "";
    this.since = 0;
  }

  /** The visitor is at this stop from now on; "" when the visitor has left. */
  arrive(stop) {
    if (stop === this.stop) return;
    this.#tell();
    this.stop = stop;
    this.since = this.now();
  }

  leave() {
    this.arrive("");
  }

  #tell() {
    const seconds = Math.round((this.now() - this.since) * 10) / 10;
    if (!this.signedIn || !this.stop || seconds < LEAST) return;
    const record = { item: `stop:${this.scene}/${this.stop}`, verb: "experienced", seconds };
    try {
      const sent = this.send(ADDRESS, { method: "POST", keepalive: true, credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ records: [record] }) });
      sent?.catch?.(() => {});
    } catch {
      // A visit that cannot be told is let go: the tour matters more.
    }
  }
}
