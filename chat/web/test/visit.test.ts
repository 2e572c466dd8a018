import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Failure } from "../src/failure";
import type { Net } from "../src/socket";
import type { Visit } from "../src/visit";
import { Visits } from "../src/visits";
import type { Chat, Joined, Member, Posted, Room } from "../src/wire";

const room: Room = { _id: "r", title: "방", max: 10, owner: null, password: false, count: 2, createdAt: 0, active: 0 };
const me: Member = { user: "#000001", nameIdx: 1, hue: 0, shape: 0 };
const other: Member = { user: "#000002", nameIdx: 2, hue: 1, shape: 0 };

const uploads: { cid: string; ok(p: Posted): void; fail(f: Failure): void }[] = [];
vi.mock("../src/api", () => ({
  upload: (_room: string, _pictures: unknown, cid: string) => new Promise((ok, fail) => uploads.push({ cid, ok, fail })),
}));

let proofs: Promise<string>[] = [];
vi.mock("../src/prove", () => ({ prove: () => proofs.shift() ?? Promise.resolve("") }));

beforeEach(() => {
  proofs = [];
  uploads.length = 0;
  vi.stubGlobal("sessionStorage", { getItem: () => null, setItem() {}, removeItem() {} });
  vi.stubGlobal("window", globalThis);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

type Ack = (late: Error | null, answer?: unknown) => void;

/** A socket that hands out packets as the client does: each in a microtask, those of one payload in a row. */
class Wire {
  connected = true;
  told: { event: string; payload: unknown }[] = [];
  asked: { event: string; payload: unknown; ack: Ack }[] = [];
  private hears = new Map<string, (value: unknown) => void>();

  on = (event: string, f: (value: unknown) => void) => void this.hears.set(event, f);
  off = (event: string) => void this.hears.delete(event);
  timeout = () => ({ emit: (event: string, payload: unknown, ack: Ack) => void this.asked.push({ event, payload, ack }) });
  emit = (event: string, payload: unknown) => void this.told.push({ event, payload });

  payload(...packets: (() => void)[]): void {
    for (const packet of packets) void Promise.resolve().then(packet);
  }
  answer = (n: number, answer: unknown) => () => this.asked[n]!.ack(null, answer);
  event = (name: string, value: unknown) => () => this.hears.get(name)?.(value);
}

function enter(): { wire: Wire; visits: Visits; visit: Visit } {
  const wire = new Wire();
  const visits = new Visits({ chat: wire, use() {}, caughtUp() {} } as unknown as Net);
  return { wire, visits, visit: visits.enter("r", room) };
}

const chat = (seq: number): Chat => ({ user: other.user, nameIdx: 2, kind: "text", chat: `m${seq}`, createdAt: seq, seq, rev: seq, room: "r" });
const joined = (rev: number): Joined & { ok: true } => ({ ok: true, room, me, members: [me, other], epoch: "e", rev, messages: [chat(rev)], reset: true, more: false });
const flush = () => new Promise((done) => setTimeout(done));

test("events behind the answer to join, in one payload with it, are heard", async () => {
  const { wire, visit } = enter();
  const left = { room: "r", user: "system", chat: "", seq: 5, rev: 5, code: "exit", args: { user: other.user }, count: 1 };
  wire.payload(wire.answer(0, joined(3)), wire.event("chat", chat(4)), wire.event("exit", left));
  await flush();
  expect(visit.log.items.map((m) => m.seq)).toEqual([3, 4, 5]);
  expect(visit.log.rev).toBe(5);
  expect(visit.members).toEqual([me]);
  expect(visit.stage).toBe("live");
});

test("events in front of the first answer are older than it", async () => {
  const { wire, visit } = enter();
  wire.payload(wire.event("chat", chat(3)), wire.answer(0, joined(3)));
  await flush();
  expect(visit.log.items.map((m) => m.seq)).toEqual([3]);
  expect(visit.heard.count).toBe(0);
});

test("a refusal to join has its reason", async () => {
  const { wire, visit } = enter();
  wire.payload(wire.answer(0, { ok: false, error: { code: "ROOM_FULL", message: "", retryable: false } }));
  await flush();
  expect(visit.stage).toBe("full");
  expect(visit.failure!.code).toBe("ROOM_FULL");
});

test("a refused message keeps its place in the room", async () => {
  const { wire, visit } = enter();
  wire.payload(wire.answer(0, joined(3)));
  await flush();
  visit.post.outbox.add("x", "c1");
  await flush();
  wire.payload(wire.answer(1, { ok: false, error: { code: "TOO_LONG", message: "", retryable: false } }));
  await flush();
  wire.payload(wire.event("chat", chat(4)));
  await flush();
  expect(wire.asked[1]).toMatchObject({ event: "chat", payload: { room: "r", cid: "c1", chat: "x" } });
  expect(visit.post.outbox.entries).toMatchObject([{ cid: "c1", state: "rejected", after: 3 }]);
});

const refusal = (code: string, retryable = false) => ({ ok: false, error: { code, message: "", retryable } });

test("whoever found no seat asks again, also where no list of rooms tells of a free one", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  for (let n = 0; n < 3; n++) {
    wire.payload(wire.answer(n, refusal("ROOM_FULL")));
    await vi.advanceTimersByTimeAsync(4999);
    expect(wire.asked).toHaveLength(n + 1);
    await vi.advanceTimersByTimeAsync(2501);
    expect(wire.asked).toHaveLength(n + 2);
  }
  wire.payload(wire.answer(3, joined(3)));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit.stage).toBe("live");
  expect(wire.asked).toHaveLength(4);
});

