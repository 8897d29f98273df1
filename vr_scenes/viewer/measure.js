// Measuring: distances between picked points, and how they are said. Metres; neither three nor DOM.

/** Metres between two places. */
export function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** A length as one says it: centimetres below one metre, else metres, to what a scan can bear. */
export function said(metres, language) {
  const small = metres < 1;
  const digits = small ? 1 : metres < 20 ? 2 : 1;
  const number = new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(small ? metres * 100 : metres);
  if (language.startsWith("zh")) return `${number} ${small ? "厘米" : "米"}`;
  return `${number} ${small ? "cm" : "m"}`;
}

/** A measurement in the making: picks pair up; a third pick begins anew. */
export class Measure {
  constructor() {
    this.points = [];
  }

  /** @returns {number | null} metres when two points are there */
  pick(point) {
    if (this.points.length === 2) this.points = [];
    this.points.push(point);
    return this.metres;
  }

  get metres() {
    return this.points.length === 2 ? distance(...this.points) : null;
  }

  /** How high one point lies above the other, metres. */
  get rise() {
    return this.points.length === 2 ? Math.abs(this.points[0][1] - this.points[1][1]) : null;
  }

  clear() {
    this.points = [];
  }
}
