import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Failure } from "../src/failure";
import { Outbox, pauses, type Entry, type Picture } from "../src/outbox";
import type { Posted } from "../src/wire";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class Memory {
  kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
  removeItem = (key: string) => void this.kept.delete(key);
}

function posted(seq: number): Posted {
  return { _id: `m${seq}`, seq, rev: seq, createdAt: seq, dup: false };
}

interface Call {
  entry: Entry;
  signal: AbortSignal;
  ok(more?: Partial<Posted>): void;
  fail(f: Failure): void;
}

function setup(storage: Memory | null = new Memory()) {
  const calls: Call[] = [];
  const sent: string[] = [];
  let seq = 0;
  const box = new Outbox({
    storage,
    key: "outbox:r",
    send: (entry, signal) => new Promise((resolve, reject) => calls.push({ entry, signal, ok: (more) => resolve({ ...posted(++seq), ...more }), fail: reject })),
    sent: (entry) => sent.push(entry.cid),
    last: () => seq,
  });
  return { box, calls, sent, storage };
}

const picture = (name: string): Picture => ({ file: { name } as File, url: `blob:${name}`, w: 1, h: 1, alt: "" });
const flush = () => vi.advanceTimersByTimeAsync(0);
const states = (box: Outbox) => box.entries.map((e) => `${e.cid}:${e.state}`);
const busy = new Failure({ code: "TIMEOUT", retryable: true });

test("entries wait for the room and leave one at a time, in order", async () => {
  const { box, calls, sent } = setup();
  box.add("하나", "a");
  box.add("둘", "b");
  await flush();
  expect(states(box)).toEqual(["a:queued", "b:queued"]);
  expect(calls).toHaveLength(0);

  box.resume();
  await flush();
  expect(calls.map((c) => c.entry.cid)).toEqual(["a"]);
  calls[0]!.ok();
  await flush();
  expect(calls.map((c) => c.entry.cid)).toEqual(["a", "b"]);
  calls[1]!.ok();
  await flush();
  expect(sent).toEqual(["a", "b"]);
  expect(box.entries).toEqual([]);
});

test("tries again after 2, 5 and 10 s with the same cid, then has failed", async () => {
  const { box, calls } = setup();
  box.resume();
  box.add("안녕", "a");
  for (const [n, ms] of pauses.entries()) {
    await vi.advanceTimersByTimeAsync(Math.max(0, ms - 1));
    if (ms) expect(calls).toHaveLength(n);
    await vi.advanceTimersByTimeAsync(1);
    expect(calls).toHaveLength(n + 1);
    calls[n]!.fail(busy);
    await flush();
  }
  expect(states(box)).toEqual(["a:failed"]);
  expect(new Set(calls.map((c) => c.entry.cid))).toEqual(new Set(["a"]));

  box.retry("a");
  await flush();
  expect(calls.at(-1)!.entry.cid).toBe("a");
  expect(states(box)).toEqual(["a:sending"]);
});

test("a failed entry doesn't hold up the next", async () => {
  const { box, calls, sent } = setup();
  box.resume();
  box.add("안녕", "a");
  box.add("다음", "b");
  for (const [n, ms] of pauses.entries()) {
    await vi.advanceTimersByTimeAsync(ms);
    calls[n]!.fail(busy);
  }
  await flush();
  calls.at(-1)!.ok();
  await flush();
  expect(sent).toEqual(["b"]);
  expect(states(box)).toEqual(["a:failed"]);
});

test("a refusal is final, and says why", async () => {
  const { box, calls } = setup();
  box.resume();
  box.add("x", "a");
  await flush();
  calls[0]!.fail(new Failure({ code: "BAD_MESSAGE" }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls).toHaveLength(1);
  expect(states(box)).toEqual(["a:rejected"]);
  expect(box.entries[0]!.failure!.code).toBe("BAD_MESSAGE");
  box.retry("a");
  expect(states(box)).toEqual(["a:rejected"]);
});

test("being too fast waits as long as the server says and costs no try", async () => {
  const { box, calls, sent } = setup();
  box.resume();
  for (let n = 0; n < 6; n++) {
    box.add("x", `${n}`);
    await flush();
    // As after eight messages at once: each of those behind is refused once.
    calls[2 * n]!.fail(new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 500, limit: "send-per-second", n: 2 }));
    await vi.advanceTimersByTimeAsync(499);
    expect(calls).toHaveLength(2 * n + 1);
    await vi.advanceTimersByTimeAsync(251);
    expect(calls).toHaveLength(2 * n + 2);
    calls[2 * n + 1]!.ok();
    await flush();
  }
  expect(sent).toHaveLength(6);
});

