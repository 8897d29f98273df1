// A mesh as a ladder of detail: the coarsest level at once, then the one whose error nobody sees, swapped in when it is whole. One level is held at a time.

import { Box3 } from "three";
import { away, chosen } from "./ladder.js";

export class MeshNode {
  /** @param {object} node as the build writes it @param {{stage: object, group: object, url: (src: string) => string, loader: () => Promise<object>, spent: (name: string) => number}} house */
  constructor(node, house) {
    Object.assign(this, { node, house, held: -1, wish: 0, box: new Box3(), failed: new Set() });
  }

  /** The first level. Rejects when it cannot be had. */
  async open() {
    await this.#fetch(0);
  }

  /** What it holds of the budget now. */
  get holds() {
    const level = this.node.levels[this.held];
    return { bytes: level?.bytes ?? 0, triangles: level?.triangles ?? 0 };
  }

  update(eye) {
    if (this.held < 0 || this.busy || !this.house.group.visible) return;
    const most = { triangles: this.#left("triangles"), bytes: this.#left("bytes") };
    const size = this.house.group.getWorldScale(this.box.min.clone()).x;
    const levels = this.node.levels.map((level) => ({ ...level, error: (level.error ?? 0) * size }));
    const wish = chosen(levels, { ...eye, distance: away(eye.at, this.box), most });
    // Finer at once, coarser only when it is much too fine: going to and fro would fetch for nothing.
    if ((wish > this.held || wish < this.held - 1) && !this.failed.has(wish)) this.#fetch(wish).catch(() => this.failed.add(wish));
  }

  dispose() {
    this.gone = true;
    if (this.tree) this.house.stage.remove(this.tree);
  }

  #left(name) {
    return this.house.stage.budget[name] - this.house.spent(name) + this.holds[name];
  }

  async #fetch(index) {
    this.busy = true;
    try {
      const loader = await this.house.loader();
      const { scene } = await loader.loadAsync(this.house.url(this.node.levels[index].src));
      if (this.gone) return;
      const { stage, group } = this.house;
      const triangles = this.node.levels[index].triangles ?? 0;
      stage.add(scene, { parent: group, triangles, shadows: triangles <= 200_000 });
      if (this.tree) stage.remove(this.tree);
      Object.assign(this, { tree: scene, held: index });
      this.box.setFromObject(scene);
    } finally {
      this.busy = false;
    }
  }
}
