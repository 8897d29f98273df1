// The nodes of a built scene: each kind by its own loader, all under one budget. Loaders that are heavy are fetched when the first node of their kind is met.

import { Group } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { standsAt } from "./hours.js";
import { MeshNode } from "./mesh-node.js";

const KINDS = {
  mesh: async () => MeshNode,
  tiles: async () => (await import("./tiles-node.js")).TilesNode,
  points: async () => (await import("./tiles-node.js")).TilesNode,
  panorama: async () => (await import("./panorama-node.js")).PanoramaNode,
  splat: async () => (await import("./splat-node.js")).SplatNode,
};

export class Nodes {
  /** @param {import("./stage.js").Stage} stage @param {string} base the address that every `src` is relative to */
  constructor(stage, base) {
    Object.assign(this, { stage, base, live: [], hidden: new Set(), year: null });
  }

  /** Open every node; resolves when the first of them is seen, rejects when none can be. `failed` then names those that could not. */
  async open(nodes) {
    this.failed = [];
    const opened = nodes.map((node) => this.#open(node).catch((error) => (this.failed.push(node.id), Promise.reject(error))));
    await Promise.any(opened);
    this.settled = Promise.allSettled(opened);
  }

  /** Called with each frame: every node may fetch what the eye lacks, or let go of what it does not need. */
  update() {
    const { eye } = this.stage;
    for (const { loaded } of this.live) loaded.update(eye);
  }

  /** Ids of nodes that are not shown; the year in view, or null for all. */
  show({ hidden = this.hidden, year = this.year }) {
    [this.hidden, this.year] = [new Set(hidden), year];
    for (const { node, group } of this.live) group.visible = !this.hidden.has(node.id) && standsAt(node.time, year);
    this.stage.changed();
  }

  dispose() {
    for (const { loaded } of this.live) loaded.dispose();
    this.live = [];
  }

  /** A loader of .glb that unpacks meshopt; its decoder is fetched once. */
  loader = async () => {
    this.decoder ??= import("./meshopt.js");
    const { MeshoptDecoder } = await this.decoder;
    return new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
  };

  async #open(node) {
    if (node.kind === "mesh") this.loader(); // the decoder comes while the first level does
    const Kind = await KINDS[node.kind]?.();
    if (!Kind) throw new Error(`no loader for ${node.kind}`);
    const group = new Group();
    group.name = node.id;
    group.position.set(...(node.position ?? [0, 0, 0]));
    group.quaternion.set(...(node.rotation ?? [0, 0, 0, 1]));
    group.scale.setScalar(node.scale ?? 1);
    this.stage.content.add(group);
    const loaded = new Kind(node, {
      stage: this.stage, group, loader: this.loader,
      url: (src) => new URL(src, this.base).href,
      spent: (name) => this.live.reduce((sum, one) => sum + (one.loaded.holds?.[name] ?? 0), 0),
    });
    this.live.push({ node, group, loaded });
    this.show({});
    await loaded.open();
    this.show({});
  }
}
