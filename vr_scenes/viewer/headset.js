// A headset by WebXR: enter, stand at a stop, teleport by an arc, turn by steps, sit or stand, read captions on a board, press its buttons, leave. A chunk of its own.
// Comfort is the rule kept here: the eye is never flown; turning goes in steps, walking under a dark rim, and places are changed by a cut.

import { Euler, Raycaster, Vector3 } from "three";
import { levelGround, thrown, vignette } from "./arc.js";
import { Board } from "./board.js";
import { eased } from "./pose.js";
import { Arc, Rim, Wand } from "./throwing.js";

const EYE = 1.6; // metres the stops' eyes stand above their ground
const TURN = Math.PI / 6;
const WALK = 1.3; // metres a second
const FAR = 1.55; // metres from the eye to the board
const STRAY = 0.6; // radians one may look away from the board before it comes along
const TABLE = { wide: 0.8, high: 0.75, ahead: 0.9 }; // metres: how a scene stands in a room

export class Headset {
  /** Ask for a session and go in. Rejects where it is refused. @param {import("./vr-scene.js").VrScene} scene @param {"immersive-vr" | "immersive-ar"} mode @param {{tour: Function, next: Function, previous: Function, left: Function}} tell */
  static async enter(scene, mode, tell) {
    const session = await navigator.xr.requestSession(mode, { optionalFeatures: ["local-floor", "hand-tracking"] });
    const { xr } = scene.stage.renderer;
    xr.enabled = true;
    xr.setReferenceSpaceType("local-floor");
    const floor = await xr.setSession(session).then(() => true, async () => (xr.setReferenceSpaceType("local"), await xr.setSession(session), false));
    return new Headset(scene, session, { tell, floor, mode });
  }

  constructor(scene, session, { tell, floor, mode }) {
    const { stage } = scene;
    Object.assign(this, { scene, stage, session, tell, floor, room: mode === "immersive-ar", seated: scene.hasAttribute("seated"), last: 0, frames: 0, turned: false, playing: scene.tour.state === "playing" });
    this.ray = new Raycaster();
    [this.from, this.way, this.head] = [new Vector3(), new Vector3(), new Vector3()];
    this.arc = new Arc();
    this.rim = new Rim();
    this.board = new Board(scene.tongue, this.#buttons(scene.say));
    stage.camera.add(this.rim);
    stage.scene.add(this.arc);
    stage.rig.add(this.board);
    this.hands = [0, 1].map((i) => this.#hand(i));
    session.addEventListener("end", () => this.#ended());
    this.#furnish();
    this.board.say(scene.panel.caption.textContent, scene.panel.title.textContent);
    scene.panel.status.textContent = scene.say("xr.in");
    stage.renderer.setAnimationLoop((now) => this.#frame(now));
  }

  /** How many eyes are drawn. */
  get views() {
    return this.stage.renderer.xr.getCamera().cameras.length;
  }

  /** Where one stands: metres of the scene, on the ground. */
  get feet() {
    return this.#headAt().setY(this.stage.rig.position.y).toArray();
  }

  /** Stand where a pose stands, and look where it looks. */
  stand(pose) {
    this.pose = pose;
    if (this.room) return;
    const { rig, camera } = this.stage;
    const turn = new Euler().setFromQuaternion(camera.quaternion, "YXZ").y;
    rig.rotation.set(0, pose.yaw - turn, 0);
    this.#feetTo(pose.x, pose.z);
    rig.position.y = this.seated || !this.floor ? pose.y - camera.position.y : pose.y - EYE;
    rig.updateMatrixWorld(true);
    this.placed = false;
  }

  /** What is said, on the board. */
  say(text, title) {
    this.board.say(text, title);
  }

  showTour(state) {
    this.playing = state === "playing";
    this.board.draw();
  }

  leave() {
    this.session.end().catch(() => {});
  }

  #buttons(say) {
    return [
      { key: "previous", label: () => say("xr.previous"), act: () => this.tell.previous() },
      { key: "tour", label: () => say(this.playing ? "xr.pause" : "xr.play"), act: () => this.tell.tour() },
      { key: "next", label: () => say("xr.next"), act: () => this.tell.next() },
      { key: "seated", label: () => say(this.seated ? "xr.standing" : "xr.seated"), act: () => this.#sit() },
      { key: "leave", label: () => say("xr.leave"), act: () => this.leave() },
    ];
  }

  #hand(i) {
    const hand = this.stage.renderer.xr.getController(i);
    this.stage.rig.add(hand);
    hand.wand = new Wand();
    hand.add(hand.wand);
    hand.hear = { selectstart: () => (this.aiming = hand), selectend: () => this.#let(hand), disconnected: () => this.aiming === hand && this.#let(null) };
    for (const [name, hear] of Object.entries(hand.hear)) hand.addEventListener(name, hear);
    return hand;
  }

  /** A scene stands on a table in the visitor's own room, else the visitor in the scene. */
  #furnish() {
    const { stage } = this;
    this.before = { at: stage.content.position.clone(), size: stage.content.scale.x };
    this.pose = this.scene.pose;
    stage.water?.setPlain(true);
    if (!this.room) return;
    const box = stage.bounds;
    const [middle, size] = [box.getCenter(new Vector3()), box.getSize(new Vector3())];
    const scale = TABLE.wide / Math.max(size.x, size.y, size.z, 0.01);
    stage.content.scale.setScalar(scale);
    stage.content.position.set(-middle.x * scale, TABLE.high - (this.floor ? 0 : EYE) - box.min.y * scale, -TABLE.ahead - middle.z * scale);
    stage.sky.dome.visible = false;
    stage.scene.fog = null;
    stage.changed();
  }

  #sit() {
    this.seated = !this.seated;
    this.stand({ ...this.pose, ...this.#gone() });
    this.board.draw();
  }

  #gone() {
    const { x, z } = this.#headAt();
    return { x, z, yaw: new Euler().setFromQuaternion(this.stage.camera.getWorldQuaternion(this.stage.camera.quaternion.clone()), "YXZ").y };
  }

  #frame(now) {
    const seconds = this.last ? Math.min(0.1, (now - this.last) / 1000) : 0;
    this.last = now;
    // The head's place is known when the first frame has been drawn.
    this.frames += 1;
    if (this.frames === 2) this.stand(this.pose);
    this.#sticks(seconds);
    this.#aim();
    this.#hangBoard(seconds);
    this.stage.onframe(now);
    this.stage.draw();
  }

  #headAt() {
    return this.stage.camera.getWorldPosition(this.head);
  }

  /** Move the ground so that the feet are at (x, z). */
  #feetTo(x, z) {
    const { rig } = this.stage;
    rig.updateMatrixWorld(true);
    const head = this.#headAt();
    rig.position.x += x - head.x;
    rig.position.z += z - head.z;
    rig.updateMatrixWorld(true);
  }

