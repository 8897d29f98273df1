// Answers requests of meshopt.py over standard input and output: simplify, reorder, encode, decode, by npm's meshoptimizer.
// The rule kept here: a request and its answer are a JSON line with the lengths of the byte blocks that follow it; nothing else is written.

import { MeshoptEncoder } from "meshoptimizer/encoder";
import { MeshoptDecoder } from "meshoptimizer/decoder";
import { MeshoptSimplifier } from "meshoptimizer/simplifier";

await Promise.all([MeshoptEncoder.ready, MeshoptDecoder.ready, MeshoptSimplifier.ready]);

const words = (bytes) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const floats = (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const raw = (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

const DOES = {
  simplify({ stride, weights, target, error, flags }, [indices, positions, attributes, lock]) {
    const [made, found] = weights.length
      ? MeshoptSimplifier.simplifyWithAttributes(words(indices), floats(positions), 3, floats(attributes), stride, weights, lock.length ? lock : null, target, error, flags)
      : MeshoptSimplifier.simplify(words(indices), floats(positions), 3, target, error, flags);
    return [{ error: found * MeshoptSimplifier.getScale(floats(positions), 3) }, raw(made)];
  },
  sloppy({ target, error }, [indices, positions]) {
    const [made, found] = MeshoptSimplifier.simplifySloppy(words(indices), floats(positions), 3, null, target, error);
    return [{ error: found * MeshoptSimplifier.getScale(floats(positions), 3) }, raw(made)];
  },
  reorder({ triangles }, [indices]) {
    const kept = new Uint32Array(words(indices));
    const [remap, unique] = MeshoptEncoder.reorderMesh(kept, triangles, true);
    return [{ unique }, raw(kept), raw(remap)];
  },
  points(_, [positions]) {
    return [{}, raw(MeshoptEncoder.reorderPoints(floats(positions), 3))];
  },
  encode({ count, size, mode }, [source]) {
    return [{}, MeshoptEncoder.encodeGltfBuffer(source, count, size, mode)];
  },
  octahedral({ count, bits, size }, [source]) {
    return [{}, MeshoptEncoder.encodeFilterOct(floats(source), count, size, bits)];
  },
  decode({ count, size, mode, filter }, [source]) {
    const made = new Uint8Array(count * size);
    MeshoptDecoder.decodeGltfBuffer(made, count, size, source, mode, filter);
    return [{}, made];
  },
};

/** Reads exact numbers of bytes from standard input; block starts are copied, so that typed views are aligned. */
class Reader {
  constructor(stream) {
    this.chunks = stream[Symbol.asyncIterator]();
    this.rest = Buffer.alloc(0);
  }

  async #more() {
    const { value, done } = await this.chunks.next();
    if (done) return null;
    return value;
  }

  async line() {
    let at;
    while ((at = this.rest.indexOf(10)) < 0) {
      const more = await this.#more();
      if (!more) return null;
      this.rest = Buffer.concat([this.rest, more]);
    }
    const text = this.rest.subarray(0, at).toString("utf8");
    this.rest = this.rest.subarray(at + 1);
    return text;
  }

  async bytes(length) {
    const made = new Uint8Array(length);
    let filled = Math.min(length, this.rest.length);
    made.set(this.rest.subarray(0, filled));
    this.rest = this.rest.subarray(filled);
    while (filled < length) {
      const more = await this.#more();
      if (!more) throw new Error("cut off");
      const taken = Math.min(length - filled, more.length);
      made.set(more.subarray(0, taken), filled);
      filled += taken;
      this.rest = more.subarray(taken);
    }
    return made;
  }
}

const write = (bytes) => new Promise((resolve, reject) => process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())));

const reader = new Reader(process.stdin);
for (let line = await reader.line(); line !== null; line = await reader.line()) {
  const { does, lengths, ...values } = JSON.parse(line);
  const blocks = [];
  for (const length of lengths) blocks.push(await reader.bytes(length));
  let answer, made;
  try {
    [answer, ...made] = DOES[does](values, blocks);
  } catch (error) {
    [answer, made] = [{ failed: String(error.message ?? error).slice(0, 300) }, []];
  }
  await write(JSON.stringify({ ...answer, lengths: made.map((one) => one.byteLength) }) + "\n");
  for (const one of made) await write(one);
}
