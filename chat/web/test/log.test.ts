import { expect, test, vi } from "vitest";
import { Log } from "../src/log";
import type { Chat } from "../src/wire";

function chat(seq: number, rev = seq, text = `m${seq}`): Chat {
  return { user: "#000001", kind: "text", chat: text, createdAt: seq, seq, rev };
}

const seqs = (log: Log) => log.items.map((m) => m.seq);

function loaded(upTo = 3): Log {
  const log = new Log();
  log.reset(Array.from({ length: upTo }, (_, i) => chat(i + 1)), "e1", upTo, false);
  return log;
}

test("a known change changes nothing", () => {
  const log = loaded();
  expect(log.add(chat(3))).toBe(false);
  expect(log.add(chat(4))).toBe(true);
  expect(log.add(chat(4))).toBe(false);
  expect(seqs(log)).toEqual([1, 2, 3, 4]);
});

test("an answer that overtakes another's message makes no lasting hole", () => {
  const log = loaded();
  log.add(chat(5));
  expect(log.hole).toBe(true);
  expect(log.rev).toBe(3);
  log.add(chat(4));
  expect(log.hole).toBe(false);
  expect(log.rev).toBe(5);
  expect(seqs(log)).toEqual([1, 2, 3, 4, 5]);
});

test("a hole stays until the changes since the last sure one have come", () => {
  const log = loaded();
  log.add(chat(6));
  expect(log.hole).toBe(true);
  log.catchUp([chat(4), chat(5), chat(6)], 6);
  expect(log.hole).toBe(false);
  expect(log.rev).toBe(6);
  expect(seqs(log)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a catch-up that is older than what was heard meanwhile keeps both", () => {
  const log = loaded();
  log.add(chat(6));
  log.catchUp([chat(4), chat(5)], 5);
  expect(log.rev).toBe(6);
  expect(log.hole).toBe(false);
});

test("of two versions the higher rev stays, in whatever order they come", () => {
  const log = loaded();
  log.add(chat(2, 4, "새 글"));
  log.older([chat(2, 2, "옛 글")], true, 99);
  expect(log.items[1]!.chat).toBe("새 글");
  expect(seqs(log)).toEqual([1, 2, 3]);
  expect(log.more).toBe(true);
});

test("older pages go in front and don't move rev", () => {
  const log = new Log();
  log.reset([chat(51), chat(52)], "e1", 60, true);
  log.older([chat(49), chat(50)], false, 99);
  expect(seqs(log)).toEqual([49, 50, 51, 52]);
  expect(log.rev).toBe(60);
});

test("a new epoch forgets everything", () => {
  const log = loaded();
  log.add(chat(9));
  log.reset([chat(1)], "e2", 1, false);
  expect(seqs(log)).toEqual([1]);
  expect(log.hole).toBe(false);
  expect(log.epoch).toBe("e2");
});

test("who is called otherwise has no message under the old name, whichever answer comes first", () => {
  const log = new Log();
  const said = (seq: number, name: string, rev = seq): Chat => ({ user: "#a", kind: "text", name, createdAt: 0, seq, rev });
  const line = (seq: number, name: string): Chat => ({ user: "system", kind: "system", code: "nick", args: { user: "#a", name }, createdAt: 0, seq, rev: seq });
  const names = () => log.items.map((m) => m.args?.name ?? m.name);
  log.reset([said(2, "a"), said(3, "a")], "e", 3, true);
  log.add(said(5, "a"), 0); // our own, answered before we hear of the change
  log.add(line(4, "b"));
  expect(names()).toEqual(["b", "b", "b", "b"]);
  log.older([said(1, "a")], false, 3); // read before the change
  expect(names()).toEqual(["b", "b", "b", "b", "b"]);
  log.catchUp([line(6, "c")], 6);
  expect(names()).toEqual(Array(6).fill("c"));
});

test("what has gone with time goes from the page, and nothing is older", () => {
  const log = new Log();
  log.reset([chat(11), chat(12), chat(13)], "e1", 13, true);
  log.forget(12);
  expect(seqs(log)).toEqual([12, 13]);
  expect(log.more).toBe(false);
  // A page that was read before comes late.
  log.older([chat(9), chat(10), chat(11)], true, 13);
  expect(seqs(log)).toEqual([12, 13]);
  expect(log.more).toBe(false);
  log.forget(14);
  expect(seqs(log)).toEqual([]);
  log.add(chat(14));
  expect(seqs(log)).toEqual([14]);
  expect(log.hole).toBe(false);
  // Other data begins anew.
  log.reset([chat(1)], "e2", 1, false);
  expect(seqs(log)).toEqual([1]);
});

test("messages in the middle that have gone aren't asked for", () => {
  const log = new Log();
  log.reset([chat(18), chat(19)], "e1", 19, true);
  log.forget(12);
  expect(log.more).toBe(true);
});

test("nothing is left of a deleted message", () => {
  const log = loaded();
  const gone = { room: "r", seq: 2, rev: 4, deleted: "author" } as const;
  expect(log.remove(gone)).toBe(true);
  expect(log.remove(gone)).toBe(false);
  expect(log.items[1]).toMatchObject({ seq: 2, rev: 4, deleted: "author", chat: undefined });
  expect(log.rev).toBe(4);
  // Nor does an older copy bring it back.
  log.add(chat(2));
  log.older([chat(2)], false, 4);
  expect(log.items[1]!.chat).toBeUndefined();
});

test("a deletion that comes too early waits for what is before it", () => {
  const log = loaded();
  log.remove({ room: "r", seq: 1, rev: 5, deleted: "charge" });
  expect(log.hole).toBe(true);
  log.catchUp([chat(4), { ...chat(1, 5), chat: undefined, deleted: "charge" }], 5);
  expect(log.hole).toBe(false);
  expect(log.items.map((m) => m.chat)).toEqual([undefined, "m2", "m3", "m4"]);
});

test("a change above what has come makes no hole in it", () => {
  const log = new Log();
  log.reset([chat(50), chat(51)], "e1", 51, true);
  log.catchUp([{ ...chat(3, 52), chat: undefined, deleted: "author" }, chat(52, 53)], 53);
  expect(seqs(log)).toEqual([50, 51, 52]);
  log.remove({ room: "r", seq: 4, rev: 54, deleted: "author" });
  expect(seqs(log)).toEqual([50, 51, 52]);
  expect(log.rev).toBe(54);
});

test("a message behind the last one is put there without all before it being sorted", () => {
  const log = loaded(1000);
  const before = log.items;
  const sort = vi.spyOn(Array.prototype, "sort");
  log.add(chat(1001));
  expect(sort.mock.contexts).toEqual([[chat(1001)]]);
  sort.mockRestore();
  expect(log.items).not.toBe(before); // what is drawn from the items sees that they are others
  expect(log.items.slice(0, -1).every((m, i) => m === before[i])).toBe(true);
  expect(log.items.at(-1)!.seq).toBe(1001);
});

test("a page that begins before the last message and goes on behind it is one with it", () => {
  const log = loaded();
  log.catchUp([chat(6), chat(5), chat(3, 6, "new"), chat(4)], 6);
  expect(log.items.map((m) => m.chat)).toEqual(["m1", "m2", "new", "m4", "m5", "m6"]);
  log.catchUp([chat(8), chat(7), chat(8, 9, "new")], 9);
  expect(log.items.slice(-2).map((m) => m.chat)).toEqual(["m7", "new"]);
});