const work = { ok: false, error: { code: "PROOF_NEEDED", message: "", retryable: true, retryAfterMs: 10_000, proof: { challenge: "c", bits: 1 } } };

test("where many come, a newcomer works and asks again at once", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  let done = (_: string): void => {};
  proofs = [new Promise<string>((resolve) => (done = resolve)), Promise.resolve("c:2")];
  wire.payload(wire.answer(0, work));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(wire.asked).toHaveLength(1);
  expect(visit).toMatchObject({ stage: "entering", failure: { code: "PROOF_NEEDED" } });
  done("c:1");
  await vi.advanceTimersByTimeAsync(0);
  expect(wire.asked[1]).toMatchObject({ event: "join", payload: { room: "r", proof: "c:1" } });
  wire.payload(wire.answer(1, work)); // too late, for example
  await vi.advanceTimersByTimeAsync(0);
  expect(wire.asked[2]).toMatchObject({ event: "join", payload: { room: "r", proof: "c:2" } });
  wire.payload(wire.answer(2, joined(3)));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit).toMatchObject({ stage: "live", failure: null });
  expect(wire.asked).toHaveLength(3);
});

test("whoever can't work waits as long as the server says", async () => {
  vi.useFakeTimers();
  const { wire } = enter();
  wire.payload(wire.answer(0, work));
  await vi.advanceTimersByTimeAsync(9999);
  expect(wire.asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2);
  expect(wire.asked[1]!.payload).not.toHaveProperty("proof", expect.anything());
});

test("whoever leaves while the work is done comes in nowhere", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  proofs = [new Promise((resolve) => setTimeout(() => resolve("c:1"), 1000))];
  wire.payload(wire.answer(0, work));
  await vi.advanceTimersByTimeAsync(10);
  visit.leave();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.asked).toHaveLength(1);
  expect(visit.ended).toBe(true);
});

test("a locked door is asked again and again, and a crowd is told of until it is locked", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  wire.payload(wire.answer(0, refusal("DOOR_LOCKED")));
  await vi.advanceTimersByTimeAsync(4999);
  expect(visit.stage).toBe("door");
  expect(wire.asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2501);
  wire.payload(wire.answer(1, joined(3)));
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.stage).toBe("live");
  wire.payload(wire.event("crowded", { room: "other", count: 9 }), wire.event("crowded", { room: "r", count: 12 }));
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.crowd.count).toBe(12);
  wire.payload(wire.event("updateRoom", { ...room, doorLocked: true }), wire.event("crowded", { room: "r", count: 13 }));
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.crowd.count).toBe(0);
});

test("whoever has gone asks for no seat", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  wire.payload(wire.answer(0, refusal("ROOM_FULL")));
  await vi.advanceTimersByTimeAsync(1000);
  visit.leave();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.asked).toHaveLength(1);
});

