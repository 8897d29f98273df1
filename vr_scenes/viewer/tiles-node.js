// Meshes and clouds of points as 3D Tiles: 3d-tiles-renderer chooses and fetches the tiles, under the stage's budget of bytes, error and points.
// A tileset stands +Z up by its standard, a scene +Y up: the turn between them is made here. This module is a chunk of its own.

import { PointsMaterial, Vector2 } from "three";
import { TilesRenderer } from "3d-tiles-renderer/three";

const FAULTS = 3; // failed tiles after which a root that never came is given up
const PATIENCE = 4000; // milliseconds for the first tile after its tileset
const HELD = 5; // bytes on the graphics card and beside it for a byte of a packed tile, roughly

export class TilesNode {
  constructor(node, house) {
    Object.assign(this, { node, house, turned: 0 });
    this.grain = { value: new Vector2(2, 700) }; // of points: least pixels, and pixels a metre at one metre's distance
  }

  /** Resolves when the first tile is seen. Rejects when the tileset cannot be had. */
  async open() {
    const { stage, group, url } = this.house;
    const tiles = new TilesRenderer(url(this.node.src));
    this.tiles = tiles;
    tiles.fetchOptions = { credentials: "same-origin" };
    tiles.manager.addHandler(/\.(gltf|glb)$/g, await this.house.loader());
    this.#limit(tiles);
    tiles.setCamera(stage.camera);
    tiles.group.rotation.x = -Math.PI / 2;
    group.add(tiles.group);
    tiles.addEventListener("needs-update", () => stage.invalidate());
    tiles.addEventListener("needs-render", () => stage.invalidate());
    tiles.addEventListener("load-model", ({ scene, tile }) => this.#dress(scene, tile));
    tiles.addEventListener("dispose-model", ({ scene }) => {
      this.#count(scene, -1);
      scene.traverse(({ material }) => material?.dispose()); // the stage's own, which the tiles do not know of
    });
    tiles.addEventListener("tile-visibility-change", () => stage.changed());
    const seen = new Promise((resolve, reject) => {
      let failed = 0;
      tiles.addEventListener("load-model", () => resolve());
      // Where the eye looks elsewhere nothing comes; the scene is there all the same.
      tiles.addEventListener("load-tileset", () => setTimeout(resolve, PATIENCE));
      tiles.addEventListener("load-error", ({ tile, error }) => (!tile || (failed += 1) >= FAULTS) && reject(error));
    });
    this.update(stage.eye);
    stage.changed();
    await seen;
    tiles.update();
    stage.changed();
  }

  get holds() {
    return { bytes: (this.tiles?.lruCache.cachedBytes ?? 0) / HELD, triangles: this.turned };
  }

  update(eye) {
    if (!this.tiles) return;
    const shown = this.house.group.visible;
    this.tiles.group.visible = shown;
    if (!shown) return;
    const { renderer, camera } = this.house.stage;
    // More points than the budget: only what is coarser is asked for, until the count fits.
    const over = this.node.kind === "points" ? this.#visiblePoints() / eye.points : 1;
    this.tiles.errorTarget = eye.limit * Math.max(1, over) ** 0.75;
    // A point is as wide as the gaps that the error allows between points.
    this.grain.value.set(Math.min(6.5, Math.max(1.6, this.tiles.errorTarget * 0.9)), eye.height / (2 * Math.tan((eye.fov * Math.PI) / 360)));
    this.tiles.setResolutionFromRenderer(camera, renderer);
    this.tiles.update();
  }

  dispose() {
    this.tiles?.dispose();
    this.house.group.removeFromParent();
  }

  #limit({ lruCache, downloadQueue, parseQueue }) {
    const { budget } = this.house.stage;
    lruCache.maxBytesSize = budget.bytes;
    lruCache.minBytesSize = budget.bytes * 0.7;
    downloadQueue.maxJobsPerOrigin = budget.jobs;
    parseQueue.maxJobs = 2;
  }

  #visiblePoints() {
    let count = 0;
    this.tiles.group.traverseVisible((node) => (count += node.isPoints ? node.geometry.attributes.position.count : 0));
    return count;
  }

  #dress(scene, tile) {
    const { stage } = this.house;
    scene.traverse((node) => {
      if (node.isPoints) node.material = this.#grain(node, tile);
      else if (node.isMesh) stage.dressTile(node);
    });
    this.#count(scene, 1);
    stage.changed();
  }

  #count(scene, sign) {
    scene.traverse((node) => node.isMesh && (this.turned += (sign * (node.geometry.index?.count ?? node.geometry.attributes.position.count)) / 3));
  }

  /** Points as discs that are as wide as the gaps between them where one comes nearer than the cloud is dense, and never less than what is seen. */
  #grain(node, tile) {
    node.material.dispose();
    const leaf = !tile.children?.length;
    const spacing = leaf ? (tile.geometricError || (tile.parent?.geometricError ?? 0) / 2) : 0;
    const colored = Boolean(node.geometry.attributes.color);
    const made = new PointsMaterial({ vertexColors: colored, size: 1, sizeAttenuation: false, toneMapped: !colored, fog: false });
    if (!colored) made.color.setRGB(0.5, 0.56, 0.52);
    made.onBeforeCompile = (shader) => {
      shader.uniforms.spacing = { value: spacing };
      shader.uniforms.grain = this.grain;
      shader.vertexShader = shader.vertexShader
        .replace("uniform float size;", "uniform float size; uniform float spacing; uniform vec2 grain;")
        .replace("gl_PointSize = size;", "gl_PointSize = clamp(spacing * grain.y / max(0.01, -mvPosition.z), grain.x, grain.x * 9.0);");
      shader.fragmentShader = shader.fragmentShader.replace("#include <clipping_planes_fragment>", "vec2 off = gl_PointCoord - 0.5; if (dot(off, off) > 0.25) discard;\n#include <clipping_planes_fragment>");
    };
    made.customProgramCacheKey = () => "grain";
    return made;
  }
}

