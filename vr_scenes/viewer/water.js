// The pond: a level mirror that is drawn once more from below, tinted and a little stirred. One class, disposed with the stage.

import { Matrix4, PerspectiveCamera, Plane, ShaderMaterial, Vector3, Vector4, WebGLRenderTarget, HalfFloatType } from "three";

const VERTEX = `
uniform mat4 mirrorMatrix; varying vec4 vMirror; varying vec3 vWorld;
void main() {
  vec4 world = modelMatrix * vec4(position, 1.0);
  vWorld = world.xyz; vMirror = mirrorMatrix * world;
  gl_Position = projectionMatrix * viewMatrix * world;
}`;
const FRAGMENT = `
uniform sampler2D mirror; uniform vec3 body, plain; uniform float still; varying vec4 vMirror; varying vec3 vWorld;
void main() {
  vec3 eye = normalize(cameraPosition - vWorld);
  float x = vWorld.x, z = vWorld.z;
  vec2 stir = vec2(sin(x * 5.1 + 2.0 * sin(z * 3.3)) + 0.5 * sin(x * 13.0 + z * 9.0), cos(z * 6.2 + 2.0 * sin(x * 2.7)) + 0.5 * cos(z * 15.0 - x * 7.0)) * 0.0032;
  vec3 seen = mix(texture2D(mirror, vMirror.xy / vMirror.w + stir).rgb, plain * (0.8 + 30.0 * (stir.x + stir.y)), still);
  float strength = 0.16 + 0.84 * pow(1.0 - clamp(eye.y, 0.0, 1.0), 3.0);
  gl_FragColor = vec4(mix(body, seen * vec3(0.86, 0.93, 0.88), strength), 1.0);
  #include <tonemapping_fragment>
  #include <colorspace_fragment>
}`;

export class Water {
  /** @param {import("three").Mesh} sheet the flat part of the model, replaced on the spot @param {number} size pixels of the mirror's longer side */
  constructor(sheet, size) {
    this.target = new WebGLRenderTarget(size, Math.round(size * 0.6), { type: HalfFloatType });
    this.eye = new PerspectiveCamera();
    this.matrix = new Matrix4();
    this.plane = new Plane();
    this.normal = new Vector3(0, 1, 0);
    this.clip = new Vector4();
    this.q = new Vector4();
    this.point = new Vector3();
    this.sheet = sheet;
    sheet.material = new ShaderMaterial({
      vertexShader: VERTEX, fragmentShader: FRAGMENT,
      uniforms: { mirror: { value: this.target.texture }, mirrorMatrix: { value: this.matrix }, body: { value: new Vector3(0.075, 0.115, 0.1) }, plain: { value: new Vector3(0.42, 0.5, 0.52) }, still: { value: 0 } },
    });
  }

  /** Draw the mirror for this camera. Called before the main picture. */
  reflect(renderer, scene, camera) {
    const level = this.sheet.geometry.attributes.position.getY(0);
    if (camera.position.y < level) return;
    this.#mirrorEye(camera, level);
    this.#clipBelow(level);
    const tone = renderer.toneMapping;
    renderer.toneMapping = 0; // the main picture tones it
    this.sheet.visible = false;
    renderer.setRenderTarget(this.target);
    renderer.clear();
    renderer.render(scene, this.eye);
    renderer.setRenderTarget(null);
    this.sheet.visible = true;
    renderer.toneMapping = tone;
  }

  /** Without a mirror: where two eyes look, one drawing of it would be wrong for both, and two would cost too much. */
  setPlain(on) {
    this.sheet.material.uniforms.still.value = on ? 1 : 0;
  }

  dispose() {
    this.target.dispose();
    this.sheet.material.dispose();
  }

  #mirrorEye(camera, level) {
    const e = this.eye;
    e.copy(camera, false);
    e.position.y = 2 * level - camera.position.y;
    camera.getWorldDirection(this.point);
    this.point.y *= -1;
    e.up.set(0, 1, 0);
    e.lookAt(this.point.add(e.position));
    e.updateMatrixWorld();
    e.projectionMatrix.copy(camera.projectionMatrix);
    e.projectionMatrixInverse.copy(camera.projectionMatrixInverse);
    // Seen through an eye that looks up from below, right stays right: only the texture is turned upside down by the projection itself.
    this.matrix.set(0.5, 0, 0, 0.5, 0, 0.5, 0, 0.5, 0, 0, 0.5, 0.5, 0, 0, 0, 1).multiply(e.projectionMatrix).multiply(e.matrixWorldInverse);
  }

  /** Lengyel's oblique near plane: nothing under the water is drawn into the mirror. */
  #clipBelow(level) {
    const e = this.eye;
    this.plane.setFromNormalAndCoplanarPoint(this.normal, this.point.set(0, level, 0)).applyMatrix4(e.matrixWorldInverse);
    this.clip.set(this.plane.normal.x, this.plane.normal.y, this.plane.normal.z, this.plane.constant);
    const m = e.projectionMatrix.elements;
    this.q.set((Math.sign(this.clip.x) + m[8]) / m[0], (Math.sign(this.clip.y) + m[9]) / m[5], -1, (1 + m[10]) / m[14]);
    this.clip.multiplyScalar(2 / this.clip.dot(this.q));
    [m[2], m[6], m[10], m[14]] = [this.clip.x, this.clip.y, this.clip.z + 1 - 0.003, this.clip.w];
  }
}

