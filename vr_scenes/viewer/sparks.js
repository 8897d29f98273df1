// Spark, for scenes with splats on devices that can draw them. A chunk of its own: it is larger than all of the viewer.

import { SparkRenderer, SplatMesh } from "@sparkjsdev/spark";

const SPARKS = new WeakMap(); // one for each renderer, as Spark wants it

/** Splats of an SPZ address. @returns {Promise<{object: SplatMesh, dispose: () => void}>} */
export async function makeSplats(url, { renderer, scene, dirty }) {
  if (!SPARKS.has(renderer)) {
    const spark = new SparkRenderer({ renderer, onDirty: dirty });
    SPARKS.set(renderer, spark);
    scene.add(spark);
  }
  const object = new SplatMesh({ url });
  await object.initialized;
  return { object, dispose: () => (object.removeFromParent(), object.dispose()) };
}
