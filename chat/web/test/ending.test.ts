import { expect, test } from "vitest";
import { ending, prolonged } from "../src/ending";
import type { Room } from "../src/wire";

const hour = 3600_000;
const day = 24 * hour;
const room = (more: Partial<Room>): Room => ({ _id: "r", title: "방", max: 10, owner: null, password: false, count: 1, createdAt: 0, active: 0, ...more });

test.each<[string, Partial<Room>, number, number | undefined]>([
  ["of a week", { life: "week", ends: 7 * day }, 2 * day, 9 * day],
  ["of a day that was chosen since the last one", { life: "day", ends: 6 * day }, 5 * day + hour, 6 * day + hour],
  ["of a week, when the server was off for three days", { life: "week", ends: 10 * day }, 4 * day, 11 * day],
  ["that moves nothing, since a start of the server gives more time", { life: "day", ends: 3 * day }, day, 3 * day],
  ["whose end wasn't known", { life: "day", ends: 0 }, day, 2 * day],
  ["of a room until everybody has left", { life: "empty", ends: 0 }, day, 0],
  ["of a room for good", { life: "always", ends: 0 }, day, 0],
  ["of a room that the operator keeps", { life: "day", kept: true, ends: 0 }, day, 0],
])("a message moves the end: one %s", (_, more, at, ends) => {
  expect(prolonged(room(more), at)).toMatchObject({ active: at, ends });
});

test("a message that is known moves nothing", () => {
  const known = room({ life: "day", active: day, ends: 2 * day });
  expect(prolonged(known, day)).toBe(known);
});

test.each<[string, Partial<Room>, number, boolean]>([
  ["more than a day of a week", { life: "week", ends: 7 * day }, 6 * day - 1, false],
  ["less than a day of a week", { life: "week", ends: 7 * day }, 6 * day + 1, true],
  ["more than half a day of one day", { life: "day", ends: day }, day / 2 - 1, false],
  ["less than half a day of one day", { life: "day", ends: day }, day / 2 + 1, true],
  ["a whole day that was chosen after five", { life: "day", ends: 6 * day }, 5 * day, false],
  ["the last of a day that was chosen after five", { life: "day", ends: 6 * day }, 5.6 * day, true],
  ["until everybody has left", { life: "empty", ends: day }, day - 1, false],
  ["a week that nobody has come to", { life: "week", ends: hour / 6 }, 1, false],
])("a line says that a room ends, or not yet: %s", (_, more, now, says) => {
  expect(ending(room(more), now)).toBe(says);
});