test("a door that is shut for a while tells why, and opens by itself", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  const error = { code: "RATE_LIMITED", message: "", retryable: true, retryAfterMs: 40_000, limit: "joins-per-minute", n: 10 };
  wire.payload(wire.answer(0, { ok: false, error }));
  await vi.advanceTimersByTimeAsync(39_999);
  expect(visit.stage).toBe("entering");
  expect(visit.failure).toMatchObject({ limit: "joins-per-minute", n: 10 });
  expect(wire.asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2);
  wire.payload(wire.answer(1, joined(3)));
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.stage).toBe("live");
  expect(visit.failure).toBeNull();
});

test("what others say is told once each, also the same words twice", async () => {
  const { wire, visit } = enter();
  wire.payload(wire.answer(0, joined(3)));
  const laugh = (seq: number) => wire.event("chat", { ...chat(seq), chat: "ㅋㅋ" });
  wire.payload(laugh(4), laugh(5), laugh(5), wire.event("chat", { ...chat(6), user: me.user }));
  await flush();
  expect(visit.said.map((m) => [m.seq, m.chat])).toEqual([[4, "ㅋㅋ"], [5, "ㅋㅋ"]]);
});

test("a page of older messages that was refused is not asked for again at once", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  wire.payload(wire.answer(0, { ...joined(3), more: true }));
  await vi.advanceTimersByTimeAsync(0);
  // What the timeline does whenever something has changed and there is space above.
  visit.watch(() => void visit.earlier.read());
  void visit.earlier.read();
  wire.payload(wire.answer(1, refusal("UNAVAILABLE", true)));
  await vi.advanceTimersByTimeAsync(2999);
  expect(wire.asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(wire.asked).toHaveLength(3);
  expect(wire.asked[2]!.event).toBe("history");
});

const stored = (seq: number) => ({ ok: true as const, _id: `m${seq}`, seq, rev: seq, createdAt: seq, dup: false });
const picture = () => ({ file: new File(["x"], "x.gif", { type: "image/gif" }), url: "blob:x", w: 1, h: 1, alt: "" });
const gone = { event: "leave", payload: { room: "r" } };

/** A visit that is in, and has something to send. */
async function writing(...cids: string[]) {
  const all = enter();
  all.wire.payload(all.wire.answer(0, joined(3)));
  await vi.advanceTimersByTimeAsync(0);
  for (const cid of cids) all.visit.post.outbox.add(`text ${cid}`, cid);
  await vi.advanceTimersByTimeAsync(0);
  return all;
}

test("a text that is on its way or waits would be lost with the tab", async () => {
  vi.useFakeTimers();
  const { wire, visits } = await writing("c1");
  expect(visits.unsent).toBe(true);
  wire.payload(wire.answer(1, stored(4)));
  await vi.advanceTimersByTimeAsync(0);
  expect(visits.unsent).toBe(false);
  wire.payload(wire.event("disconnect", ""), wire.event("connect", undefined));
  await vi.advanceTimersByTimeAsync(0);
  visits.enter("r", room).post.outbox.add("text", "c2");
  expect(visits.unsent).toBe(true);
  wire.payload(wire.event("roomClosed", { room: "r" })); // and nobody will ever get it
  await vi.advanceTimersByTimeAsync(0);
  expect(visits.unsent).toBe(false);
});

test("whoever has nothing to send leaves at once", async () => {
  vi.useFakeTimers();
  const { wire, visits, visit } = await writing();
  visit.leave();
  expect(wire.told).toEqual([gone]);
  expect(visits.enter("r", room)).not.toBe(visit);
});

