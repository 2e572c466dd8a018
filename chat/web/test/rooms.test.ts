import type { Socket } from "socket.io-client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Rooms } from "../src/rooms";
import type { Room, RoomPage } from "../src/wire";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const room = (id: string, active = 0): Room => ({ _id: id, title: id, max: 4, owner: null, password: false, count: 1, createdAt: 0, active });

type Ack = (late: Error | null, answer: unknown) => void;

function lobby(first?: RoomPage) {
  const hears = new Map<string, (value: unknown) => void>();
  const asked: { q?: string; cursor?: string; limit: number; ack: Ack }[] = [];
  const socket = {
    connected: true,
    on: (event: string, f: (value: unknown) => void) => hears.set(event, f),
    timeout: () => ({ emit: (_: string, payload: { limit: number }, ack: Ack) => asked.push({ ...payload, ack }) }),
  };
  const rooms = new Rooms(socket as unknown as Socket, first);
  const answer = async (n: number, page: RoomPage) => {
    asked[n]!.ack(null, { ok: true, ...page });
    await vi.advanceTimersByTimeAsync(0);
  };
  return { rooms, asked, answer, tell: (event: string, value: unknown) => hears.get(event)!(value) };
}

const ids = (rooms: Rooms) => rooms.shown().map((r) => r._id);

test("the count is of all rooms, also of those that the list doesn't bring", () => {
  const { rooms, tell } = lobby({ rooms: [room("a")] });
  expect(rooms.count).toBe(1);
  tell("roomList", { rooms: [room("a", 2), room("b", 1)], total: 5, next: "n" });
  expect(rooms.count).toBe(5);
  tell("newRoom", room("c", 3));
  expect(rooms.count).toBe(6);
  tell("removeRoom", "a");
  tell("removeRoom", "one of those beyond");
  expect(rooms.count).toBe(4);
  expect(ids(rooms)).toEqual(["c", "b"]);
});

test("a room that the server tells the end of twice is counted out once", () => {
  const { rooms, tell } = lobby();
  tell("roomList", { rooms: [room("a", 2), room("b", 1)], total: 9, next: "n" });
  for (const id of ["a", "a", "one beyond", "one beyond"]) tell("removeRoom", id);
  expect(rooms.count).toBe(7);
  for (let i = 0; i < 300; i++) tell("removeRoom", "x");
  expect(rooms.count).toBe(6);
});

test("a list without a total is all there is", () => {
  const { rooms, tell } = lobby();
  expect(rooms.count).toBe(0);
  tell("roomList", { rooms: [room("a")] });
  tell("removeRoom", "unknown");
  expect(rooms.count).toBe(1);
});

test("a room that is about to be pressed stays until one looks away", () => {
  const { rooms, tell } = lobby({ rooms: [room("a"), room("b")] });
  rooms.held = (id) => id === "a";
  tell("removeRoom", "a");
  tell("removeRoom", "b");
  expect(ids(rooms)).toEqual(["a"]);
  expect(rooms.gone.has("a")).toBe(true);
  rooms.release("a");
  expect(ids(rooms)).toEqual([]);
});

test("what an answer told about a room stays when a broadcast brings it again", () => {
  const { rooms, tell } = lobby();
  rooms.put({ ...room("a"), mine: true });
  tell("newRoom", room("a", 1));
  tell("roomList", { rooms: [room("a", 2)], total: 1 });
  expect(rooms.get("a")).toMatchObject({ mine: true, active: 2 });
});

test("pages come one after the other until the list ends, and changes of what hasn't come are ignored", async () => {
  const { rooms, asked, answer, tell } = lobby({ rooms: [room("a", 9)], total: 3, next: "n1" });
  tell("updateRoom", { _id: "c", count: 2, active: 99 });
  expect(ids(rooms)).toEqual(["a"]);
  void rooms.load();
  void rooms.load();
  expect(asked).toMatchObject([{ cursor: "n1", limit: 50 }]);
  await answer(0, { rooms: [room("b", 8)], total: 3, next: "n2" });
  void rooms.load();
  expect(asked[1]).toMatchObject({ cursor: "n2" });
  await answer(1, { rooms: [room("c", 7)], total: 3 });
  expect(ids(rooms)).toEqual(["a", "b", "c"]);
  expect([rooms.more, rooms.count]).toEqual([false, 3]);
  tell("updateRoom", { _id: "c", count: 2, active: 99 });
  expect(ids(rooms)).toEqual(["c", "a", "b"]);
});

test("a page that doesn't come is told and may be asked for again after a while", async () => {
  const { rooms, asked } = lobby({ rooms: [room("a")], total: 2, next: "n" });
  void rooms.load();
  asked[0]!.ack(null, { ok: false, error: { code: "RATE_LIMITED", message: "", retryable: true, retryAfterMs: 8000 } });
  await vi.advanceTimersByTimeAsync(7999);
  expect(rooms.loading).toBe(true);
  expect(rooms.failure!.code).toBe("RATE_LIMITED");
  await vi.advanceTimersByTimeAsync(1);
  expect([rooms.loading, rooms.failure]).toEqual([false, null]);
});

test("a list that is here is searched here, as its owner types", () => {
  const { rooms, asked } = lobby({ rooms: [room("산책"), room("Walks")], total: 2 });
  rooms.find("wALK");
  expect(ids(rooms)).toEqual(["Walks"]);
  rooms.find("산".normalize("NFD"));
  expect(ids(rooms)).toEqual(["산책"]);
  rooms.find("");
  expect(ids(rooms)).toHaveLength(2);
  expect(asked).toEqual([]);
});

test("the server searches what isn't here; only the last words count", async () => {
  const { rooms, asked, answer, tell } = lobby({ rooms: [room("tea", 3), room("sea", 2)], total: 90, next: "n" });
  rooms.find("te");
  expect(ids(rooms)).toEqual(["tea"]);
  rooms.find("tea");
  expect(asked.map((a) => a.q)).toEqual(["te", "tea"]);
  await answer(1, { rooms: [room("teapot", 1)], total: 2, next: "f" });
  await answer(0, { rooms: [room("ten")], total: 9 });
  expect(ids(rooms)).toEqual(["tea", "teapot"]);
  tell("updateRoom", { _id: "teapot", active: 5 });
  tell("newRoom", room("tearoom", 4));
  tell("newRoom", room("bar", 9));
  expect(ids(rooms)).toEqual(["teapot", "tearoom", "tea"]);
  void rooms.load();
  expect(asked[2]).toMatchObject({ q: "tea", cursor: "f" });
  await answer(2, { rooms: [room("teak")], total: 2 });
  expect(rooms.more).toBe(false);
  tell("removeRoom", "teapot");
  expect(ids(rooms)).toEqual(["tearoom", "tea", "teak"]);
  rooms.find("");
  expect(ids(rooms)).toEqual(["bar", "tearoom", "tea", "sea"]);
  expect(rooms.count).toBe(91);
});

test("a search that fails asks again by itself, and so does one that a new connection cuts off", async () => {
  const { rooms, asked, answer, tell } = lobby({ rooms: [room("a")], total: 90, next: "n" });
  rooms.find("x");
  asked[0]!.ack(new Error("late"), undefined);
  await vi.advanceTimersByTimeAsync(3000);
  expect(asked[1]).toMatchObject({ q: "x" });
  tell("roomList", { rooms: [room("a")], total: 90, next: "n" });
  expect(asked[2]).toMatchObject({ q: "x" });
  await answer(2, { rooms: [room("x")], total: 1 });
  expect(ids(rooms)).toEqual(["x"]);
});
