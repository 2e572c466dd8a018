import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Net } from "../src/socket";
import { Visit } from "../src/visit";
import type { Chat, Joined, Member, Room } from "../src/wire";

const room: Room = { _id: "r", title: "방", max: 10, owner: null, password: false, count: 2, createdAt: 0, active: 0 };
const me: Member = { user: "#000001", nameIdx: 1, hue: 0, shape: 0 };
const other: Member = { user: "#000002", nameIdx: 2, hue: 1, shape: 0 };

beforeEach(() => {
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
  asked: { event: string; payload: unknown; ack: Ack }[] = [];
  private hears = new Map<string, (value: unknown) => void>();

  on = (event: string, f: (value: unknown) => void) => void this.hears.set(event, f);
  off = (event: string) => void this.hears.delete(event);
  timeout = () => ({ emit: (event: string, payload: unknown, ack: Ack) => void this.asked.push({ event, payload, ack }) });
  emit = () => {};

  payload(...packets: (() => void)[]): void {
    for (const packet of packets) void Promise.resolve().then(packet);
  }
  answer = (n: number, answer: unknown) => () => this.asked[n]!.ack(null, answer);
  event = (name: string, value: unknown) => () => this.hears.get(name)!(value);
}

function enter(): { wire: Wire; visit: Visit } {
  const wire = new Wire();
  return { wire, visit: new Visit("r", { chat: wire, use() {} } as unknown as Net, room) };
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
  expect(visit.heard).toBe(0);
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
  visit.outbox.add("x", "c1");
  await flush();
  wire.payload(wire.answer(1, { ok: false, error: { code: "TOO_LONG", message: "", retryable: false } }));
  await flush();
  wire.payload(wire.event("chat", chat(4)));
  await flush();
  expect(wire.asked[1]).toMatchObject({ event: "chat", payload: { room: "r", cid: "c1", chat: "x" } });
  expect(visit.outbox.entries).toMatchObject([{ cid: "c1", state: "rejected", after: 3 }]);
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

test("whoever has gone asks for no seat", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  wire.payload(wire.answer(0, refusal("ROOM_FULL")));
  await vi.advanceTimersByTimeAsync(1000);
  visit.end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wire.asked).toHaveLength(1);
});

test("a page of older messages that was refused is not asked for again at once", async () => {
  vi.useFakeTimers();
  const { wire, visit } = enter();
  wire.payload(wire.answer(0, { ...joined(3), more: true }));
  await vi.advanceTimersByTimeAsync(0);
  // What the timeline does whenever something has changed and there is space above.
  visit.watch(() => void visit.older());
  void visit.older();
  wire.payload(wire.answer(1, refusal("UNAVAILABLE", true)));
  await vi.advanceTimersByTimeAsync(2999);
  expect(wire.asked).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect(wire.asked).toHaveLength(3);
  expect(wire.asked[2]!.event).toBe("history");
});
