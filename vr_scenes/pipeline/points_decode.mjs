// Decodes GLB tiles with npm's meshoptimizer decoder and writes their points as plain rows: an eye of its own for bench and tests.
// The rule kept here: it shares no line with what wrote the tiles. It reads the tileset, and writes for each point three doubles
// (metres, +Z up, from the tileset's zero) and three colour bytes.
//   node points_decode.mjs <tileset.json> <out.bin>

import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { MeshoptDecoder } from "meshoptimizer/decoder";

await MeshoptDecoder.ready;

const KIND = { 5121: Uint8Array, 5123: Uint16Array, 5126: Float32Array };
const ROW = 27;

function parts(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== 0x46546c67 || view.getUint32(8, true) !== bytes.length) throw new Error("not a whole GLB");
  const length = view.getUint32(12, true);
  const head = JSON.parse(Buffer.from(bytes.subarray(20, 20 + length)).toString("utf8"));
  return [head, bytes.subarray(28 + length)];
}

function rows(head, body, number) {
  const accessor = head.accessors[number];
  const { byteOffset, byteLength, byteStride, count, mode, filter } = head.bufferViews[accessor.bufferView].extensions.EXT_meshopt_compression;
  const plain = new Uint8Array(count * byteStride);
  MeshoptDecoder.decodeGltfBuffer(plain, count, byteStride, body.subarray(byteOffset, byteOffset + byteLength), mode, filter);
  const values = new KIND[accessor.componentType](plain.buffer);
  return { count: accessor.count, step: byteStride / values.BYTES_PER_ELEMENT, values };
}

function points(file) {
  const [head, body] = parts(readFileSync(file));
  const [node] = head.nodes;
  const { POSITION, COLOR_0 } = head.meshes[0].primitives[0].attributes;
  const [place, colour] = [rows(head, body, POSITION), rows(head, body, COLOR_0)];
  const made = Buffer.alloc(place.count * ROW);
  for (let i = 0, at = 0; i < place.count; i += 1, at += ROW) {
    const [x, y, z] = [0, 1, 2].map((axis) => place.values[i * place.step + axis] * node.scale[axis] + node.translation[axis]);
    made.writeDoubleLE(x, at);
    made.writeDoubleLE(-z, at + 8);
    made.writeDoubleLE(y, at + 16);
    for (let c = 0; c < 3; c += 1) made[at + 24 + c] = colour.values[i * colour.step + c];
  }
  return made;
}

const [, , tileset, target] = process.argv;
const out = openSync(target, "w");
const tiles = [JSON.parse(readFileSync(tileset, "utf8")).root];
while (tiles.length) {
  const tile = tiles.pop();
  if (tile.content) writeSync(out, points(join(dirname(tileset), tile.content.uri)));
  tiles.push(...(tile.children ?? []));
}
closeSync(out);
