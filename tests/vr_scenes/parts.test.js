// The viewer's other parts without three or DOM: ladder, budget, governor, cube tiles, splats as points, hours, teleport, measure. Run by `node --test`.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import { levelGround, thrown, vignette } from "../../vr_scenes/viewer/arc.js";
import { edges, FACES, levelFor, wanted, wayTo } from "../../vr_scenes/viewer/cubetiles.js";
import { budgetOf } from "../../vr_scenes/viewer/device.js";
import { Governor, STEPS } from "../../vr_scenes/viewer/governor.js";
import { lightAt, standsAt, turns } from "../../vr_scenes/viewer/hours.js";
import { away, chosen, pixelsOf, within } from "../../vr_scenes/viewer/ladder.js";
import { Measure, said } from "../../vr_scenes/viewer/measure.js";
import { readSpz, unpacked } from "../../vr_scenes/viewer/spz.js";

const LEVELS = [{ src: "a", bytes: 100e3, triangles: 5e3, error: 0.02 }, { src: "b", bytes: 900e3, triangles: 60e3, error: 0.004 }, { src: "c", bytes: 9e6, triangles: 600e3, error: 0 }];
const CUBE = { tile: 512, faces: "fblrud", levels: [{ size: 512, tiles: 1 }, { size: 1024, tiles: 2 }, { size: 2000, tiles: 4 }] };

test("issue 6 item 03: the level is the coarsest whose error nobody sees", () => {
  const seen = { fov: 55, height: 800, limit: 2 };
  assert.equal(chosen(LEVELS, { ...seen, distance: 20 }), 0);
  assert.equal(chosen(LEVELS, { ...seen, distance: 2 }), 1);
  assert.equal(chosen(LEVELS, { ...seen, distance: 0.4 }), 2);
  assert.ok(Math.abs(pixelsOf(1, 1, 90, 1000) - 500) < 1e-6);
});

test("issue 6 item 03: a level beyond the budget is not taken, but the first always is", () => {
  const near = { fov: 55, height: 800, limit: 1, distance: 0.3 };
  assert.equal(chosen(LEVELS, { ...near, most: { triangles: 70e3 } }), 1);
  assert.equal(chosen(LEVELS, { ...near, most: { bytes: 10 } }), 0);
  assert.deepEqual([within(LEVELS, "triangles", 1e5), within(LEVELS, "triangles", 1)], [1, 0]);
  assert.equal(away([0, 0, 0], { min: { x: 3, y: 4, z: 0 }, max: { x: 9, y: 9, z: 0 } }), 5);
});

test("issue 6 item 03: a weak device carries less in every way", () => {
  const [soft, small, phone, desk] = [budgetOf({ soft: true, memory: 32, cores: 16 }), budgetOf({ memory: 2, touch: true, ratio: 3 }), budgetOf({ memory: 4, cores: 8, touch: true, ratio: 3 }), budgetOf({ memory: 16, cores: 12 })];
  for (const name of ["bytes", "triangles", "points", "splats"]) assert.ok(soft[name] <= phone[name] && small[name] < phone[name] && phone[name] < desk[name], name);
  assert.equal(soft.splats, 0);
  assert.ok(phone.ratio === 2 && soft.ratio === 1 && soft.error > desk.error);
});

test("issue 6 item 03: slow frames drop detail step by step, quick ones bring it back, a pause does neither", () => {
  const steps = [];
  const governor = new Governor(28, (step) => steps.push(step.ratio));
  for (let i = 0; i < 40; i += 1) governor.took(45);
  assert.deepEqual(steps, STEPS.slice(1).map((step) => step.ratio));
  for (let i = 0; i < 90; i += 1) governor.took(12);
  assert.equal(governor.step, STEPS.length - 2);
  governor.took(60_000);
  assert.equal(governor.slow, 0);
});

test("issue 6 item 03: the six faces close to a cube and meet at their edges", () => {
  const near = (a, b) => a.every((one, i) => Math.abs(one - b[i]) < 1e-9);
  assert.ok(near(wayTo("f", 1, 0.3), wayTo("r", 0, 0.3)) && near(wayTo("r", 1, 0.3), wayTo("b", 0, 0.3)) && near(wayTo("b", 1, 0.3), wayTo("l", 0, 0.3)) && near(wayTo("l", 1, 0.3), wayTo("f", 0, 0.3)));
  assert.ok(near(wayTo("u", 0.3, 1), wayTo("f", 0.3, 0)) && near(wayTo("d", 0.3, 0), wayTo("f", 0.3, 1)));
  for (const { ahead, right, down } of Object.values(FACES)) assert.ok([ahead, right, down].every((way) => Math.hypot(...way) === 1));
});

test("issue 6 item 03: only tiles in the picture are asked for, the middle first, and no ray of it falls beside them", () => {
  for (const look of [{ yaw: 0.4, pitch: 0.2, fov: 60, aspect: 1.6 }, { yaw: 3, pitch: -1.1, fov: 75, aspect: 0.5 }]) {
    const found = wanted(CUBE, 2, look);
    assert.ok(found.length > 3 && found.length < 60, `${found.length}`);
    assert.deepEqual(found.map((tile) => tile.off), found.map((tile) => tile.off).toSorted((a, b) => a - b));
    const keys = new Set(found.map((tile) => tile.key));
    for (const ray of rays(look)) assert.ok(keys.has(tileOf(ray)), tileOf(ray));
  }
});