test("being refused again and again waits longer each time, and never gives up", async () => {
  const { box, calls, sent } = setup();
  box.resume();
  box.add("x", "a");
  await flush();
  const pauses = [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000];
  for (const [n, least] of pauses.entries()) {
    calls[n]!.fail(new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 1000, limit: "room-per-second", n: 100 }));
    await vi.advanceTimersByTimeAsync(least - 1);
    expect(calls).toHaveLength(n + 1);
    await vi.advanceTimersByTimeAsync(least / 2 + 1);
    expect(calls).toHaveLength(n + 2);
  }
  calls.at(-1)!.ok();
  await flush();
  expect(sent).toEqual(["a"]);
});

test("a server that names next to no time isn't asked at once", async () => {
  const { box, calls } = setup();
  box.resume();
  box.add("x", "a");
  await flush();
  calls[0]!.fail(new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 10, limit: "send-per-second", n: 100 }));
  await vi.advanceTimersByTimeAsync(499);
  expect(calls).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(251);
  expect(calls).toHaveLength(2);
});

test("why it waits is known until nothing waits any more", async () => {
  const { box, calls } = setup();
  box.resume();
  box.add("x", "a");
  await flush();
  calls[0]!.fail(new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 500, limit: "send-per-second", n: 2 }));
  await flush();
  expect(box.slowed).toMatchObject({ limit: "send-per-second", n: 2 });
  await vi.advanceTimersByTimeAsync(750);
  calls[1]!.ok();
  await flush();
  expect(box.slowed).toBeNull();
});

test.each([
  ["a day's pictures", { code: "RATE_LIMITED", retryable: true, retryAfterMs: 3_600_000, limit: "upload-day" }],
  ["a full disk", { code: "NO_SPACE", retryable: false, limit: "media-total" }],
  ["a full disk that may be less full later", { code: "NO_SPACE", retryable: true, limit: "media-total" }],
])("%s: the entry has failed, keeps its reason and holds nothing up", async (_, error) => {
  const { box, calls, sent } = setup();
  box.resume();
  box.add("", "a", [picture("a")]);
  box.add("y", "b");
  await flush();
  calls[0]!.fail(new Failure(error));
  await flush();
  calls[1]!.ok();
  await flush();
  expect(sent).toEqual(["b"]);
  expect(box.entries).toMatchObject([{ cid: "a", state: "failed", failure: { limit: error.limit }, pictures: [{}] }]);
  box.retry("a");
  await flush();
  calls[2]!.ok();
  await flush();
  expect(sent).toEqual(["b", "a"]);
});

test("a reload keeps the reason without its countdown", async () => {
  const { box, calls, storage } = setup();
  box.resume();
  box.add("x", "a");
  await flush();
  calls[0]!.fail(new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 99_000, limit: "offences", n: 200 }));
  await flush();
  expect(setup(storage).box.entries[0]!.failure).toMatchObject({ code: "RATE_LIMITED", limit: "offences", n: 200, until: 0 });
});

test("a break puts what is under way back in the queue, and a late answer is ignored", async () => {
  const { box, calls, sent } = setup();
  box.resume();
  box.add("x", "a");
  await flush();
  box.pause();
  expect(states(box)).toEqual(["a:queued"]);
  calls[0]!.ok();
  await flush();
  expect(sent).toEqual([]);

  box.resume();
  await flush();
  expect(calls[1]!.entry.cid).toBe("a");
  calls[1]!.ok();
  await flush();
  expect(sent).toEqual(["a"]);
});

test("a message seen in the room has arrived, whatever its answer", async () => {
  const { box, calls, sent } = setup();
  box.resume();
  box.add("x", "a");
  box.add("y", "b");
  await flush();
  box.arrived("a");
  await flush();
  expect(calls.map((c) => c.entry.cid)).toEqual(["a", "b"]);
  calls[0]!.ok();
  await flush();
  expect(sent).toEqual([]);
  expect(states(box)).toEqual(["b:sending"]);
});