test("what waits when one leaves is sent first, also when the server asks for silence or the connection breaks", async () => {
  vi.useFakeTimers();
  const { wire, visits, visit } = await writing("c1", "c2");
  visit.leave();
  expect(visits.unsent).toBe(true);
  wire.payload(wire.answer(1, { ok: false, error: { code: "RATE_LIMITED", message: "", retryable: true, retryAfterMs: 9000 } }));
  await vi.advanceTimersByTimeAsync(13_500);
  wire.payload(wire.answer(2, stored(4)));
  await vi.advanceTimersByTimeAsync(0);
  wire.payload(wire.event("disconnect", ""), wire.event("connect", undefined));
  await vi.advanceTimersByTimeAsync(0);
  wire.payload(wire.answer(4, joined(4)));
  await vi.advanceTimersByTimeAsync(0);
  expect(wire.asked.map((a) => (a.payload as { cid?: string }).cid)).toEqual([undefined, "c1", "c1", "c2", undefined, "c2"]);
  expect(wire.told).toEqual([]);
  wire.payload(wire.answer(5, stored(5)));
  await vi.advanceTimersByTimeAsync(0);
  expect(wire.told).toEqual([gone]);
  expect(visits.unsent).toBe(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.asked).toHaveLength(6);
});

test("whoever returns meanwhile finds the same visit, which stays and sends nothing twice", async () => {
  vi.useFakeTimers();
  const { wire, visits, visit } = await writing("c1");
  visit.leave();
  wire.payload(wire.event("chat", { ...chat(4), room: "r" }));
  expect(visits.enter("r", room)).toBe(visit);
  wire.payload(wire.answer(1, stored(5)));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit.log.items.map((m) => m.seq)).toEqual([3, 4, 5]);
  expect(wire.asked).toHaveLength(2);
  expect(wire.told).toEqual([]);
  visit.leave();
  expect(wire.told).toEqual([gone]);
});

test("a room that is closed meanwhile ends the visit, and what waits with it", async () => {
  vi.useFakeTimers();
  const { wire, visits, visit } = await writing("c1", "c2");
  visit.post.outbox.add("", "c3", [picture()]);
  visit.leave();
  wire.payload(wire.event("roomClosed", { room: "r" }), wire.answer(1, refusal("CLOSED")));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visits.unsent).toBe(false);
  expect(wire.asked).toHaveLength(2);
  expect(wire.told).toEqual([]);
  expect(visits.enter("r", room).post.outbox.entries).toEqual([]);
});

test("a picture under way is sent after one has left", async () => {
  vi.useFakeTimers();
  const { wire, visits, visit } = await writing();
  visit.post.outbox.add("", "p1", [picture()]);
  await vi.advanceTimersByTimeAsync(0);
  expect(visits.unsent).toBe(true);
  visit.leave();
  uploads[0]!.ok(stored(4));
  await vi.advanceTimersByTimeAsync(0);
  expect(uploads).toHaveLength(1);
  expect(visits.unsent).toBe(false);
  expect(wire.told).toEqual([gone]);
});

test("a picture that can't be sent waits for the next visit", async () => {
  vi.useFakeTimers();
  const { wire, visits, visit } = await writing();
  visit.post.outbox.add("", "p1", [picture()]);
  await vi.advanceTimersByTimeAsync(0);
  visit.leave();
  wire.payload(wire.event("disconnect", ""), wire.event("connect", undefined));
  await vi.advanceTimersByTimeAsync(0);
  wire.payload(wire.answer(1, refusal("ROOM_FULL")));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.asked).toHaveLength(2);
  expect(visits.unsent).toBe(true);

  const next = visits.enter("r", room);
  expect(next).not.toBe(visit);
  expect(next.post.outbox.entries).toMatchObject([{ cid: "p1", state: "queued" }]);
  wire.payload(wire.answer(2, joined(3)));
  await vi.advanceTimersByTimeAsync(0);
  expect(uploads.map((u) => u.cid)).toEqual(["p1", "p1"]);
});

test("a seat that comes after one has left is given back, unless one returns", async () => {
  vi.useFakeTimers();
  const { wire, visits, visit } = enter();
  wire.payload(wire.answer(0, refusal("ROOM_FULL")));
  await vi.advanceTimersByTimeAsync(8000);
  visit.leave();
  expect(visits.enter("r", room)).toBe(visit);
  visit.leave();
  wire.payload(wire.answer(1, joined(3)));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.asked).toHaveLength(2);
  expect(wire.told).toEqual([gone]);
});

test("a refusal that comes after one has left is not asked about again", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  visit.leave();
  wire.payload(wire.answer(0, refusal("ROOM_FULL")));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit.ended).toBe(true);
  expect(wire.asked).toHaveLength(1);
});

