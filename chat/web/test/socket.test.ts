import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { settle } from "../src/failure";
import { Net } from "../src/socket";

type Listener = (value?: unknown) => void;

class Fake {
  connected = false;
  active = false;
  connects = 0;
  private hears = new Map<string, Listener>();
  on = (event: string, f: Listener) => void this.hears.set(event, f);
  connect(): void {
    this.active = true;
    this.connects++;
  }
  disconnect(): void {
    this.active = this.connected = false;
  }
  open(): void {
    this.connected = this.active = true;
    this.hears.get("connect")!();
  }
  hear(event: string, value: unknown): void {
    this.hears.get(event)!(value);
  }
  lose(): void {
    this.connected = false; // and stays active: the manager brings it back
    this.hears.get("disconnect")!("transport close");
  }
  refuse(more: object): void {
    if ("data" in more) this.active = false; // as after the packet CONNECT_ERROR
    this.hears.get("connect_error")!(Object.assign(new Error("no"), more));
  }
}

/** The last manager: how it was told to wait, and what it tells. */
let manager: { wait: number; random: number; tell: (n: number) => void };

vi.mock("socket.io-client", () => ({
  Manager: class {
    wait = 0;
    random = 0;
    tell = (_n: number) => {};
    constructor() {
      manager = this;
    }
    on = (_: string, f: (n: number) => void) => void (this.tell = f);
    reconnectionDelay = (ms: number) => void (this.wait = ms);
    reconnectionDelayMax = () => {};
    randomizationFactor = (part: number) => void (this.random = part);
    socket = () => new Fake();
  },
}));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("document", { addEventListener() {} });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function connecting() {
  const net = new Net();
  const [rooms, chat] = [net.rooms, net.chat] as unknown as [Fake, Fake];
  net.use(net.rooms);
  net.use(net.chat);
  return { net, rooms, chat };
}

const lockedOut = { code: "LOCKED_OUT", message: "", retryable: true, retryAfterMs: 600_000, limit: "offences", n: 200 };

