// A panorama as a multi-resolution cube: the small preview at once, then the tiles in view at the sharpness of the screen, nearest the middle first.
// It is drawn behind everything else and around the eye; which one is seen when there are several, the nearest to the eye decides.

import { BufferAttribute, BufferGeometry, Mesh, MeshBasicMaterial, SRGBColorSpace, Texture } from "three";
import { edges, levelFor, wanted, wayTo } from "./cubetiles.js";

const RADIUS = 60; // metres: any, for its depth is never written

export class PanoramaNode {
  constructor(node, house) {
    Object.assign(this, { node, house, tiles: new Map(), asked: new Map(), clock: 0 });
    house.group.userData.picture = true;
    house.group.rotation.reorder("YXZ");
    this.home = house.group.position.clone();
  }

  /** The preview, or where there is none the first level. Rejects when neither can be had. */
  async open() {
    const { url, stage } = this.house;
    const answer = await fetch(url(this.node.src), { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    this.cube = checked(await answer.json());
    this.at = new URL(this.node.src, url("")).href;
    const preview = this.cube.preview ? await picture(new URL(this.cube.preview, this.at)).catch(() => null) : null;
    if (preview) this.#showPreview(preview);
    else await Promise.all([...this.cube.faces].map((face) => this.#fetch({ key: `0/${face}/0_0`, level: 0, face, x: 0, y: 0 })));
    this.update(stage.eye);
    stage.changed();
  }

  update(eye) {
    const { stage, group } = this.house;
    if (!this.cube || !this.#isNearest(eye)) return;
    // It surrounds the eye, wherever that is.
    group.position.set(...eye.at);
    group.scale.setScalar(1);
    const yaw = eye.yaw - group.rotation.y;
    const level = levelFor(this.cube.levels, eye.fov, eye.height / (eye.limit / stage.budget.error));
    const found = wanted(this.cube, level, { ...eye, yaw });
    this.clock += 1;
    for (const tile of found) if (this.tiles.has(tile.key)) this.tiles.get(tile.key).seen = this.clock;
    this.#ask(found.filter(({ key }) => !this.tiles.has(key)));
    this.#forget(stage.budget.tiles);
  }

  dispose() {
    this.gone = true;
    for (const one of this.tiles.values()) this.#drop(one);
    this.tiles.clear();
    this.house.group.removeFromParent();
  }

  /** Several panoramas stand in a row of rooms: only the nearest to the eye is drawn. */
  #isNearest(eye) {
    const far = (home) => Math.hypot(home.x - eye.at[0], home.y - eye.at[1], home.z - eye.at[2]);
    const others = this.house.group.parent?.children.filter((one) => one.userData.home) ?? [];
    this.house.group.userData.home = this.home;
    const nearest = others.every((one) => one === this.house.group || far(one.userData.home) >= far(this.home));
    for (const { mesh } of this.tiles.values()) mesh.visible = nearest;
    return nearest;
  }

  #ask(missing) {
    const free = this.house.stage.budget.jobs - this.asked.size;
    for (const tile of missing.filter(({ key }) => !this.asked.has(key)).slice(0, Math.max(0, free))) this.#fetch(tile).catch(() => this.asked.set(tile.key, "failed"));
  }

  async #fetch(tile) {
    this.asked.set(tile.key, "asked");
    const path = this.cube.path.replace("{level}", tile.level).replace("{face}", tile.face).replace("{y}", tile.y).replace("{x}", tile.x);
    const image = await picture(new URL(path, this.at));
    this.asked.delete(tile.key);
    if (this.gone) return image.close();
    this.#hang(tile.key, image, { ...tile, edge: edges(this.cube.levels[tile.level], this.cube.tile, tile.x, tile.y), order: tile.level });
  }

  /** The preview is a strip of all faces, in their order: side by side, or one under the other. */
  #showPreview(image) {
    const across = image.width > image.height;
    const count = this.cube.faces.length;
    [...this.cube.faces].forEach((face, i) => {
      const span = across ? [i / count, 0, (i + 1) / count, 1] : [0, i / count, 1, (i + 1) / count];
      this.#hang(`preview/${face}`, image, { face, edge: { left: 0, top: 0, right: 1, bottom: 1 }, span: inset(span, image), order: -1 });
    });
  }

  #hang(key, image, { face, edge, order, span = [0, 0, 1, 1] }) {
    const texture = new Texture(image);
    Object.assign(texture, { colorSpace: SRGBColorSpace, flipY: false, generateMipmaps: false, minFilter: 1006, needsUpdate: true });
    const mesh = new Mesh(quad(face, edge, span), new MeshBasicMaterial({ map: texture, depthTest: false, depthWrite: false, fog: false, toneMapped: false }));
    mesh.renderOrder = -8 + order * 0.1;
    mesh.frustumCulled = false;
    mesh.userData.picture = true;
    this.tiles.set(key, { mesh, seen: this.clock, kept: order <= 0, image });
    this.house.group.add(mesh);
    this.house.stage.changed();
  }

  #forget(most) {
    if (this.tiles.size <= most) return;
    const old = [...this.tiles].filter(([, one]) => !one.kept && one.seen < this.clock).sort((a, b) => a[1].seen - b[1].seen);
    for (const [key, one] of old.slice(0, this.tiles.size - most)) {
      this.#drop(one);
      this.tiles.delete(key);
    }
  }

  #drop({ mesh, image }) {
    mesh.removeFromParent();
    mesh.geometry.dispose();
    mesh.material.map.dispose();
    mesh.material.dispose();
    image.close();
  }
}

/** A part of one face as two triangles; `span` is the part of the picture it shows: left, top, right, bottom. */
function quad(face, { left, top, right, bottom }, [u0, v0, u1, v1]) {
  const made = new BufferGeometry();
  const corners = [[left, top], [right, top], [right, bottom], [left, bottom]].flatMap(([u, v]) => wayTo(face, u, v).map((one) => one * RADIUS));
  made.setAttribute("position", new BufferAttribute(new Float32Array(corners), 3));
  made.setAttribute("uv", new BufferAttribute(new Float32Array([u0, v0, u1, v0, u1, v1, u0, v1]), 2));
  made.setIndex([0, 2, 1, 0, 3, 2]);
  return made;
}

/** Half a pixel inwards, so that a face of the strip does not bleed into its neighbour. */
function inset([u0, v0, u1, v1], { width, height }) {
  return [u0 + 0.5 / width, v0 + 0.5 / height, u1 - 0.5 / width, v1 - 0.5 / height];
}

async function picture(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return createImageBitmap(await answer.blob());
}

/** The description of a cube, refused when it is none. */
function checked(cube) {
  const whole = Number.isInteger(cube.tile) && cube.tile > 0 && cube.levels?.length && cube.levels.every(({ size, tiles }) => size > 0 && tiles === Math.ceil(size / cube.tile)) && /^[fblrud]{6}$/.test(cube.faces ?? "") && typeof cube.path === "string";
  if (!whole) throw new Error("not a cube of tiles");
  return cube;
}