test("a picture that the server doesn't take comes back by itself, and the others are sent", async () => {
  const { box, calls, sent } = setup();
  box.resume();
  const [a, b, c] = [picture("a"), picture("b"), picture("c")];
  box.add("", "p", [a, b, c]);
  box.add("y", "q");
  await flush();
  calls[0]!.ok({ refused: [{ index: 1, error: { code: "BAD_IMAGE", message: "", retryable: false } }] });
  await flush();
  expect(sent).toEqual(["p"]);
  expect(box.entries).toMatchObject([{ cid: "q" }, { pictures: [b], state: "rejected", failure: { code: "BAD_IMAGE" } }]);
  expect(box.entries[1]!.cid).not.toBe("p");
});

test("one of several pictures is taken back, and the others begin anew", async () => {
  const { box, calls } = setup();
  box.resume();
  const [a, b] = [picture("a"), picture("b")];
  box.add("", "p", [a, b]);
  await flush();
  box.without("p", a);
  await flush();
  expect(calls).toHaveLength(2);
  expect(calls[0]!.signal.aborted).toBe(true);
  expect(calls[1]!.entry).toMatchObject({ cid: "p", pictures: [b] });
  box.without("p", b);
  expect(box.entries).toEqual([]);
});

test("a reload keeps texts, their order and their cids", async () => {
  const { box, storage } = setup();
  box.add("하나", "a");
  box.add("둘", "b");
  box.add("", "p", [picture("a")]);
  box.resume();

  const after = setup(storage);
  expect(states(after.box)).toEqual(["a:queued", "b:queued"]);
  after.box.resume();
  await flush();
  expect(after.calls[0]!.entry).toMatchObject({ cid: "a", text: "하나" });
});

test("what failed or was refused keeps its place, until it is tried again", async () => {
  const { box, calls } = setup();
  box.resume();
  box.add("x", "a");
  box.add("y", "b");
  await flush();
  calls[0]!.ok();
  await flush();
  calls[1]!.fail(busy);
  for (const [n, ms] of pauses.entries()) {
    await vi.advanceTimersByTimeAsync(ms);
    if (n) calls[n + 1]!.fail(busy);
  }
  await flush();
  expect(box.entries).toMatchObject([{ cid: "b", state: "failed", after: 1 }]);
  box.retry("b");
  expect(box.entries[0]!.after).toBeUndefined();
});

test("a reload keeps why and where something was refused", async () => {
  const { box, calls, storage } = setup();
  box.resume();
  box.add("x", "a");
  box.add("y", "b");
  await flush();
  calls[0]!.ok();
  await flush();
  calls[1]!.fail(new Failure({ code: "TOO_LONG", message: "너무 길어요", field: "chat" }));
  await flush();

  const [after] = setup(storage).box.entries;
  expect(after).toMatchObject({ cid: "b", state: "rejected", after: 1 });
  expect(after!.failure).toBeInstanceOf(Failure);
  expect(after!.failure).toMatchObject({ code: "TOO_LONG", message: "너무 길어요", retryable: false });
});

test("writing and trying again are counted, the rest is not", async () => {
  const { box, calls, storage } = setup();
  box.add("x", "a");
  box.add("y", "b");
  expect(box.written).toBe(2);
  box.resume();
  await flush();
  calls[0]!.ok();
  await flush();
  box.discard("b");
  expect(box.written).toBe(2);
  box.retry("b");
  expect(box.written).toBe(2);
  expect(setup(storage).box.written).toBe(0);
});

test("broken storage costs nothing but the reload", () => {
  const broken = new Memory();
  broken.kept.set("outbox:r", "{not json");
  broken.setItem = () => {
    throw new Error("full");
  };
  const { box } = setup(broken);
  box.add("x", "a");
  expect(states(box)).toEqual(["a:queued"]);
});

test("discarding ends the sending and lets the next go", async () => {
  const { box, calls } = setup();
  box.resume();
  box.add("x", "a");
  box.add("y", "b");
  await flush();
  box.discard("a");
  await flush();
  expect(states(box)).toEqual(["b:sending"]);
  expect(calls.at(-1)!.entry.cid).toBe("b");
});
