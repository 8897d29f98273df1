// Reads an SPZ file (versions 1 to 3, packed by gzip) far enough to draw its splats as plain points: places, colours, strength, size.
// The rule kept here: a header that promises more than the file holds, or than the visitor's device can carry, is refused before anything is made.

const MAGIC = 0x5053474e; // "NGSP"
const HEADER = 16;
const MOST = 8_000_000;
const COLOUR = 0.15; // what the format scales its first harmonic by

/** @typedef {{count: number, positions: Float32Array, colors: Uint8Array, alphas: Uint8Array, sizes: Float32Array}} Points positions in metres; colors three bytes a point; sizes the mean radius in metres */

/** @param {Uint8Array} bytes unpacked @returns {Points} Throws RangeError with what is wrong. */
export function readSpz(bytes) {
  if (bytes.length < HEADER) throw new RangeError("the file ends within its header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [magic, version, count] = [view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)];
  if (magic !== MAGIC || version < 1 || version > 3) throw new RangeError("not an SPZ file of version 1 to 3");
  if (count > MOST) throw new RangeError(`${count} splats are more than ${MOST}`);
  const width = version === 1 ? 2 : 3;
  if (bytes.length < HEADER + count * (3 * width + 1 + 3 + 3)) throw new RangeError("the file ends before its splats");
  const positions = version === 1 ? halves(view, HEADER, count * 3) : fixed(bytes, HEADER, count * 3, view.getUint8(13));
  const at = HEADER + count * 3 * width;
  return { count, positions, alphas: bytes.slice(at, at + count), colors: colours(bytes, at + count, count), sizes: sizes(bytes, at + count * 4, count) };
}

/** The bytes of a gzip file. Throws when they grow beyond `most`. */
export async function unpacked(stream, most = 400e6) {
  const parts = [];
  let size = 0;
  for await (const part of stream.pipeThrough(new DecompressionStream("gzip"))) {
    size += part.length;
    if (size > most) throw new RangeError(`more than ${most} bytes`);
    parts.push(part);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function fixed(bytes, at, count, bits) {
  const found = new Float32Array(count);
  const unit = 1 / 2 ** bits;
  for (let i = 0, p = at; i < count; i += 1, p += 3) found[i] = ((bytes[p] | (bytes[p + 1] << 8) | (bytes[p + 2] << 16)) << 8 >> 8) * unit;
  return found;
}

function halves(view, at, count) {
  const found = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const half = view.getUint16(at + 2 * i, true);
    const [sign, power, rest] = [half & 0x8000 ? -1 : 1, (half >> 10) & 31, half & 1023];
    found[i] = sign * (power ? 2 ** (power - 15) * (1 + rest / 1024) : 2 ** -14 * (rest / 1024));
  }
  return found;
}

function colours(bytes, at, count) {
  const found = new Uint8Array(count * 3);
  for (let i = 0; i < count * 3; i += 1) {
    const harmonic = (bytes[at + i] / 255 - 0.5) / COLOUR;
    found[i] = Math.min(255, Math.max(0, Math.round((0.5 + 0.28209479177387814 * harmonic) * 255)));
  }
  return found;
}

function sizes(bytes, at, count) {
  const found = new Float32Array(count);
  for (let i = 0; i < count; i += 1) found[i] = Math.exp((bytes[at + 3 * i] + bytes[at + 3 * i + 1] + bytes[at + 3 * i + 2]) / 48 - 10);
  return found;
}
