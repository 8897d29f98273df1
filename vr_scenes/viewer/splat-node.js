// Splats: drawn by Spark where there is a graphics card, as plain points where there is none or it is too weak. Coarse first, then the finest the device carries.

import { BufferAttribute, BufferGeometry, Points, PointsMaterial } from "three";
import { within } from "./ladder.js";
import { readSpz, unpacked } from "./spz.js";

export class SplatNode {
  constructor(node, house) {
    Object.assign(this, { node, house, held: -1 });
    // Points need no sorting and blend nothing: many more of them can be drawn.
    const { budget } = house.stage;
    this.plain = budget.splats === 0;
    this.best = within(node.levels, "splats", this.plain ? budget.points : budget.splats);
  }

  /** The first level. Rejects when it cannot be had. */
  async open() {
    if (!this.plain) {
      const { renderer, scene } = this.house.stage;
      const { makeSplats } = await import("./sparks.js");
      this.make = (url) => makeSplats(url, { renderer, scene, dirty: () => this.house.stage.invalidate() });
    } else this.make = (url) => plainPoints(url, this.house.stage);
    await this.#fetch(0);
    if (this.best > 0) this.#fetch(this.best).catch(() => (this.best = 0));
  }

  get holds() {
    return { bytes: this.node.levels[this.held]?.bytes ?? 0, triangles: 0 };
  }

  update() {}

  dispose() {
    this.gone = true;
    this.shown?.dispose();
    this.house.group.removeFromParent();
  }

  async #fetch(index) {
    const made = await this.make(this.house.url(this.node.levels[index].src));
    if (this.gone) return made.dispose();
    this.house.group.add(made.object);
    this.shown?.dispose();
    Object.assign(this, { shown: made, held: index });
    this.house.stage.changed();
  }
}

/** An SPZ file as points, the faint ones left out. */
async function plainPoints(url, stage) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const { count, positions, colors, alphas, sizes } = readSpz(await unpacked(answer.body));
  const seen = [...alphas.keys()].filter((i) => alphas[i] > 40);
  const geometry = new BufferGeometry();
  const take = (from, width, Kind) => Kind.from({ length: seen.length * width }, (_, i) => from[seen[Math.floor(i / width)] * width + (i % width)]);
  geometry.setAttribute("position", new BufferAttribute(take(positions, 3, Float32Array), 3));
  geometry.setAttribute("color", new BufferAttribute(take(linear(colors), 3, Float32Array), 3));
  const middling = count ? sizes.toSorted()[count >> 1] : 0.01;
  const object = new Points(geometry, new PointsMaterial({ vertexColors: true, size: Math.min(0.5, middling * 3.4), sizeAttenuation: true, toneMapped: false, fog: false }));
  return { object, dispose: () => (object.removeFromParent(), geometry.dispose(), object.material.dispose(), stage.changed()) };
}

/** Bytes of a screen's colour as the light they stand for. */
function linear(colors) {
  const table = Float32Array.from({ length: 256 }, (_, i) => (i <= 10 ? i / 255 / 12.92 : ((i / 255 + 0.055) / 1.055) ** 2.4));
  return Float32Array.from(colors, (one) => table[one]);
}