test("the sender sees what the server made of a text, whichever comes first", async () => {
  vi.useFakeTimers();
  const { wire, visit } = await writing("c1", "c2");
  const echo = (seq: number, cid: string): Chat => ({ ...chat(seq), user: me.user, chat: "clean", cid });
  wire.payload(wire.answer(1, stored(4)));
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.log.items.at(-1)).toMatchObject({ seq: 4, chat: "text c1" });
  let told = 0;
  visit.watch(() => told++);
  wire.payload(wire.event("chat", echo(4, "c1")));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toBeGreaterThan(0);
  wire.payload(wire.event("chat", echo(5, "c2")), wire.answer(2, stored(5)));
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.log.items.map((m) => m.chat)).toEqual(["m3", "clean", "clean"]);
  expect(visit.post.outbox.entries).toEqual([]);
  expect(visit.heard.count).toBe(0);
});

/** A visit that comes back after a break; its second request to join is on its way. */
async function returning() {
  const all = await writing();
  all.wire.payload(all.wire.event("disconnect", ""), all.wire.event("connect", undefined));
  await vi.advanceTimersByTimeAsync(0);
  all.visit.post.outbox.add("meanwhile", "c1");
  return all;
}
const joins = (wire: Wire) => wire.asked.filter((a) => a.event === "join").length;

// The answer to join that comes late goes nowhere, but the server has let us in and tells of what
// happens there.
test.each([
  ["that follow each other", [4, 5]],
  ["with a hole that the next one fills", [5, 4]],
])("a late answer to join leaves nobody outside, events %s", async (_, seqs) => {
  vi.useFakeTimers();
  const { wire, visit } = await returning();
  await vi.advanceTimersByTimeAsync(10_000);
  wire.asked[1]!.ack(new Error("timeout"));
  await vi.advanceTimersByTimeAsync(100);
  for (const seq of seqs) wire.payload(wire.event("chat", chat(seq)));
  await vi.advanceTimersByTimeAsync(2000);
  expect(joins(wire)).toBe(3);
  wire.payload(wire.answer(2, { ...joined(5), messages: [chat(4), chat(5)], reset: false }));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(visit.stage).toBe("live");
  expect(joins(wire)).toBe(3);
  expect(wire.asked.at(-1)).toMatchObject({ event: "chat", payload: { cid: "c1" } });
});

test("a hole that was there before the answer to join, and is after it, is asked for", async () => {
  vi.useFakeTimers();
  const { wire, visit } = await returning();
  wire.payload(wire.event("chat", chat(6)), wire.answer(1, { ...joined(4), messages: [chat(4)], reset: false }));
  await vi.advanceTimersByTimeAsync(399);
  expect([visit.log.hole, joins(wire)]).toEqual([true, 2]);
  await vi.advanceTimersByTimeAsync(1);
  expect(joins(wire)).toBe(3);
});

test("a picture that arrives while there is no seat doesn't end the asking for one", async () => {
  vi.useFakeTimers();
  const { wire, visit } = await writing();
  wire.payload(wire.event("disconnect", ""), wire.event("connect", undefined));
  await vi.advanceTimersByTimeAsync(0);
  wire.payload(wire.answer(1, refusal("ROOM_FULL")));
  await vi.advanceTimersByTimeAsync(0);
  visit.wrote({ ...chat(4), user: me.user });
  await vi.advanceTimersByTimeAsync(7500);
  expect(joins(wire)).toBe(3);
});

test("one's own message moves the end of the room too", async () => {
  vi.useFakeTimers();
  const { wire, visit } = await writing("c1");
  const day = 24 * 3600_000;
  visit.take({ ...room, life: "day", ends: day });
  wire.payload(wire.answer(1, { ...stored(4), createdAt: day / 2 }));
  await vi.advanceTimersByTimeAsync(0);
  wire.payload(wire.event("chat", { ...chat(4), user: me.user, cid: "c1", createdAt: day / 2 }));
  await vi.advanceTimersByTimeAsync(0);
  expect(visit.room!.ends).toBe(1.5 * day);
});
