// The caption board of a headset: words and buttons on a canvas, as a panel in the scene. Letters are some 1.6 degrees high at its distance, for reading without effort.

import { CanvasTexture, Group, Mesh, MeshBasicMaterial, PlaneGeometry, SRGBColorSpace } from "three";

const [WIDE, TALL] = [1024, 512]; // pixels of the canvas
const METRES = 1.25;
const LETTER = 42;
const LINE = 58;
const FOOT = 104;
const INK = "#1F2421";

export class Board extends Group {
  /** @param {string} language @param {{key: string, label: () => string, act: () => void}[]} buttons */
  constructor(language, buttons) {
    super();
    Object.assign(this, { language, buttons, title: "", text: "", over: -1 });
    this.canvas = Object.assign(document.createElement("canvas"), { width: WIDE, height: TALL });
    this.texture = new CanvasTexture(this.canvas);
    this.texture.colorSpace = SRGBColorSpace;
    this.plate = new Mesh(new PlaneGeometry(METRES, (METRES * TALL) / WIDE), new MeshBasicMaterial({ map: this.texture, toneMapped: false, fog: false, depthTest: false, transparent: true }));
    this.plate.renderOrder = 50;
    this.add(this.plate);
    this.draw();
  }

  /** New words. Without a title the old one stays. */
  say(text, title = this.title) {
    if (text === this.text && title === this.title) return;
    Object.assign(this, { text, title });
    this.draw();
  }

  /** Which button a ray's hit is on (uv of the plate), -1 for none; it is shown as pointed at. */
  pointed(uv) {
    const over = uv && (1 - uv.y) * TALL > TALL - FOOT ? Math.min(this.buttons.length - 1, Math.floor((uv.x * WIDE) / (WIDE / this.buttons.length))) : -1;
    if (over !== this.over) {
      this.over = over;
      this.draw();
    }
    return over;
  }

  draw() {
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, WIDE, TALL);
    pen.fillStyle = "rgba(247, 244, 236, .96)";
    pen.fillRect(0, 0, WIDE, TALL);
    pen.fillStyle = "#A63A2B";
    pen.fillRect(0, 0, 10, TALL);
    pen.fillStyle = INK;
    pen.textBaseline = "top";
    pen.font = `600 ${LETTER}px "Noto Serif SC", "Source Serif 4", serif`;
    const room = WIDE - 90;
    const head = lines(pen, this.title, room).slice(0, 1);
    pen.fillText(head[0] ?? "", 46, 30);
    pen.font = `${LETTER}px "Noto Serif SC", "Source Serif 4", serif`;
    const most = Math.floor((TALL - FOOT - 112) / LINE);
    lines(pen, this.text, room).slice(0, most).forEach((line, i) => pen.fillText(line, 46, 100 + i * LINE));
    this.#drawButtons(pen);
    this.texture.needsUpdate = true;
  }

  dispose() {
    this.removeFromParent();
    this.texture.dispose();
    this.plate.geometry.dispose();
    this.plate.material.dispose();
  }

  #drawButtons(pen) {
    const wide = WIDE / this.buttons.length;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.font = `34px "Noto Sans SC", "Source Sans 3", sans-serif`;
    this.buttons.forEach(({ label }, i) => {
      pen.fillStyle = i === this.over ? "#A63A2B" : "#FFFDF8";
      pen.fillRect(i * wide + 6, TALL - FOOT + 6, wide - 12, FOOT - 14);
      pen.strokeStyle = INK;
      pen.lineWidth = 2;
      pen.strokeRect(i * wide + 6, TALL - FOOT + 6, wide - 12, FOOT - 14);
      pen.fillStyle = i === this.over ? "#FFFDF8" : INK;
      pen.fillText(label(), (i + 0.5) * wide, TALL - FOOT / 2, wide - 20);
    });
    pen.textAlign = "start";
  }
}

/** A text in lines that fit: Chinese breaks between any letters but before a stop, Latin between words. */
function lines(pen, text, room) {
  const pieces = text.match(/[\u2e80-\uffef][，。！？；：、”’」』）》]*|[^\s\u2e80-\uffef]+\s*|\s+/g) ?? [];
  const found = [""];
  for (const piece of pieces) {
    if (found.at(-1) && pen.measureText((found.at(-1) + piece).trimEnd()).width > room) found.push(piece.trimStart());
    else found[found.length - 1] += piece;
  }
  return found.filter(Boolean);
}
