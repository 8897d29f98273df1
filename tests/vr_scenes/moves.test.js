// How one moves and who follows whom: gamepad, going round a thing, movements by name, company. Run by `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Company, FOLLOW, LEAD, PAIR } from "../../vr_scenes/viewer/company.js";
import { sayer } from "../../vr_scenes/viewer/dom.js";
import { Eye } from "../../vr_scenes/viewer/eye.js";
import { wishes } from "../../vr_scenes/viewer/gamepad.js";
import { Motion } from "../../vr_scenes/viewer/motion.js";
import { drawn, orbited, poseOf, wayOf } from "../../vr_scenes/viewer/pose.js";

const POSE = { x: 1, y: 1.6, z: -2, yaw: 0.123456789, pitch: 0, fov: 55 };
const pad = (axes, down = []) => ({ axes, buttons: Array.from({ length: 16 }, (_, i) => ({ pressed: down.includes(i) })) });

test("issue 6 item 03: sticks at rest wish nothing, pushed ones walk and look, and a button is pressed once", () => {
  assert.deepEqual(wishes(pad([0.1, -0.1, 0.05, 0]), [], 0.1).walk, undefined);
  const found = wishes(pad([0, -1, 1, 0], [5, 12]), [], 0.1);
  assert.ok(found.walk[0] > 0.1 && found.look[0] < -0.1 && found.zoom < 1);
  assert.deepEqual(found.presses, ["next"]);
  assert.deepEqual(wishes(pad([0, 0, 0, 0], [5]), found.down, 0.1).presses, []);
});

test("issue 6 item 03: going round keeps the distance and the focus in the picture, and stays above the ground", () => {
  const focus = [0.5, 1, -1];
  let pose = poseOf({ position: [3, 2, 4], target: focus, fov: 50 });
  const far = Math.hypot(pose.x - 0.5, pose.y - 1, pose.z + 1);
  for (const [left, up] of [[0.4, 0.1], [-2, -0.3], [3, 9], [0, -99]]) {
    pose = orbited(pose, left, up, focus);
    assert.ok(Math.abs(Math.hypot(pose.x - 0.5, pose.y - 1, pose.z + 1) - far) < 1e-9);
    const way = wayOf(pose);
    const to = [0.5 - pose.x, 1 - pose.y, -1 - pose.z].map((one) => one / far);
    assert.ok(way.every((one, i) => Math.abs(one - to[i]) < 1e-6));
  }
  assert.ok(Math.abs(Math.hypot(...Object.values(drawn(pose, 0.001, focus, 2, 9)).slice(0, 3).map((one, i) => one - focus[i])) - 2) < 1e-9);
});

test("issue 6 item 06: under reduced motion, without a picture, and through walls the eye cuts; else it flies", () => {
  const eyeOf = ({ calm = false, stage = { isFree: () => true, isOutside: () => false, focus: () => {} } }) => {
    const cuts = [];
    const motion = new Motion(() => {});
    const eye = new Eye(motion, { stage: () => stage, calm: () => calm, wide: () => false, placed: () => {}, cut: (fade) => cuts.push(fade) });
    eye.put(POSE);
    eye.fly({ ...POSE, x: 9 });
    return { eye, motion, cuts };
  };
  assert.deepEqual([eyeOf({ calm: true }), eyeOf({ stage: null })].map(({ eye, cuts }) => [eye.pose.x, ...cuts]), [[9, false], [9, false]]);
  assert.deepEqual(eyeOf({ stage: { isFree: () => false } }).cuts, [true]);
  const { eye, motion } = eyeOf({});
  assert.equal(motion.moving.size, 1);
  for (let now = 1; motion.moving.size; now += 50) motion.frame(now);
  assert.equal(eye.pose.x, 9);
});

test("issue 6 item 03: one goes round what one stands outside of", () => {
  const made = (outside) => new Eye(new Motion(() => {}), { stage: () => ({ isOutside: () => outside, isFree: () => true, focus: () => {} }), calm: () => true, wide: () => false, placed: () => {}, cut: () => {} });
  for (const outside of [true, false]) {
    const eye = made(outside);
    eye.settle({ position: [0, 1, 4], target: [0, 1, 0], fov: 50 });
    eye.put(eye.home);
    eye.look(0.5, 0);
    assert.equal(Math.abs(eye.pose.x) > 0.5, outside);
  }
});

test("a movement ends the one of its name, and a sleeping tab makes no leap", () => {
  const seconds = [];
  const motion = new Motion(() => {});
  motion.start("a", () => assert.fail("was replaced"));
  motion.start("a", (passed) => (seconds.push(passed), seconds.length === 3));
  for (const now of [1000, 1016, 99_000, 99_016]) motion.frame(now);
  assert.equal(seconds.length, 3);
  assert.ok(Math.max(...seconds) <= 0.1);
});

function together(role) {
  const log = [];
  const clock = { now: 0 };
  const company = new Company({
    send: (message) => log.push(message), changed: () => {}, now: () => clock.now,
    follow: (view) => (log.push(["follow", view.stop]), company.moved(view)),
    join: (place) => (log.push(["join", place.index]), company.toured(place)),
  });
  company.hear({ hello: { code: "ABCDEF", role, count: 2 } });
  return { company, log, clock };
}

test("issue 6 item 04: who follows is led, looks around alone after moving, and comes back to where the others are now", () => {
  const { company, log } = together(FOLLOW);
  company.hear({ view: { stop: "a", pose: POSE } });
  assert.deepEqual([log, company.roaming], [[["follow", "a"]], false]);
  company.moved({ stop: "b", pose: POSE });
  assert.ok(company.roaming);
  company.hear({ view: { stop: "c", pose: POSE } });
  company.hear({ tour: { index: 1 } });
  assert.equal(log.length, 1, "one who looks around is left alone, and tells nobody");
  company.comeBack();
  assert.deepEqual([log.at(-1), company.roaming], [["follow", "c"], false]);
});

test("issue 6 item 04: who leads tells the newest view, four times a second at most, in short numbers, and is not led", () => {
  const { company, log, clock } = together(LEAD);
  for (const stop of ["a", "b", "c"]) company.moved({ stop, pose: POSE });
  company.flush();
  assert.deepEqual(log.map((one) => one.view.stop), ["a"]);
  clock.now = 0.3;
  company.flush();
  assert.deepEqual(log.map((one) => one.view.stop), ["a", "c"]);
  assert.equal(log[0].view.pose.yaw, 0.123);
  company.hear({ view: { stop: "x", pose: POSE } });
  assert.equal(log.length, 2);
});

test("issue 6 item 04: of two equals either leads, and an echo is not sent back", () => {
  const { company, log } = together(PAIR);
  company.hear({ tour: { index: 2 } });
  company.hear({ view: { stop: "a", pose: POSE } });
  assert.deepEqual(log, [["join", 2], ["follow", "a"]]);
  company.toured({ index: 3 });
  assert.deepEqual(log.at(-1), { tour: { index: 3 } });
});

test("words are filled in as they are, and a key without words says itself", () => {
  const say = sayer({ "scenes.viewer.a": { en: "{x} of {y}" } }, "en");
  assert.deepEqual([say("a", { x: "$&", y: 2 }), say("none")], ["$& of 2", "none"]);
});
