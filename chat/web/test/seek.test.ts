import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Failure } from "../src/failure";
import { marks, Seek } from "../src/seek";
import type { Visit } from "../src/visit";

const shown = (text: string, ranges: [number, number][]) =>
  marks(text, ranges)
    .map((m) => (m.found ? `[${m.text}]` : m.text))
    .join("");

test("what was found is marked, in a short text and in a long one", () => {
  expect(shown("여러분 안녕 안녕", [[4, 6], [7, 9]])).toBe("여러분 [안녕] [안녕]");
  expect(shown("안녕", [[0, 2]])).toBe("[안녕]");
  expect(shown("<b>x</b>", [[0, 3]])).toBe("[<b>]x</b>");
  const long = "가".repeat(300) + "찾음" + "나".repeat(300);
  const cut = shown(long, [[300, 302]]);
  expect(cut).toBe("…" + "가".repeat(30) + "[찾음]" + "나".repeat(208) + "…");
  expect(shown("x".repeat(500), [[0, 1]])).toBe("[x]" + "x".repeat(239) + "…");
  expect(shown("one two ".repeat(10) + "three four", [[80, 85]])).toBe("…" + "two one two one two one two [three] four");
  // Between the two halves of an emoji there is no place to cut.
  for (let n = 29; n < 33; n++) expect(shown("👍".repeat(100) + "y".repeat(n) + "찾음" + "z".repeat(300), [[200 + n, 202 + n]])).not.toMatch(/(^|[^\ud83d])\udc4d|\ud83d([^\udc4d]|$)/);
});

type Ask = { q: object; ok(answer: unknown): void; fail(f: Failure): void };
let asked: Ask[];
let seek: Seek;
const hit = (seq: number, user = "#1") => ({ message: { seq, user }, text: "x", ranges: [[0, 1]] });
const settled = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  asked = [];
  seek = new Seek({
    hidden: { has: (user: string) => user === "#hidden" },
    act: (_: string, q: object) => new Promise((ok, fail) => asked.push({ q, ok, fail })),
  } as unknown as Visit);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("what is typed is looked for after a pause, or with the end of a syllable; the last counts", async () => {
  seek.want("ㅇ");
  await vi.advanceTimersByTimeAsync(200);
  seek.want("아");
  await vi.advanceTimersByTimeAsync(200);
  expect(asked).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(50);
  expect(asked.map((a) => a.q)).toEqual([{ q: "아", before: 0 }]);
  seek.want("안", "once");
  await settled();
  expect(asked[1]!.q).toEqual({ q: "안", before: 0 });
  asked[1]!.ok({ hits: [hit(7)] });
  await settled();
  asked[0]!.ok({ hits: [hit(1)] });
  await settled();
  expect(seek.hits.map((h) => h.message.seq)).toEqual([7]);
  expect([seek.of, seek.busy, seek.more]).toEqual(["안", false, false]);
  seek.want("  ", "once");
  await settled();
  expect([seek.hits.length, seek.of, asked.length]).toEqual([0, "", 2]);
});

test("older messages are looked at while there is little; the hidden aren't shown", async () => {
  seek.want("x", "once");
  await settled();
  asked[0]!.ok({ hits: [hit(90), hit(89, "#hidden")], next: 50 });
  await settled();
  expect(asked[1]!.q).toEqual({ q: "x", before: 50 });
  asked[1]!.ok({ hits: Array.from({ length: 10 }, (_, i) => hit(40 - i)), next: 30 });
  await settled();
  expect([seek.hits.length, seek.busy, seek.more, asked.length]).toEqual([11, false, true, 2]);
  seek.choose(99);
  expect(seek.chosen).toBe(10);
  seek.readMore();
  seek.readMore();
  expect(asked).toHaveLength(3);
  asked[2]!.ok({ hits: [] });
  await settled();
  expect([seek.hits.length, seek.more, seek.chosen]).toEqual([11, false, 10]);
});

test("who was too fast goes on by itself, with what stands there then", async () => {
  seek.want("x", "once");
  await settled();
  asked[0]!.fail(new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 1000 }));
  await settled();
  expect([seek.failure?.code, seek.busy]).toEqual(["RATE_LIMITED", false]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toHaveLength(2);
  asked[1]!.fail(new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 1000 }));
  await settled();
  seek.want("xy", "once");
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked.map((a) => (a.q as { q: string }).q)).toEqual(["x", "x", "xy"]);
});

test("a closed search asks no more, and goes on when it is opened again", async () => {
  const late = new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 1000 });
  seek.want("x", "once");
  await settled();
  seek.stop();
  expect(seek.busy).toBe(false);
  asked[0]!.fail(late);
  await vi.advanceTimersByTimeAsync(5000);
  expect([asked.length, seek.failure]).toEqual([1, null]);
  seek.resume();
  await settled();
  expect(asked[1]!.q).toEqual({ q: "x", before: 0 });
  // Nor for more of what has little.
  seek.stop();
  asked[1]!.ok({ hits: [hit(90)], next: 50 });
  await settled();
  expect([asked.length, seek.hits.length]).toEqual([2, 0]);
});

test("a search that was finished is asked nothing when it is opened again", async () => {
  seek.resume();
  await settled();
  expect(asked).toHaveLength(0);
  seek.want("x", "once");
  await settled();
  asked[0]!.ok({ hits: [hit(90)] });
  await settled();
  seek.stop();
  seek.resume();
  await settled();
  expect([asked.length, seek.hits.length]).toEqual([1, 1]);
});
