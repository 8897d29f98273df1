// Materials: what comes in a model file is turned into the few kinds the stage draws, and can be seen through for teaching.

import { DoubleSide, MeshBasicMaterial, MeshLambertMaterial, ShaderMaterial } from "three";

/** Give a mesh the stage's own material; its file's one is let go. @param {import("three").Mesh} mesh @param {{soft: boolean, shadows?: boolean}} how */
export function dress(mesh, { soft, shadows = true }) {
  const given = mesh.material;
  const flat = given.isMeshBasicMaterial;
  const Kind = flat ? MeshBasicMaterial : MeshLambertMaterial;
  const made = new Kind({ map: given.map, color: given.color, vertexColors: Boolean(mesh.geometry.attributes.color), side: given.side, alphaTest: given.alphaTest, transparent: given.transparent, opacity: given.opacity, fog: !flat });
  if (!flat) {
    made.flatShading = given.flatShading || !mesh.geometry.attributes.normal;
    made.emissive.copy(given.emissive ?? made.emissive);
    made.emissiveMap = given.emissiveMap ?? null;
    if (!soft) Object.assign(made, { normalMap: given.normalMap ?? null, aoMap: given.aoMap ?? null });
  }
  made.shadowSide = DoubleSide; // thin roofs and walls have no back that could cast
  if (given.map) given.map.anisotropy = soft ? 1 : 8;
  mesh.material = made;
  mesh.castShadow = mesh.receiveShadow = shadows && !flat;
  given.dispose();
  return made;
}

/** Free what a tree of nodes holds on the graphics card. */
export function release(tree) {
  tree.traverse((node) => {
    node.geometry?.dispose();
    for (const material of [node.material, node.userData.clothes].flat()) {
      for (const name of ["map", "normalMap", "aoMap", "emissiveMap"]) material?.[name]?.dispose();
      material?.dispose?.();
    }
  });
}

/** While something is cut, one sees into it: surfaces show their inner side too. */
export function opened(tree, on) {
  tree.traverse(({ material }) => {
    if (!material?.isMeshLambertMaterial && !material?.isMeshBasicMaterial) return;
    material.userData.side ??= material.side;
    const side = on ? DoubleSide : material.userData.side;
    if (material.side === side) return;
    material.side = side;
    material.needsUpdate = true;
  });
}

/** Seen through: edges towards the eye are faint, turned away they are dark, as on an old X-ray plate. Points stay as they are. */
export class Xray {
  constructor() {
    this.on = false;
    this.material = new ShaderMaterial({
      transparent: true, depthWrite: false, side: DoubleSide, clipping: true, fog: false,
      vertexShader: `varying vec3 vNormal; varying vec3 vEye;
      #include <clipping_planes_pars_vertex>
      void main() {
        vec3 transformed = position;
        vec4 mvPosition = modelViewMatrix * vec4(transformed, 1.0);
        vNormal = normalMatrix * normal; vEye = -mvPosition.xyz;
        gl_Position = projectionMatrix * mvPosition;
        #include <clipping_planes_vertex>
      }`,
      fragmentShader: `varying vec3 vNormal; varying vec3 vEye;
      #include <clipping_planes_pars_fragment>
      void main() {
        #include <clipping_planes_fragment>
        float facing = abs(dot(normalize(vNormal + vec3(1e-6)), normalize(vEye)));
        gl_FragColor = vec4(0.06, 0.13, 0.2, 0.05 + 0.5 * pow(1.0 - facing, 1.8));
        #include <colorspace_fragment>
      }`,
    });
  }

  /** Put it on or take it off everything under `tree` that is a surface. */
  apply(tree) {
    tree.traverse((node) => {
      if (!node.isMesh || node.userData.sky || node.userData.picture) return;
      if (this.on && node.material !== this.material) [node.userData.clothes, node.material] = [node.material, this.material];
      else if (!this.on && node.userData.clothes) [node.material, node.userData.clothes] = [node.userData.clothes, undefined];
    });
  }
}
