import { expect, test } from "vitest";
import { Heard } from "../src/heard";

test("what was deleted before one looked isn't counted", () => {
  const heard = new Heard();
  for (const seq of [3, 4, 7]) heard.add(seq);
  expect(heard.since(0)).toBe(3);
  heard.drop(4);
  heard.drop(4);
  heard.drop(99);
  expect(heard.since(0)).toBe(2);
  expect(heard.since(1)).toBe(1);
  const seen = heard.count;
  expect(heard.since(seen)).toBe(0);
  heard.drop(3); // seen already
  expect(heard.since(seen)).toBe(0);
  heard.add(9);
  expect(heard.since(seen)).toBe(1);
  heard.drop(9);
  expect(heard.since(seen)).toBe(0);
});
