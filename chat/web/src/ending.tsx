// When a room ends, and why, in words.

import { useEffect, useState } from "preact/hooks";
import { language, t } from "./i18n";
import { moment } from "./time";
import type { Room } from "./wire";

const day = 24 * 3600_000;
/** How long a room lasts after its last message, by its life. */
const spans: Record<string, number> = { day, week: 7 * day };

/** A moment that is kept up to date. */
export function useMinute(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** Whether a room closes as soon as nobody is in it. */
export const passing = (room: Room) => room.life === "empty" && !room.kept;

/** Whether to say that a room ends: less than a day is left, and of one that lasts a day, half of it. */
export function ending(room: Room, now: number): boolean {
  if (!room.ends || passing(room)) return false;
  // One that nobody has come to yet has less than its life, and one whose life was chosen later more.
  const span = Math.min(spans[room.life ?? ""] ?? Infinity, room.ends - room.active);
  return room.ends - now < Math.min(day, span / 2);
}

/** The line of a room that ends soon. */
export function endingText(room: Room, now: number): string {
  return t("room.ends", { when: moment(room.ends!, now, language.now) });
}

/** The row of a room where nobody is. */
export function asleep(room: Room, now: number): string {
  if (room.kept || !room.ends) return t(passing(room) ? "lobby.asleep.soon" : "lobby.asleep");
  return t("lobby.asleep.until", { when: moment(room.ends, now, language.now) });
}

/** The room after a message, which moves its end. */
export function prolonged(room: Room, at: number): Room {
  if (at <= room.active) return room;
  const span = room.kept ? 0 : spans[room.life ?? ""];
  return { ...room, active: at, ends: span ? Math.max(room.ends ?? 0, at + span) : room.ends };
}
