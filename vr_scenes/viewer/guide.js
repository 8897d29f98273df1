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
    return Boolean(this.heard && this.audio && !this.audio.error && this.audio.duration > 0);
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
    this.audio = this.#player();
    Object.assign(this.audio, { src: this.url(source), muted: this.muted, defaultPlaybackRate: this.speed, playbackRate: this.speed });
    const mine = () => this.audio && this.index === index;
    if (captions) fetch(this.url(captions), { credentials: "same-origin" }).then((answer) => (answer.ok ? answer.text() : "")).then((file) => mine() && file && (this.cues = readVtt(file)), () => {});
    if (this.state === PLAYING) this.audio.play().catch(() => {});
  }

  /** One player for all steps: a phone lets only that play on which a finger has started. */
  #player() {
    if (this.player) return this.player;
    this.player = new Audio();
    this.player.preload = "auto";
    this.player.addEventListener("ended", () => this.audio && this.state === PLAYING && this.next());
    this.player.addEventListener("playing", () => (this.heard = Boolean(this.audio)));
    // A recording that cannot be had leaves the text and its seconds.
    this.player.addEventListener("error", () => (this.heard = false));
    return this.player;
  }

  #silence() {
    this.player?.pause();
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
    if (this.audio) Object.assign(this.audio, { defaultPlaybackRate: speed, playbackRate: speed });
    this.hear.speed(speed);
  }

  #source(map) {
    return typeof map === "string" ? map : (map?.[this.language] ?? "");
  }
}
