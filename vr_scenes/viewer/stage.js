// The picture: renderer, light, content, and drawing on demand under a frame budget. Knows poses and metres; knows nothing of tours, buttons or texts.

import { ACESFilmicToneMapping, Box3, Color, Group, PCFShadowMap, PerspectiveCamera, Plane, Raycaster, Scene, Vector2, Vector3, WebGLRenderer } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { budgetOf, deviceOf } from "./device.js";
import { dress, opened, release, Xray } from "./dress.js";
import { Governor } from "./governor.js";
import { wayOf } from "./pose.js";
import { Sky } from "./sky.js";
import { Water } from "./water.js";

const REACH = 0.55; // metres kept from walls
const PAPER = new Color("#EFEBE0");
const SETTLED = 280; // milliseconds after which a still picture is drawn sharp
const WALLS = 120_000; // triangles: what has more is not asked whether one can walk through

export class Stage {
  /** @param {HTMLCanvasElement} canvas Throws where there is no WebGL. */
  constructor(canvas) {
    const context = canvas.getContext("webgl2", { antialias: true, powerPreference: "low-power" });
    if (!context) throw new Error("no WebGL");
    this.renderer = new WebGLRenderer({ canvas, context });
    this.soft = isSoftware(this.renderer);
    this.budget = budgetOf(deviceOf(this.soft));
    this.governor = new Governor(this.budget.frame, (quality) => this.#weaken(quality));
    this.renderer.setPixelRatio(this.budget.ratio);
    this.renderer.toneMapping = ACESFilmicToneMapping;
    this.renderer.toneMappingExposure = 0.74;
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.renderer.shadowMap.autoUpdate = false;
    this.#furnish();
    canvas.addEventListener("webglcontextrestored", () => this.changed());
    this.asked = 0;
    this.onframe = () => {};
  }

  #furnish() {
    this.scene = new Scene();
    this.sky = new Sky();
    this.scene.fog = this.sky.haze;
    this.content = new Group();
    this.rig = new Group(); // the ground under the eye: it moves in a headset only
    this.camera = new PerspectiveCamera(55, 16 / 9, 0.08, 900);
    this.rig.add(this.camera);
    this.scene.add(this.sky, this.content, this.rig);
    this.ray = new Raycaster();
    this.ray.params.Points.threshold = 0.06;
    this.point = new Vector3();
    this.way = new Vector3();
    this.xray = new Xray();
    this.movable = [];
    this.solid = [];
    this.share = 0;
  }

  /** Fetch and show a .glb that is all of a scene. Rejects when it cannot be had. */
  async load(url) {
    const found = await new GLTFLoader().loadAsync(url);
    this.add(found.scene);
  }

