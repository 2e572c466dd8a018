import { expect, test } from "vitest";
import { partOf } from "../src/shots";
import { held, most, swiped, whole, zoomed } from "../src/zoom";

test("what is under the fingers stays there", () => {
  const at = { x: 100, y: -40 };
  const larger = zoomed(whole, 2, at);
  expect(larger).toEqual({ scale: 2, x: -100, y: 40 });
  // A point of the picture lies at place + scale × itself.
  expect(larger.x + larger.scale * 100).toBe(at.x);
  expect(zoomed(larger, 0.5, at)).toEqual(whole);
});

test("a picture is never smaller than whole, nor larger than useful", () => {
  expect(zoomed(whole, 0.1, { x: 5, y: 5 })).toEqual(whole);
  expect(zoomed(whole, 100, { x: 0, y: 0 }).scale).toBe(most);
});

test("its edges come no further than those of the window", () => {
  const window = { w: 400, h: 800 };
  expect(held({ scale: 2, x: 999, y: 999 }, { w: 400, h: 300 }, window)).toEqual({ scale: 2, x: 200, y: 0 });
  expect(held({ scale: 4, x: -999, y: -999 }, { w: 400, h: 300 }, window)).toEqual({ scale: 4, x: -600, y: -200 });
});

test.each([
  [-90, 10, "next"],
  [90, -10, "previous"],
  [5, 90, "close"],
  [5, -90, null],
  [-40, 0, null],
  [80, 80, null],
])("a swipe by %i, %i means %s", (dx, dy, meant) => {
  expect(swiped(dx, dy)).toBe(meant);
});

test("pictures of one upload come one after the other", () => {
  const sizes = [100, 300];
  expect([0, 0.125, 0.25, 0.625, 1].map((part) => sizes.map((_, i) => partOf(sizes, i, part)))).toEqual([[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1]]);
});
