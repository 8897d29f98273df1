// Captions: reads WebVTT, or spreads a text over its seconds where there is no recording. Text only; markup in a cue is taken out.

/** @typedef {{start: number, end: number, text: string}} Cue seconds */

const TIME = /(?:(\d+):)?(\d\d):(\d\d)[.,](\d\d\d)/;
const LONGEST = 66; // letters of Latin, half as many Chinese, that are read at one glance

/** The cues of a WebVTT file in order; a damaged cue is passed over. @param {string} file @returns {Cue[]} */
export function readVtt(file) {
  const found = [];
  for (const block of file.replace(/\r\n?/g, "\n").split(/\n{2,}/)) {
    const lines = block.split("\n");
    const at = lines.findIndex((line) => line.includes("-->"));
    if (at < 0) continue;
    const [from, to] = lines[at].split("-->").map(secondsOf);
    const text = lines.slice(at + 1).join(" ").replace(/<[^>]*>/g, "").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&nbsp;/g, " ").replace(/&amp;/g, "&").trim();
    if (from !== null && to !== null && to > from && text) found.push({ start: from, end: to, text });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** A text as cues that last as long as they take to read, `seconds` together. @returns {Cue[]} */
export function spread(text, seconds) {
  const parts = pieces(text);
  const all = parts.reduce((sum, part) => sum + weight(part), 0);
  let at = 0;
  return parts.map((part) => {
    const start = at;
    at += (seconds * weight(part)) / all;
    return { start, end: at, text: part };
  });
}

/** What is said at `seconds`: a cue's text, or "". */
export function saidAt(cues, seconds) {
  return cues.find(({ start, end }) => seconds >= start && seconds < end)?.text ?? "";
}

/** Sentences, and the parts of long ones. Chinese stops need no space after them. */
function pieces(text) {
  const sentences = text.match(/[^。！？!?.]+(?:[。！？!?]+[”’」』）)]*|\.(?=\s|$)|\.|$)\s*/g) ?? [text];
  const joined = [];
  for (const sentence of sentences) {
    const last = joined.at(-1);
    // A dot inside a number ends no sentence.
    if (last && /\d\.$/.test(last) && /^\d/.test(sentence)) joined[joined.length - 1] = last + sentence;
    else joined.push(sentence);
  }
  return joined.flatMap((one) => (weight(one) > LONGEST ? halved(one) : [one])).map((one) => one.trim()).filter(Boolean);
}

function halved(sentence) {
  const parts = sentence.match(/[^，；：、,;:]+[，；：、,;:]*\s*/g) ?? [sentence];
  const found = [""];
  for (const part of parts) {
    if (found.at(-1) && weight(found.at(-1)) + weight(part) > LONGEST * 1.2) found.push(part);
    else found[found.length - 1] += part;
  }
  return found;
}

function weight(text) {
  return [...text].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
}

function secondsOf(text) {
  const found = TIME.exec(text);
  return found ? Number(found[1] ?? 0) * 3600 + Number(found[2]) * 60 + Number(found[3]) + Number(found[4]) / 1000 : null;
}
