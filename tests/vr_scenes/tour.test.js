// The tour's state machine beyond its first form, and what is said when: speed, seek, recordings as the clock, places told to others, captions. Run by `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readVtt, saidAt, spread } from "../../vr_scenes/viewer/captions.js";
import { ENDED, hiddenAt, IDLE, PAUSED, PLAYING, SPEEDS, Tour } from "../../vr_scenes/viewer/tour.js";

const STEPS = [{ stop: "a", seconds: 2, text: "" }, { stop: "b", seconds: 4, text: "" }, { stop: "c", seconds: 3, text: "" }];

function told() {
  const heard = [];
  const tell = { step: (step, index) => heard.push(`step ${index}`), state: (state) => heard.push(state), speed: (one) => heard.push(`speed ${one}`), seek: (at) => heard.push(`seek ${at}`), end: () => heard.push("end") };
  return { heard, tour: new Tour(STEPS, tell) };
}

test("issue 6 item 04: twice the speed takes half the time", () => {
  const { tour } = told();
  tour.setSpeed(2);
  tour.play();
  let seconds = 0;
  while (tour.state !== ENDED) {
    tour.tick(0.25);
    seconds += 0.25;
  }
  assert.equal(seconds, tour.total / 2);
});

test("issue 6 item 04: speeds go round and stay within bounds", () => {
  const { heard, tour } = told();
  for (const _ of SPEEDS) tour.cycleSpeed();
  assert.equal(tour.speed, 1);
  assert.deepEqual(heard, ["speed 1.25", "speed 1.5", "speed 2", "speed 0.75", "speed 1"]);
  tour.setSpeed(99);
  assert.equal(tour.speed, 3);
  tour.setSpeed("nonsense");
  assert.equal(tour.speed, 1);
});

test("issue 6 item 04: seeking lands in the step that holds the second", () => {
  const { heard, tour } = told();
  tour.seek(3.5);
  assert.deepEqual([tour.state, tour.index, tour.at, tour.elapsed], [PAUSED, 1, 1.5, 3.5]);
  tour.seek(5);
  assert.deepEqual([tour.index, tour.at], [1, 3]);
  assert.deepEqual(heard, [PAUSED, "step 1", "seek 1.5", "seek 3"]);
  tour.seek(-7);
  assert.deepEqual([tour.index, tour.at], [0, 0]);
  tour.seek(1e9);
  assert.deepEqual([tour.index, tour.left], [2, 0]);
});

test("issue 6 item 04: a tour that plays goes on playing where one seeks", () => {
  const { tour } = told();
  tour.play();
  tour.seek(6.5);
  assert.deepEqual([tour.state, tour.index], [PLAYING, 2]);
  tour.tick(3);
  assert.equal(tour.state, ENDED);
});

test("issue 6 item 04: a recording is the clock of its step and gives it its length", () => {
  const { tour } = told();
  tour.play();
  tour.follow(5, 10);
  assert.deepEqual([tour.index, tour.at, tour.total], [0, 5, 17]);
  tour.follow(10, 10);
  assert.equal(tour.index, 0, "the end of the recording turns the page, not its clock");
  tour.next();
  assert.deepEqual([tour.index, tour.elapsed], [1, 10]);
  tour.follow(1, NaN);
  assert.equal(tour.at, 0);
});

test("issue 6 item 04: one joins where another is, and nonsense is refused", () => {
  const [leader, pupil] = [told().tour, told().tour];
  leader.play();
  leader.tick(1);
  leader.next();
  leader.tick(1.5);
  pupil.join(leader.place);
  assert.deepEqual(pupil.place, { index: 1, at: 1.5, state: PLAYING, speed: 1 });
  leader.stop();
  pupil.join(leader.place);
  assert.equal(pupil.state, IDLE);
  for (const wrong of [{ index: 3, state: PLAYING }, { index: 0.5, state: PLAYING }, { index: 0, state: "dancing" }, { index: "0", state: PAUSED }]) assert.throws(() => pupil.join(wrong), RangeError);
});

test("issue 6 item 04: a step shows what is shown at it alone, and hides what it hides, wherever one came from", () => {
  const steps = [{}, { show: ["frame"] }, { show: ["frame", "roof"], hide: ["wall"] }, {}];
  assert.deepEqual(steps.map((step) => hiddenAt(steps, step)), [["frame", "roof"], ["roof"], ["wall"], ["frame", "roof"]]);
  assert.deepEqual(hiddenAt(STEPS, STEPS[0]), []);
});

test("issue 6 item 04: a usual speed up or down stops at the ends", () => {
  const { tour } = told();
  for (let i = 0; i < 9; i += 1) tour.stepSpeed(1);
  assert.equal(tour.speed, 2);
  for (let i = 0; i < 9; i += 1) tour.stepSpeed(-1);
  assert.equal(tour.speed, 0.75);
});

test("issue 6 item 04: WebVTT is read, with or without hours, and its markup left out", () => {
  const cues = readVtt("\ufeffWEBVTT\r\n\r\nNOTE nothing\r\n\r\n1\r\n00:01.000 --> 00:02.500 align:start\r\n<v Guide>这是 &amp; 月洞门\r\n\r\n00:00:02.500 --> 00:00:04.000\r\nA circle\r\nof stone\r\n\r\n00:09.000 --> 00:08.000\r\nbackwards\r\n");
  assert.deepEqual(cues, [{ start: 1, end: 2.5, text: "这是 & 月洞门" }, { start: 2.5, end: 4, text: "A circle of stone" }]);
  assert.deepEqual([0.5, 1, 2.5, 4].map((at) => saidAt(cues, at)), ["", "这是 & 月洞门", "A circle of stone", ""]);
  assert.deepEqual(readVtt("not a caption"), []);
});

test("issue 6 item 04: a text without a recording is spread over its seconds, sentence by sentence, and nothing is lost", () => {
  for (const text of ["这是月洞门。半径一米二的圆，框住了池水、曲桥和对岸的亭子。跨过石槛，我们就走进画里。", "This is the moon gate, a circle of 1.20 metres radius round pond, bridge and pavilion. Over the sill, and we are in the picture.", "one word"]) {
    const cues = spread(text, 20);
    assert.equal(cues.map((cue) => cue.text).join("").replace(/\s/g, ""), text.replace(/\s/g, ""));
    assert.ok(Math.abs(cues.at(-1).end - 20) < 1e-9);
    for (let at = 0; at < 19.9; at += 0.1) assert.ok(saidAt(cues, at));
    assert.ok(!cues.some((cue) => /1\.$/.test(cue.text)), "a number is not cut");
  }
});