  /** Show a tree of nodes that came from a model file. */
  add(tree, { shadows = true, parent = this.content, triangles = 0 } = {}) {
    tree.traverse((node) => node.isMesh && this.#dress(node, shadows, triangles <= WALLS));
    parent.add(tree);
    this.changed();
  }

  /** A surface of a tile: dressed like any other, but one never asks whether it is a wall. */
  dressTile(mesh) {
    dress(mesh, { soft: this.soft, shadows: false });
  }

  /** Let go of such a tree. */
  remove(tree) {
    const gone = new Set();
    tree.traverse((node) => gone.add(node));
    this.movable = this.movable.filter(({ node }) => !gone.has(node));
    this.solid = this.solid.filter((node) => !gone.has(node));
    tree.removeFromParent();
    release(tree);
    this.changed();
  }

  /** Something came, went or moved: shadows are drawn anew. */
  changed() {
    if (this.share) this.#spreadParts();
    this.xray.apply(this.content);
    if (this.renderer.clippingPlanes.length) opened(this.content, true);
    this.scene.updateMatrixWorld(true);
    this.renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  resize(width, height) {
    if (!width || !height || this.renderer.xr.isPresenting) return;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.invalidate();
  }

  /** @param {import("./pose.js").Pose} pose On a narrow screen the opening is widened, so that what the stop shows stays in the picture. */
  place(pose) {
    this.pose = pose;
    this.camera.position.set(pose.x, pose.y, pose.z);
    const [x, y, z] = wayOf(pose);
    this.camera.lookAt(pose.x + x, pose.y + y, pose.z + z);
    const narrow = Math.max(1, 1.25 / this.camera.aspect);
    this.camera.fov = Math.min(88, (Math.atan(Math.tan((pose.fov * Math.PI) / 360) * narrow) * 360) / Math.PI);
    this.camera.updateProjectionMatrix();
    this.invalidate();
  }

  /** See as near and as far as a view needs that looks so many metres ahead: a coin, a room, a valley. */
  focus(metres) {
    this.camera.near = Math.min(2, Math.max(0.01, Math.min(0.08, metres * 0.03), metres * 0.0005));
    this.camera.far = Math.max(900, metres * 8);
    this.camera.updateProjectionMatrix();
  }

  /** What the loaders ask: where the eye is, how it looks, and on how many pixels. */
  get eye() {
    const at = this.camera.getWorldPosition(this.point).toArray();
    const height = this.renderer.getDrawingBufferSize(new Vector2()).y;
    return { at, yaw: this.pose?.yaw ?? 0, pitch: this.pose?.pitch ?? 0, fov: this.camera.fov, aspect: this.camera.aspect, height, limit: this.budget.error * this.governor.quality.error, points: this.budget.points * this.governor.quality.points };
  }

  /** Open the object that comes apart: 0 closed, 1 open. */
  explode(share) {
    this.share = share;
    this.#spreadParts();
    this.scene.updateMatrixWorld(true);
    this.renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  #spreadParts() {
    for (const { node, way, home } of this.movable) node.position.set(home.x + way[0] * this.share, home.y + way[1] * this.share, home.z + way[2] * this.share);
  }

  setHour(hour) {
    this.sky.setHour(hour);
    // What is painted flat takes no light: it is dimmed as the sky is.
    this.content.traverse(({ material }) => {
      if (!material?.isMeshBasicMaterial || !material.toneMapped) return;
      material.userData.own ??= material.color.clone();
      material.color.copy(material.userData.own).multiplyScalar(this.sky.level);
    });
    this.changed();
  }

  setXray(on) {
    this.xray.on = on;
    this.sky.dome.visible = !on;
    this.scene.background = on ? PAPER : null;
    this.changed();
  }

  /** Cut everything on one side of a plane away. @param {{normal: number[], offset: number} | null} plane what lies at normal·p > offset (metres) goes */
  setClip(plane) {
    this.renderer.clippingPlanes = plane ? [new Plane(new Vector3(...plane.normal).negate(), plane.offset).normalize()] : [];
    opened(this.content, Boolean(plane));
    this.invalidate();
  }

  /** Fit light, haze and what one stands outside of to what is shown now. @param {boolean} whole a place to be in, not a thing to go round */
  frame(whole) {
    this.outline = whole ? null : this.bounds;
    if (!this.outline || this.outline.isEmpty()) return;
    const { x, z } = this.outline.getSize(new Vector3());
    const [middle, reach] = [this.outline.getCenter(new Vector3()), Math.min(120, Math.max(0.2, Math.hypot(x, z) * 0.6))];
    this.sky.spread(middle, reach);
    if (this.isOutside(this.camera.position.toArray())) this.sky.lay(middle, this.outline.min.y, reach);
    this.sky.setHour(this.sky.hour);
    this.changed();
  }

  /** Whether a place is outside of all that is shown, above its foot: then one goes round it. */
  isOutside(position) {
    return Boolean(this.outline && !this.outline.isEmpty() && !this.outline.containsPoint(this.point.set(...position)));
  }

  /** The box around everything that is shown, metres. */
  get bounds() {
    const box = new Box3();
    for (const child of this.content.children) if (child.visible && !child.userData.picture) box.expandByObject(child);
    return box;
  }

  /** The box around what is near enough to be cut or looked into: in a place to be in, its walls and things, not the far hills. */
  get extent() {
    if (this.outline || !this.solid.length) return this.bounds;
    return this.solid.reduce((box, node) => box.expandByObject(node), new Box3());
  }

  /** Where a place in metres is on the picture: {x, y} 0..1 from the top left, or null when behind or out of it. */
  project(position) {
    const p = this.point.set(...position).applyMatrix4(this.camera.matrixWorldInverse);
    if (p.z > -0.1) return null;
    p.applyMatrix4(this.camera.projectionMatrix);
    if (Math.abs(p.x) > 0.97 || Math.abs(p.y) > 0.97) return null;
    return { x: (p.x + 1) / 2, y: (1 - p.y) / 2 };
  }

  /** What is seen at a place of the picture (0..1 from the top left): [x, y, z] in metres, or null. */
  pick(x, y) {
    this.camera.updateMatrixWorld();
    this.ray.setFromCamera(new Vector2(x * 2 - 1, 1 - y * 2), this.camera);
    this.ray.far = Infinity;
    const shown = this.renderer.clippingPlanes;
    const met = this.ray.intersectObject(this.content, true).find((one) => !one.object.userData.picture && isShown(one.object) && shown.every((plane) => plane.distanceToPoint(one.point) >= 0));
    return met ? met.point.toArray() : null;
  }

  /** Whether one could walk from the camera that far along a level way (dx, dz). */
  isFree(dx, dz) {
    const far = Math.hypot(dx, dz);
    if (far < 1e-4) return true;
    this.ray.set(this.point.copy(this.camera.position).setY(this.camera.position.y - 0.35), this.way.set(dx / far, 0, dz / far));
    this.ray.far = far + REACH;
    return this.ray.intersectObjects(this.solid, false).length === 0;
  }

  /** Draw once, soon. There is no loop while nothing moves. */
  invalidate() {
    if (this.asked || this.renderer.xr.isPresenting) return;
    const [at, chained] = [performance.now(), this.inframe];
    this.asked = requestAnimationFrame((now) => {
      this.asked = 0;
      this.#measure(now, at, chained);
      this.draw();
      this.drawn = now;
      this.inframe = true;
      this.onframe(now);
      this.inframe = false;
    });
  }

  draw() {
    if (!this.renderer.xr.isPresenting) {
      this.camera.updateMatrixWorld();
      this.water?.reflect(this.renderer, this.scene, this.camera);
    }
    this.renderer.render(this.scene, this.camera);
  }

  dispose() {
    cancelAnimationFrame(this.asked);
    clearTimeout(this.rest);
    this.water?.dispose();
    release(this.scene);
    this.sky.dispose();
    this.xray.material.dispose();
    this.renderer.dispose();
  }

  /** A frame that follows at once on another tells how long frames take; one asked for from outside, only whether it came late. */
  #measure(now, at, chained) {
    const took = chained ? now - this.drawn : now - at;
    if (chained || took > this.budget.frame * 1.5) this.governor.took(took);
    clearTimeout(this.rest);
    if (this.soft || !this.governor.step) return;
    if (this.sharp) this.#ratio(this.governor.quality.ratio);
    this.sharp = false;
    this.rest = setTimeout(() => {
      this.sharp = true;
      this.#ratio(1);
      this.draw();
    }, SETTLED);
  }

  #weaken(quality) {
    this.#ratio(quality.ratio);
    this.invalidate();
  }

  #ratio(share) {
    this.renderer.setPixelRatio(this.budget.ratio * share);
  }

  #dress(node, shadows, walls) {
    if (node.userData.surface === "water") {
      this.water?.dispose();
      this.water = new Water(node, this.soft ? 512 : 1024);
      return;
    }
    const made = dress(node, { soft: this.soft, shadows });
    if (walls && made.fog && !(made.alphaTest > 0)) this.solid.push(node);
    if (node.userData.explode) this.movable.push({ node, way: node.userData.explode, home: node.position.clone() });
  }
}

function isShown(node) {
  for (let one = node; one; one = one.parent) if (!one.visible) return false;
  return true;
}

function isSoftware(renderer) {
  const gl = renderer.getContext();
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return /swiftshader|llvmpipe|software/i.test(info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "");
}
