// The parts of the viewer that know neither three nor DOM: tour, pose, flight, visits. Run by `node --test`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Flight } from "../../vr_scenes/viewer/flight.js";
import { between, MAX_FOV, MIN_FOV, poseOf, turned, walked, wayOf, zoomed } from "../../vr_scenes/viewer/pose.js";
import { ENDED, IDLE, PAUSED, PLAYING, Tour } from "../../vr_scenes/viewer/tour.js";
import { Visits } from "../../vr_scenes/viewer/visits.js";

const STEPS = [{ stop: "a", seconds: 2, text: "" }, { stop: "b", seconds: 1, text: "" }, { stop: "b", seconds: 3, text: "", explode: 1 }];

function told() {
  const heard = [];
  const tour = new Tour(STEPS, { step: (step, index) => heard.push(`step ${index} ${step.stop}`), state: (state) => heard.push(state), end: () => heard.push("end") });
  return { heard, tour };
}

test("a tour plays its steps in order and ends once", () => {
  const { heard, tour } = told();
  tour.play();
  for (let passed = 0; passed < 10; passed += 0.5) tour.tick(0.5);
  assert.deepEqual(heard, [PLAYING, "step 0 a", "step 1 b", "step 2 b", ENDED, "end"]);
  assert.equal(tour.progress, 1);
});

test("nothing passes while a tour is paused", () => {
  const { heard, tour } = told();
  tour.play();
  tour.tick(1);
  tour.pause();
  tour.tick(100);
  assert.equal(tour.index, 0);
  tour.toggle();
  tour.tick(1);
  assert.deepEqual(heard, [PLAYING, "step 0 a", PAUSED, PLAYING, "step 1 b"]);
});

test("a sleeping tab skips no step", () => {
  const { tour } = told();
  tour.play();
  tour.tick(3600);
  assert.equal(tour.index, 1);
});

test("next and previous stay within the tour, and a tour that ended can be walked back", () => {
  const { tour } = told();
  tour.next();
  assert.equal(tour.index, -1);
  tour.play();
  tour.previous();
  assert.equal(tour.index, 0);
  tour.next();
  tour.next();
  tour.next();
  assert.equal(tour.state, ENDED);
  tour.previous();
  assert.deepEqual([tour.state, tour.index], [PAUSED, 1]);
});

test("an ended tour starts again from the first step; a stopped one forgets its place", () => {
  const { tour } = told();
  tour.play();
  tour.stop();
  assert.deepEqual([tour.state, tour.index, tour.progress], [IDLE, -1, 0]);
  tour.play();
  assert.equal(tour.index, 0);
});

test("a tour without steps is refused", () => assert.throws(() => new Tour([]), RangeError));

test("a camera becomes a pose that looks at its target", () => {
  const pose = poseOf({ position: [1, 2, 3], target: [4, 2, -1], fov: 50 });
  const [x, y, z] = wayOf(pose);
  assert.ok(Math.abs(x - 0.6) < 1e-9 && Math.abs(y) < 1e-9 && Math.abs(z + 0.8) < 1e-9);
});

test("turning, zooming and strolling stay within bounds", () => {
  const pose = poseOf({ position: [0, 1.6, 0], target: [0, 1.6, -1], fov: 50 });
  assert.ok(turned(pose, 0, 9).pitch < 1.3);
  assert.equal(zoomed(pose, 100).fov, MAX_FOV);
  assert.equal(zoomed(pose, 0.001).fov, MIN_FOV);
  const far = walked(pose, 50, 0, pose, 3);
  assert.ok(Math.abs(far.z + 3) < 1e-9 && far.y === 1.6);
  assert.ok(walked(pose, 0, 1, pose, 3).x > 0.99);
});

test("between two poses the eye turns the shorter way round", () => {
  const at = { x: 0, y: 0, z: 0, pitch: 0, fov: 50 };
  const half = between({ ...at, yaw: 3.0 }, { ...at, yaw: -3.0 }, 0.5);
  assert.ok(Math.abs(Math.cos(half.yaw) + 1) < 0.01);
});

test("a flight arrives, and a cut is there at once", () => {
  const from = { x: 0, y: 0, z: 0, yaw: 0, pitch: 0, fov: 50 };
  const to = { ...from, x: 10 };
  const flight = new Flight(from, to, { cut: false });
  assert.ok(flight.advance(0.2).x < 5 && !flight.over);
  assert.deepEqual(flight.advance(60), to);
  assert.ok(new Flight(from, to, { cut: true }).over);
});

test("visits are told for who is signed in, once a stop, and never fail", async () => {
  let now = 0;
  const sent = [];
  const send = (address, { body }) => (sent.push([address, JSON.parse(body)]), Promise.reject(new Error("no net")));
  const visits = new Visits("garden", { signedIn: true, now: () => now, send });
  visits.arrive("pond");
  now = 12.34;
  visits.arrive("pond");
  visits.arrive("pavilion");
  now = 13;
  visits.leave();
  assert.deepEqual(sent, [["/api/v1/records", { records: [{ item: "stop:garden/pond", verb: "experienced", seconds: 12.3 }] }]]);
  const stranger = new Visits("garden", { signedIn: false, now: () => (now += 9), send });
  stranger.arrive("pond");
  stranger.leave();
  assert.equal(sent.length, 1);
  new Visits("garden", { signedIn: true, now: () => (now += 9), send: () => { throw new Error("off"); } }).arrive("pond");
});