  /** Left stick walks under a rim, right stick turns by steps. */
  #sticks(seconds) {
    let [speed, turn] = [0, 0];
    for (const { gamepad, handedness } of this.session.inputSources) {
      const [x, y] = [gamepad?.axes[2] ?? 0, gamepad?.axes[3] ?? 0];
      if (handedness === "right") turn = Math.abs(x) > 0.6 ? -Math.sign(x) : turn;
      else if (Math.hypot(x, y) > 0.2 && !this.room) speed = this.#stroll(x, y, seconds);
    }
    if (turn && !this.turned) this.#turn(turn * TURN);
    this.turned = Boolean(turn);
    this.rim.ease(vignette(speed * 1.6), seconds);
  }

  #turn(by) {
    if (this.room) return void (this.stage.content.rotation.y += by);
    const head = this.#headAt().clone();
    this.stage.rig.rotation.y += by;
    this.#feetTo(head.x, head.z);
  }

  #stroll(x, y, seconds) {
    const way = this.stage.camera.getWorldDirection(this.way).setY(0).normalize();
    const [dx, dz] = [(-way.z * x - way.x * y) * WALK * seconds, (way.x * x - way.z * y) * WALK * seconds];
    const { rig } = this.stage;
    if (this.#isFree(dx, dz)) rig.position.set(rig.position.x + dx, rig.position.y, rig.position.z + dz);
    rig.updateMatrixWorld(true);
    return Math.hypot(x, y) * WALK;
  }

  /** Nothing solid within that way of the chest. */
  #isFree(dx, dz) {
    const far = Math.hypot(dx, dz);
    if (!far) return true;
    this.ray.set(this.#headAt().clone().setY(this.head.y - 0.4), new Vector3(dx / far, 0, dz / far));
    this.ray.far = far + 0.3;
    return !this.ray.intersectObjects(this.stage.solid, false).length;
  }

  /** Where a hand points: at a button of the board, else along the arc while its trigger is held. */
  #aim() {
    let over = -1;
    for (const hand of this.hands) over = Math.max(over, this.#button(hand));
    if (over < 0) this.board.pointed(null);
    if (!this.aiming || this.room) return void (this.arc.visible = false);
    if (this.#button(this.aiming) >= 0) return void (this.arc.visible = false);
    const { rig } = this.stage;
    const way = this.way.set(0, 0, -1).transformDirection(this.aiming.matrixWorld).toArray();
    const { points, landing } = thrown(this.from.setFromMatrixPosition(this.aiming.matrixWorld).toArray(), way, levelGround(rig.position.y));
    this.landing = landing && this.#ground(landing);
    this.arc.show(points, this.landing);
  }

  /** Ground one can stand on near a landing, none behind a wall. */
  #ground(landing) {
    const head = this.#headAt();
    if (!this.#isFree(landing[0] - head.x, landing[2] - head.z)) return null;
    this.ray.set(new Vector3(landing[0], landing[1] + 1.4, landing[2]), new Vector3(0, -1, 0));
    this.ray.far = 2.6;
    const [met] = this.ray.intersectObjects(this.stage.solid, false);
    return met ? met.point.toArray() : landing;
  }

  /** The number of the board's button that a hand points at, -1 for none. */
  #button(hand) {
    this.ray.set(this.from.setFromMatrixPosition(hand.matrixWorld), this.way.set(0, 0, -1).transformDirection(hand.matrixWorld));
    this.ray.far = 6;
    const [met] = this.ray.intersectObject(this.board.plate);
    return met ? this.board.pointed(met.uv) : -1;
  }

  /** The trigger is let go: press what is pointed at, or be where the arc ends. */
  #let(hand) {
    const aimed = this.aiming;
    this.aiming = null;
    this.arc.visible = false;
    if (!hand || aimed !== hand) return;
    const over = this.#button(hand);
    if (over >= 0) return this.board.buttons[over].act();
    if (this.room || !this.landing) return;
    this.#feetTo(this.landing[0], this.landing[2]);
    this.stage.rig.position.y = this.landing[1] + (this.seated || !this.floor ? EYE - this.stage.camera.position.y : 0);
    this.landing = null;
    this.placed = false;
  }

  /** Before the eyes, a little low; it comes along only when one has turned away from it. */
  #hangBoard(seconds) {
    const { camera } = this.stage;
    const yaw = new Euler().setFromQuaternion(camera.quaternion, "YXZ").y;
    const off = Math.atan2(Math.sin(yaw - (this.boardYaw ?? yaw)), Math.cos(yaw - (this.boardYaw ?? yaw)));
    if (this.placed && Math.abs(off) < STRAY && !this.coming) return;
    this.coming = this.placed && Math.abs(off) > 0.05;
    this.boardYaw = this.placed ? this.boardYaw + off * eased(Math.min(1, seconds * 6)) : yaw;
    this.placed = true;
    this.board.position.set(camera.position.x - Math.sin(this.boardYaw) * FAR, camera.position.y - 0.6, camera.position.z - Math.cos(this.boardYaw) * FAR);
    this.board.rotation.set(-0.28, this.boardYaw, 0, "YXZ");
  }

  #ended() {
    const { stage, scene } = this;
    stage.renderer.setAnimationLoop(null);
    stage.renderer.xr.enabled = false;
    for (const hand of this.hands) {
      for (const [name, hear] of Object.entries(hand.hear)) hand.removeEventListener(name, hear);
      hand.wand.free();
      hand.removeFromParent();
    }
    for (const one of [this.arc, this.rim]) one.free();
    this.board.dispose();
    stage.water?.setPlain(false);
    stage.rig.position.set(0, 0, 0);
    stage.rig.rotation.set(0, 0, 0);
    stage.content.position.copy(this.before.at);
    stage.content.scale.setScalar(this.before.size);
    stage.content.rotation.y = 0;
    stage.sky.dome.visible = !stage.xray.on;
    stage.scene.fog = stage.sky.haze;
    scene.panel.status.textContent = scene.say("xr.out");
    stage.changed();
    this.tell.left();
  }
}
