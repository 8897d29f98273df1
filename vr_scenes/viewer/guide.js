// The guide: a tour's steps with what is heard and what is read. Where a step has a recording, it is the clock, and its WebVTT the captions; else the text is spread over the step's seconds.

import { readVtt, saidAt, spread } from "./captions.js";
import { pick } from "./dom.js";
import { ENDED, IDLE, PLAYING, Tour } from "./tour.js";

export class Guide extends Tour {
  /**
   * @param {object} tour as the scene has it @param {string} language @param {(src: string) => string} url
   * @param {{step: Function, state: Function, speed: Function, end: Function, cue: (text: string) => void}} tell
   */
  constructor(tour, language, url, tell) {
    super(tour.steps, { ...tell, step: (step, index) => this.#begin(step, index), state: (state) => this.#become(state), seek: (at) => this.#seek(at), speed: (speed) => this.#pace(speed) });
    Object.assign(this, { id: tour.id, language, url, hear: tell, cues: [], muted: false, heard: false });
  }

  /** Whether any step has a recording in this language. */
  get spoken() {
    return this.steps.some((step) => this.#source(step.audio));
  }

  /** Whether the step in hand is heard now: then its recording is the clock. */
  get sounding() {
    return Boolean(this.heard && this.audio && !this.audio.error);
  }

  /** Seconds have passed. */
  pass(seconds) {
    if (this.sounding) this.follow(this.audio.currentTime, this.audio.duration);
    else this.tick(seconds);
    this.hear.cue(this.state === PLAYING ? saidAt(this.cues, this.at) : "");
  }

  setMuted(muted) {
    this.muted = muted;
    if (this.audio) this.audio.muted = muted;
  }

  dispose() {
    this.stop();
    this.#silence();
  }

  #begin(step, index) {
    this.#silence();
    this.cues = spread(pick(step.text, this.language), this.lengths[index]);
    this.hear.step(step, index);
    const source = this.#source(step.audio);
    if (source) this.#speak(source, this.#source(step.captions), index);
  }

  #speak(source, captions, index) {
    const audio = new Audio(this.url(source));
    Object.assign(audio, { preload: "auto", muted: this.muted, playbackRate: this.speed });
    this.audio = audio;
    const mine = () => this.audio === audio && this.index === index;
    audio.addEventListener("ended", () => mine() && this.state === PLAYING && this.next());
    // A recording that cannot be had leaves the text and its seconds.
    audio.addEventListener("error", () => mine() && (this.heard = false));
    audio.addEventListener("playing", () => mine() && (this.heard = true));
    if (captions) fetch(this.url(captions), { credentials: "same-origin" }).then((answer) => (answer.ok ? answer.text() : "")).then((file) => mine() && (this.cues = file ? readVtt(file) : this.cues), () => {});
    if (this.state === PLAYING) audio.play().catch(() => {});
  }

  #silence() {
    this.audio?.pause();
    this.audio = null;
    this.heard = false;
  }

  #become(state) {
    if (state === PLAYING) this.audio?.play().catch(() => {});
    else if (state === IDLE || state === ENDED) this.#silence();
    else this.audio?.pause();
    if (state !== PLAYING) this.hear.cue("");
    this.hear.state(state);
  }

  #seek(at) {
    if (this.audio) this.audio.currentTime = at;
  }

  #pace(speed) {
    if (this.audio) this.audio.playbackRate = speed;
    this.hear.speed(speed);
  }

  #source(map) {
    return typeof map === "string" ? map : (map?.[this.language] ?? "");
  }
}
