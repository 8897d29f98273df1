// Sky, sun and haze: one light for the whole scene, as the stills have it, or that of an hour of the day.

import { BackSide, CircleGeometry, Color, DirectionalLight, Fog, Group, HemisphereLight, Mesh, ShaderMaterial, ShadowMaterial, SphereGeometry } from "three";
import { lightAt } from "./hours.js";

const USUAL = { way: [0.46, 0.62, 0.55], sun: [1, 0.909, 0.764], strength: 1, sky: 1, zenith: [0.36, 0.53, 0.7], horizon: [0.83, 0.86, 0.84] }; // the same sun as the stills' (vr_scenes/poster.py)
const STUDIO = { zenith: [0.66, 0.65, 0.6], horizon: [0.9, 0.875, 0.81] }; // a paper backdrop, in light
const REACH = 19; // metres around the middle that cast shadows

export class Sky extends Group {
  /** @param {Fog | null} haze is made here and belongs to the scene */
  constructor() {
    super();
    this.haze = new Fog(new Color(0.8, 0.84, 0.84), 12, 330);
    this.above = new HemisphereLight(new Color(0.8, 0.88, 0.98), new Color(0.4, 0.37, 0.31));
    this.sun = new DirectionalLight();
    this.sun.castShadow = true;
    this.sun.shadow.mapSize.setScalar(2048);
    this.sun.shadow.bias = -0.0006;
    this.sun.shadow.normalBias = 0.03;
    this.dome = dome();
    this.spread({ x: 0, y: 0, z: 0 }, REACH);
    this.add(this.above, this.sun, this.sun.target, this.dome);
    this.setHour(null);
  }

  /** The light of an hour of the day, of the scene's own with null. */
  setHour(hour) {
    this.hour = hour;
    const light = hour === null ? USUAL : lightAt(hour);
    this.level = Math.min(1, light.sky);
    this.sun.color.setRGB(...light.sun);
    // Before paper the light is softer, so that what is white stays white and not blank.
    const soft = this.floor && hour === null ? [0.55, 0.8] : [1, 1];
    this.sun.intensity = 2.75 * Math.PI * light.strength * soft[0];
    this.above.intensity = 1.12 * Math.PI * light.sky * soft[1];
    this.sun.position.set(...light.way).multiplyScalar(this.far).add(this.sun.target.position);
    const behind = this.floor && hour === null ? STUDIO : light;
    this.dome.material.toneMapped = behind !== STUDIO;
    this.dome.material.needsUpdate = true;
    this.dome.material.uniforms.zenith.value.setRGB(...behind.zenith);
    this.dome.material.uniforms.horizon.value.setRGB(...behind.horizon);
    this.haze.color.setRGB(...light.horizon.map((one) => one * 0.965));
  }

  /** Let shadows, sky and haze reach as far as the scene: its middle and half its width in metres. */
  spread(middle, reach) {
    this.far = Math.max(4, reach * 2.1);
    this.sun.target.position.set(middle.x, 0, middle.z);
    Object.assign(this.sun.shadow.camera, { left: -reach, right: reach, top: reach, bottom: -reach, near: this.far * 0.1, far: this.far * 2 });
    this.sun.shadow.camera.updateProjectionMatrix();
    this.haze.far = Math.max(330, reach * 12);
  }

  /** A thing one goes round stands before paper, with its shadow on the floor: at height `y`, so many metres around a middle. */
  lay({ x, z }, y, reach) {
    this.floor ??= new Mesh(new CircleGeometry(1, 48), new ShadowMaterial({ opacity: 0.16, fog: false }));
    this.floor.rotation.x = -Math.PI / 2;
    this.floor.position.set(x, y - 0.001, z);
    this.floor.scale.setScalar(reach * 3);
    this.floor.receiveShadow = true;
    this.add(this.floor);
  }

  dispose() {
    this.floor?.geometry.dispose();
    this.floor?.material.dispose();
    this.sun.dispose();
    this.dome.geometry.dispose();
    this.dome.material.dispose();
  }
}

/** The sky as a sphere around the eye that shades from the horizon up. */
function dome() {
  const material = new ShaderMaterial({
    side: BackSide, depthWrite: false, depthTest: false, fog: false, uniforms: { zenith: { value: new Color() }, horizon: { value: new Color() } },
    vertexShader: `varying vec3 vWay; void main() {
      vWay = normalize(position);
      gl_Position = projectionMatrix * vec4(mat3(viewMatrix) * position, 1.0);
    }`,
    fragmentShader: `uniform vec3 zenith, horizon; varying vec3 vWay; void main() {
      float share = pow(clamp(normalize(vWay).y * 1.5, 0.0, 1.0), 0.55);
      gl_FragColor = vec4(mix(horizon, zenith, share), 1.0);
      #include <tonemapping_fragment>
      #include <colorspace_fragment>
    }`,
  });
  const sky = new Mesh(new SphereGeometry(40, 24, 12), material);
  sky.renderOrder = -10;
  sky.frustumCulled = false;
  sky.userData.sky = true;
  return sky;
}
