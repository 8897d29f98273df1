// The picture: renderer, light, model, and drawing on demand. Knows poses and metres; knows nothing of tours, buttons or texts.

import {
  ACESFilmicToneMapping, Color, DirectionalLight, DoubleSide, Fog, HemisphereLight, Mesh, BackSide, MeshBasicMaterial, MeshLambertMaterial, PCFShadowMap, PerspectiveCamera, Raycaster, Scene, ShaderMaterial,
  SphereGeometry, Vector3, WebGLRenderer,
} from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { wayOf } from "./pose.js";
import { Water } from "./water.js";

const SUN = [0.46, 0.62, 0.55]; // the same sun as the stills' (vr_scenes/poster.py)
const REACH = 0.55; // metres kept from walls

export class Stage {
  /** @param {HTMLCanvasElement} canvas Throws where there is no WebGL. */
  constructor(canvas) {
    const context = canvas.getContext("webgl2", { antialias: true, powerPreference: "low-power" });
    if (!context) throw new Error("no WebGL");
    this.renderer = new WebGLRenderer({ canvas, context });
    this.soft = isSoftware(this.renderer);
    this.renderer.setPixelRatio(this.soft ? 1 : Math.min(2, globalThis.devicePixelRatio || 1));
    this.renderer.toneMapping = ACESFilmicToneMapping;
    this.renderer.toneMappingExposure = 0.74;
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.renderer.shadowMap.autoUpdate = false;
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(55, 16 / 9, 0.08, 260);
    this.ray = new Raycaster();
    this.point = new Vector3();
    this.way = new Vector3();
    this.movable = [];
    this.solid = [];
    this.asked = 0;
    this.onframe = () => {};
    this.#light();
  }

  /** Fetch and show a .glb. Rejects when it cannot be had. */
  async load(url) {
    const found = await new GLTFLoader().loadAsync(url);
    found.scene.traverse((node) => node.isMesh && this.#dress(node));
    this.scene.add(found.scene);
    this.scene.updateMatrixWorld(true);
    this.renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  resize(width, height) {
    if (!width || !height) return;
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.invalidate();
  }

  /** @param {import("./pose.js").Pose} pose On a narrow screen the opening is widened, so that what the stop shows stays in the picture. */
  place(pose) {
    this.camera.position.set(pose.x, pose.y, pose.z);
    const [x, y, z] = wayOf(pose);
    this.camera.lookAt(pose.x + x, pose.y + y, pose.z + z);
    const narrow = Math.max(1, 1.25 / this.camera.aspect);
    this.camera.fov = Math.min(88, (Math.atan(Math.tan((pose.fov * Math.PI) / 360) * narrow) * 360) / Math.PI);
    this.camera.updateProjectionMatrix();
    this.invalidate();
  }

  /** Open the object that comes apart: 0 closed, 1 open. */
  explode(share) {
    for (const { node, way, home } of this.movable) node.position.set(home.x + way[0] * share, home.y + way[1] * share, home.z + way[2] * share);
    this.scene.updateMatrixWorld(true);
    this.renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  /** Where a place in metres is on the picture: {x, y} 0..1 from the top left, or null when behind or out of it. */
  project(position) {
    const p = this.point.set(...position).applyMatrix4(this.camera.matrixWorldInverse);
    if (p.z > -0.1) return null;
    p.applyMatrix4(this.camera.projectionMatrix);
    if (Math.abs(p.x) > 0.97 || Math.abs(p.y) > 0.97) return null;
    return { x: (p.x + 1) / 2, y: (1 - p.y) / 2 };
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
    if (this.asked) return;
    this.asked = requestAnimationFrame((now) => {
      this.asked = 0;
      this.#draw();
      this.onframe(now);
    });
  }

  dispose() {
    cancelAnimationFrame(this.asked);
    this.water?.dispose();
    this.scene.traverse((node) => {
      node.geometry?.dispose();
      node.material?.map?.dispose();
      node.material?.dispose?.();
    });
    this.renderer.dispose();
  }

  #draw() {
    this.camera.updateMatrixWorld();
    this.water?.reflect(this.renderer, this.scene, this.camera);
    this.renderer.render(this.scene, this.camera);
  }

  #light() {
    this.scene.fog = new Fog(new Color(0.8, 0.84, 0.84), 12, 330);
    const sky = new HemisphereLight(new Color(0.8, 0.88, 0.98), new Color(0.4, 0.37, 0.31), 1.12 * Math.PI);
    const sun = new DirectionalLight(new Color(1, 0.909, 0.764), 2.75 * Math.PI);
    sun.position.set(...SUN).multiplyScalar(40);
    sun.castShadow = true;
    sun.shadow.mapSize.setScalar(2048);
    Object.assign(sun.shadow.camera, { left: -19, right: 19, top: 19, bottom: -19, near: 5, far: 80 });
    sun.shadow.bias = -0.0006;
    sun.shadow.normalBias = 0.03;
    this.scene.add(sky, sun, sun.target, dome());
  }

  #dress(node) {
    const given = node.material;
    if (node.userData.surface === "water") {
      this.water = new Water(node, this.soft ? 512 : 1024);
      return;
    }
    const far = given.isMeshBasicMaterial;
    const Kind = far ? MeshBasicMaterial : MeshLambertMaterial;
    node.material = new Kind({ map: given.map, color: given.color, vertexColors: true, side: given.side, alphaTest: given.alphaTest, fog: !far });
    node.material.shadowSide = DoubleSide; // thin roofs and walls have no back that could cast
    if (given.map) given.map.anisotropy = this.soft ? 1 : 8;
    given.dispose();
    node.castShadow = node.receiveShadow = !far;
    const leafy = given.alphaTest > 0;
    if (!far && !leafy) this.solid.push(node);
    if (node.userData.explode) this.movable.push({ node, way: node.userData.explode, home: node.position.clone() });
  }
}

/** The sky as a sphere that shades from the horizon up: the colours of the stills. */
function dome() {
  const material = new ShaderMaterial({
    side: BackSide, depthWrite: false, fog: false,
    vertexShader: "varying vec3 vWay; void main() { vWay = normalize(position); gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }",
    fragmentShader: `varying vec3 vWay; void main() {
      float share = pow(clamp(normalize(vWay).y * 1.5, 0.0, 1.0), 0.55);
      gl_FragColor = vec4(mix(vec3(0.83, 0.86, 0.84), vec3(0.36, 0.53, 0.70), share), 1.0);
      #include <tonemapping_fragment>
      #include <colorspace_fragment>
    }`,
  });
  const sky = new Mesh(new SphereGeometry(220, 24, 12), material);
  sky.renderOrder = -1;
  return sky;
}

function isSoftware(renderer) {
  const gl = renderer.getContext();
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return /swiftshader|llvmpipe|software/i.test(info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "");
}