test("issue 6 item 03: the level grows with the zoom, and the last tile of a row is narrower", () => {
  assert.deepEqual([[90, 400], [60, 500], [25, 900]].map(([fov, height]) => levelFor(CUBE.levels, fov, height)), [0, 1, 2]);
  assert.deepEqual(edges(CUBE.levels[2], 512, 3, 0), { left: 1536 / 2000, top: 0, right: 1, bottom: 512 / 2000 });
});

test("issue 6 item 03: splats are read as points, and what lies is refused", async () => {
  const file = new Uint8Array(16 + 20 * 2);
  const view = new DataView(file.buffer);
  [0x5053474e, 2, 2].forEach((one, i) => view.setUint32(4 * i, one, true));
  file[13] = 12;
  const put = (at, number) => [0, 1, 2].forEach((i) => (file[at + i] = (Math.round(number * 4096) >> (8 * i)) & 255));
  [1.5, -2.25, 0, 0, 0, -100].forEach((one, i) => put(16 + 3 * i, one));
  file.fill(200, 34, 36);
  file.fill(128, 36, 42);
  file.fill(160, 42, 48);
  const found = readSpz(await unpacked(new Blob([gzipSync(file)]).stream()));
  assert.deepEqual([...found.positions], [1.5, -2.25, 0, 0, 0, -100]);
  assert.deepEqual([...found.alphas], [200, 200]);
  assert.ok(found.colors.every((one) => Math.abs(one - 128) <= 1) && Math.abs(found.sizes[0] - 1) < 1e-6);
  assert.throws(() => readSpz(file.slice(0, 40)), /ends before/);
  view.setUint32(8, 4e9, true);
  assert.throws(() => readSpz(file), /more than/);
  assert.throws(() => readSpz(new Uint8Array(16)), /not an SPZ/);
  await assert.rejects(unpacked(new Blob([gzipSync(new Uint8Array(5000))]).stream(), 4000), /more than 4000/);
});

test("issue 6 item 03: the sun goes from east to west and never under the ground; things stand in their time", () => {
  const hours = [6, 9, 12, 15, 18].map(lightAt);
  assert.ok(hours[0].way[0] > 0.5 && hours[4].way[0] < -0.5 && hours[2].way[1] > 0.8);
  for (let hour = 0; hour <= 24; hour += 0.5) {
    const { way, sun } = lightAt(hour);
    assert.ok(way[1] > 0 && Math.abs(Math.hypot(...way) - 1) < 1e-9 && sun.every((one) => one >= 0 && one <= 1));
  }
  assert.ok(hours[2].strength > lightAt(5).strength);
  assert.deepEqual([standsAt([1000, 1200], 1100), standsAt([1000, 1200], 1200), standsAt([null, 900], 1), standsAt(undefined, 5)], [true, false, true, true]);
  assert.deepEqual(turns([{ time: [1200, null] }, { time: [1000, 1200] }, {}]), [1000, 1200]);
});

test("issue 6 item 03: a throw lands on level ground some metres off, and on no wall", () => {
  const { landing, points } = thrown([0, 1.4, 0], [0, 0, -1], levelGround(0));
  assert.ok(Math.abs(landing[1]) < 1e-9 && landing[2] < -3 && landing[2] > -5 && points.length > 8);
  assert.equal(thrown([0, 1.4, 0], [0, 0, -1], () => ({ point: [0, 1, -1], up: 0 })).landing, null);
  assert.equal(thrown([0, 1.4, 0], [0, 1, 0], () => null).landing, null);
  assert.ok(vignette(0) === 0 && vignette(9) === 1 && vignette(0, 1.5) === 1);
});

test("issue 6 item 03: two picks measure, a third begins anew, and a length is said as one says it", () => {
  const measure = new Measure();
  assert.equal(measure.pick([0, 0, 0]), null);
  assert.equal(measure.pick([3, 4, 0]), 5);
  assert.equal(measure.rise, 4);
  assert.equal(measure.pick([1, 1, 1]), null);
  assert.deepEqual([said(0.123, "en"), said(2.4, "en"), said(2.4, "zh-CN"), said(123.44, "en")], ["12.3 cm", "2.40 m", "2.40 米", "123.4 m"]);
});

function* rays({ yaw, pitch, fov, aspect }) {
  const tall = Math.tan((fov * Math.PI) / 360) * 0.999;
  for (let v = -1; v <= 1; v += 0.1) {
    for (let u = -1; u <= 1; u += 0.1) {
      const [x, y] = [u * tall * aspect, v * tall];
      const [up, back] = [y * Math.cos(pitch) + Math.sin(pitch), -Math.cos(pitch) + y * Math.sin(pitch)];
      yield [x * Math.cos(yaw) + back * Math.sin(yaw), up, -x * Math.sin(yaw) + back * Math.cos(yaw)];
    }
  }
}

function tileOf(ray) {
  const face = Object.entries(FACES).toSorted((a, b) => dot(b[1].ahead, ray) - dot(a[1].ahead, ray))[0][0];
  const { ahead, right, down } = FACES[face];
  const far = dot(ahead, ray);
  const [x, y] = [right, down].map((way) => Math.min(3, Math.floor(((dot(way, ray) / far + 1) / 2) * 2000 / 512)));
  return `2/${face}/${y}_${x}`;
}

function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
