import { expect, test } from "vitest";
import { bounded, downwards, most, newest, shown, upwards, type Span } from "../src/span";
import type { Chat } from "../src/wire";

const items = (from: number, to: number): Chat[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ user: "#a", kind: "text", chat: "", createdAt: 0, seq: from + i, rev: from + i }));
const all: Span = { start: 0, end: null };
const ends = (list: Chat[], span: Span) => {
  const part = shown(list, span);
  return [part[0]?.seq, part.at(-1)?.seq, part.length];
};

test("the newest are the last so many, or all there are and will be above them", () => {
  expect(ends(items(1, 40), newest(items(1, 40), 8))).toEqual([33, 40, 8]);
  expect(ends(items(1, 48), newest(items(9, 48), 40))).toEqual([1, 48, 48]);
});

test("few messages are all shown", () => {
  expect(bounded(items(1, 300), all, true)).toBe(all);
});

test("at the end the oldest go", () => {
  const list = items(1, 301);
  expect(ends(list, bounded(list, all, true))).toEqual([52, 301, 250]);
});

test("elsewhere the newest wait below", () => {
  const list = items(1, 320);
  const span = bounded(list, all, false);
  expect(ends(list, span)).toEqual([1, 300, 300]);
  expect(ends(list, downwards(list, span)!)).toEqual([21, 320, 300]);
  expect(downwards(list, span)!.end).toBeNull();
});

test("scrolling through 5,000 messages and back never shows more than 300", () => {
  const list = items(1, 5000);
  let span = bounded(list, all, true);
  for (let next: Span | null = span; next; next = upwards(list, span)) {
    span = next;
    expect(shown(list, span).length).toBeLessThanOrEqual(most);
  }
  expect(ends(list, span)[0]).toBe(1);
  for (let next: Span | null = span; next; next = downwards(list, span)) {
    span = next;
    expect(shown(list, span).length).toBeLessThanOrEqual(most);
  }
  expect(ends(list, span)[1]).toBe(5000);
});

test("an older page appears above when all loaded ones were shown", () => {
  expect(ends(items(1, 100), all)).toEqual([1, 100, 100]);
  expect(upwards(items(51, 100), all)).toBeNull();
});

test("an empty list has nothing to show", () => {
  expect(shown([], all)).toEqual([]);
  expect(upwards([], all)).toBeNull();
});
