import type { Socket } from "socket.io-client";
import { expect, test } from "vitest";
import { Rooms } from "../src/rooms";
import type { Room } from "../src/wire";

const room = (id: string, active = 0): Room => ({ _id: id, title: id, max: 4, owner: null, password: false, count: 1, createdAt: 0, active });

function lobby(first?: Room[]) {
  const hears = new Map<string, (value: unknown) => void>();
  const rooms = new Rooms({ on: (event: string, f: (value: unknown) => void) => hears.set(event, f) } as unknown as Socket, first);
  return { rooms, tell: (event: string, value: unknown) => hears.get(event)!(value) };
}

const ids = (rooms: Rooms) => rooms.sorted().map((r) => r._id);

test("the count is of all rooms, also of those that the list doesn't bring", () => {
  const { rooms, tell } = lobby([room("a")]);
  expect(rooms.count).toBe(1);
  tell("roomList", { rooms: [room("a", 2), room("b", 1)], total: 5 });
  expect(rooms.count).toBe(5);
  tell("newRoom", room("c", 3));
  expect(rooms.count).toBe(6);
  tell("removeRoom", "a");
  tell("removeRoom", "one of those beyond");
  expect(rooms.count).toBe(4);
  expect(ids(rooms)).toEqual(["c", "b"]);
});

test("a list without a total is all there is", () => {
  const { rooms, tell } = lobby();
  expect(rooms.count).toBe(0);
  tell("roomList", { rooms: [room("a")] });
  tell("removeRoom", "unknown");
  expect(rooms.count).toBe(1);
});

test("a room that is about to be pressed stays until one looks away", () => {
  const { rooms, tell } = lobby([room("a"), room("b")]);
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