test("a lock-out is told, and nothing connects before it ends", async () => {
  const { net, rooms, chat } = connecting();
  rooms.open();
  chat.refuse({ data: lockedOut });
  expect(net.turned).toMatchObject({ code: "LOCKED_OUT", limit: "offences", until: Date.now() + 600_000 });
  expect([rooms.active, chat.active]).toEqual([false, false]);
  net.now();
  await vi.advanceTimersByTimeAsync(599_999);
  net.now();
  expect([rooms.connects, chat.connects]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(15_001);
  expect([rooms.connects, chat.connects]).toEqual([2, 2]);
  rooms.open();
  chat.open();
  expect(net.turned).toBeNull();
  expect(net.downSince).toBe(0);
});

test("a lock-out that any answer brings ends the connection", () => {
  const { net, rooms, chat } = connecting();
  rooms.open();
  chat.open();
  expect(() => settle({ ok: false, error: lockedOut })).toThrow();
  expect([rooms.connected, chat.connected]).toEqual([false, false]);
  expect(net.turned!.code).toBe("LOCKED_OUT");
  expect(net.downSince).toBeGreaterThan(0);
});

const banned = { code: "BANNED", message: "", retryable: false };

test.each<[string, (of: ReturnType<typeof connecting>) => void]>([
  ["a handshake", ({ chat }) => chat.refuse(answer(403, JSON.stringify({ error: banned })))],
  ["a namespace", ({ rooms }) => rooms.refuse({ data: banned })],
  ["an answer", () => expect(() => settle({ ok: false, error: banned })).toThrow()],
])("a ban is told, and nothing connects any more: %s", async (_, tell) => {
  const all = connecting();
  const { net, rooms, chat } = all;
  rooms.open();
  tell(all);
  expect(net.refused).toMatchObject({ code: "BANNED" });
  expect(net.downSince).toBeGreaterThan(0);
  chat.refuse({ data: lockedOut });
  net.now();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([rooms.active, chat.active, rooms.connects, chat.connects]).toEqual([false, false, 1, 1]);
  expect(net.turned).toBeNull();
});

test("too many windows: it is told, asked again, and may be asked at once", async () => {
  const { net, rooms, chat } = connecting();
  const data = { code: "RATE_LIMITED", message: "", retryable: true, limit: "sockets-per-identity", n: 10 };
  chat.refuse({ data });
  expect(net.turned!.limit).toBe("sockets-per-identity");
  net.now();
  expect(chat.connects).toBe(2);
  chat.refuse({ data });
  await vi.advanceTimersByTimeAsync(30_000);
  expect(chat.connects).toBe(3);
  rooms.open();
  chat.open();
  expect(net.turned).toBeNull();
});

const answer = (status: number, body: string, after: string | null = null) => ({
  description: status,
  context: { responseText: body, getResponseHeader: () => after },
});

test.each([
  ["the server's words", answer(429, JSON.stringify({ ok: false, error: { ...lockedOut, code: "RATE_LIMITED", limit: "handshakes-per-second", n: 20, retryAfterMs: 1000 } })), { limit: "handshakes-per-second", n: 20, retryAfterMs: 1000 }],
  ["a proxy's 429", answer(429, "<h1>slow down</h1>", "7"), { code: "RATE_LIMITED", retryAfterMs: 7000 }],
  ["a 429 without a word", answer(429, ""), { code: "RATE_LIMITED", until: 0 }],
  ["a server without room", answer(503, JSON.stringify({ error: { ...lockedOut, code: "SERVER_FULL", limit: "sockets" } })), { code: "SERVER_FULL", limit: "sockets" }],
  ["another site", answer(403, JSON.stringify({ error: { ...banned, code: "BAD_ORIGIN" } })), null],
  ["a server that starts", answer(503, "starting"), null],
  ["no server", { description: 0, context: {} }, null],
])("a handshake that is refused tells why: %s", (_, error, want) => {
  const { net, chat } = connecting();
  chat.refuse(error);
  if (want) expect(net.turned).toMatchObject(want);
  else expect(net.turned).toBeNull();
});

test("a connection that is refused again and again comes ever more slowly", async () => {
  const { net, rooms, chat } = connecting();
  const busy = { ...lockedOut, code: "RATE_LIMITED", limit: "handshakes-per-second", n: 20, retryAfterMs: 1000 };
  const refuse = () => {
    const error = answer(429, JSON.stringify({ ok: false, error: busy }));
    rooms.refuse(error); // one attempt, of which both namespaces are told
    chat.refuse(error);
  };
  for (const [n, least] of [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].entries()) {
    refuse();
    await vi.advanceTimersByTimeAsync(least - 1);
    expect(chat.connects).toBe(n + 1);
    await vi.advanceTimersByTimeAsync(least / 2 + 1);
    expect(chat.connects).toBe(n + 2);
  }
  rooms.open();
  chat.open();
  expect(net.turned).toBeNull();
  refuse();
  await vi.advanceTimersByTimeAsync(1500);
  expect(chat.connects).toBe(9);
});

test("after a restart that was told, pages come back at any moment within three seconds", () => {
  const { net, rooms, chat } = connecting();
  rooms.open();
  chat.open();
  const pace = () => [manager.wait * (1 - manager.random), manager.wait * (1 + manager.random)];
  expect(pace()).toEqual([500, 1500]);
  chat.hear("notice", { level: "error", message: "no", code: "NOT_MEMBER" });
  expect(net.restarting).toBe(false);
  rooms.hear("notice", { level: "info", message: "", code: "RESTART" });
  expect(net.restarting).toBe(true);
  expect(manager.random).toBe(0);
  expect(manager.wait).toBeLessThan(3000);
  rooms.lose();
  chat.lose();
  expect(net.restarting).toBe(true);
  // What follows an attempt in vain is as after any lost connection.
  manager.tell(1);
  expect(pace()).toEqual([500, 1500]);
  rooms.open();
  expect(net.restarting).toBe(true);
  chat.open();
  expect(net.restarting).toBe(false);
  expect(net.downSince).toBe(0);
});
