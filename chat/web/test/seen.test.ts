import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Chat, Room } from "../src/wire";

let kept: Map<string, string>;

beforeEach(() => {
  vi.useFakeTimers();
  kept = new Map();
  vi.stubGlobal("localStorage", { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v) });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A tab: what it knows of the storage is its own. */
async function tab() {
  vi.resetModules();
  const seen = await import("../src/seen");
  return {
    ...seen,
    /** Sees a room up to a message, which was said at that time. */
    see(id: string, seq: number, at = seq) {
      seen.see(room(id, at), [{ kind: "text", seq, createdAt: at } as Chat]);
      vi.runAllTimers();
    },
  };
}

const room = (_id: string, active: number) => ({ _id, active }) as Room;

test("what is seen isn't new after a reload, and what is said later is", async () => {
  (await tab()).see("one", 5);
  const again = await tab();
  expect([again.seenTo("one"), again.seenTo("two")]).toEqual([5, Infinity]);
  expect([again.unseen(room("one", 5)), again.unseen(room("one", 6)), again.unseen(room("two", 6))]).toEqual([false, true, false]);
});

test("what one tab sees isn't forgotten by another", async () => {
  const a = await tab();
  a.see("one", 1);
  const b = await tab();
  b.see("two", 1);
  a.see("one", 50);
  expect(b.seenTo("one")).toBe(50);
  b.see("two", 2);
  const again = await tab();
  expect([again.seenTo("one"), again.seenTo("two")]).toEqual([50, 2]);
  expect(again.unseen(room("one", 50))).toBe(false);
});

test("a tab that is behind takes nothing back", async () => {
  const [a, b] = [await tab(), await tab()];
  b.see("one", 1);
  a.see("one", 50);
  b.see("one", 2);
  expect((await tab()).seenTo("one")).toBe(50);
});

test("in a room whose messages are counted anew, what is later is seen further", async () => {
  const a = await tab();
  a.see("one", 50);
  a.see("one", 7, 51);
  expect((await tab()).seenTo("one")).toBe(7);
});

test("the rooms that one looked at last are remembered", async () => {
  const a = await tab();
  for (let i = 0; i < 100; i++) a.see(`r${i}`, 1);
  a.see("r0", 2);
  const b = await tab();
  b.see("new", 1);
  a.see("r2", 2);
  const again = await tab();
  expect(["r0", "r1", "r2", "new"].map((id) => again.seenTo(id))).toEqual([2, Infinity, 2, 1]);
});

test.each(["getItem", "setItem"])("without %s one tab remembers by itself", async (forbidden) => {
  vi.stubGlobal("localStorage", { ...localStorage, [forbidden]: () => { throw new Error("forbidden"); } });
  const a = await tab();
  a.see("one", 5);
  a.see("two", 6);
  expect([a.seenTo("one"), a.seenTo("two")]).toEqual([5, 6]);
});
