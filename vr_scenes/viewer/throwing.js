// What one sees of a teleport and of comfort in a headset: a dotted arc, a ring where one will stand, a dark rim while one moves.

import { CylinderGeometry, DynamicDrawUsage, InstancedMesh, Matrix4, Mesh, MeshBasicMaterial, PlaneGeometry, RingGeometry, ShaderMaterial, SphereGeometry } from "three";

const DOTS = 40;

export class Arc extends InstancedMesh {
  constructor() {
    super(new SphereGeometry(0.022, 8, 6), new MeshBasicMaterial({ color: "#FFFDF8", toneMapped: false, fog: false, depthTest: false }), DOTS);
    this.instanceMatrix.setUsage(DynamicDrawUsage);
    this.frustumCulled = false;
    this.renderOrder = 40;
    this.ring = new Mesh(new RingGeometry(0.2, 0.28, 32), new MeshBasicMaterial({ color: "#A63A2B", toneMapped: false, fog: false, depthTest: false }));
    this.ring.rotation.x = -Math.PI / 2;
    this.ring.renderOrder = 41;
    this.turn = new Matrix4();
    this.add(this.ring);
    this.visible = false;
  }

  /** @param {number[][]} points in metres of the scene @param {number[] | null} landing */
  show(points, landing) {
    this.visible = true;
    // The first points are in the hand.
    const away = points.slice(3);
    this.count = Math.min(DOTS, away.length);
    for (let i = 0; i < this.count; i += 1) this.setMatrixAt(i, this.turn.makeTranslation(...away[Math.floor((i * away.length) / this.count)]));
    this.instanceMatrix.needsUpdate = true;
    this.material.color.set(landing ? "#FFFDF8" : "#8A8777");
    this.ring.visible = Boolean(landing);
    if (landing) this.ring.position.set(landing[0], landing[1] + 0.02, landing[2]);
  }

  free() {
    this.removeFromParent();
    for (const one of [this, this.ring]) {
      one.geometry.dispose();
      one.material.dispose();
    }
  }
}

/** A dark rim around the view; strength 0 is none. It hangs before the eyes. */
export class Rim extends Mesh {
  constructor() {
    super(new PlaneGeometry(4, 4), new ShaderMaterial({
      transparent: true, depthTest: false, depthWrite: false, fog: false, uniforms: { strength: { value: 0 } },
      vertexShader: "varying vec2 vAt; void main() { vAt = uv * 2.0 - 1.0; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }",
      fragmentShader: "uniform float strength; varying vec2 vAt; void main() { gl_FragColor = vec4(0.08, 0.09, 0.08, strength * smoothstep(0.16, 0.42, length(vAt))); }",
    }));
    this.position.z = -0.9;
    this.renderOrder = 60;
    this.frustumCulled = false;
  }

  /** Towards a strength, softly. */
  ease(to, seconds) {
    const { strength } = this.material.uniforms;
    strength.value += (to - strength.value) * Math.min(1, seconds * 8);
    this.visible = strength.value > 0.01;
  }

  free() {
    this.removeFromParent();
    this.geometry.dispose();
    this.material.dispose();
  }
}

/** A short wand, so that one sees one's hand and where it points. */
export class Wand extends Mesh {
  constructor() {
    super(new CylinderGeometry(0.006, 0.012, 0.16, 10), new MeshBasicMaterial({ color: "#2E4A62", toneMapped: false, fog: false }));
    this.rotation.x = -Math.PI / 2;
    this.position.z = -0.04;
  }

  free() {
    this.removeFromParent();
    this.geometry.dispose();
    this.material.dispose();
  }
}
