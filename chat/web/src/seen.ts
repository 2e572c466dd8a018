// Which rooms this browser has looked into, and up to when: a row tells what is new since.

import type { Chat, Room } from "./wire";

const key = "seen";
/** Rooms that are remembered. */
const most = 100;

let seen: Record<string, number> | null = null;

function all(): Record<string, number> {
  try {
    return (seen ??= JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, number>);
  } catch {
    return (seen ??= {});
  }
}

/** Whether something was said in a room since one has looked into it. */
export const unseen = (room: Room): boolean => room.active > (all()[room._id] ?? Infinity);

/** Notes what one sees of a room. */
export function see(room: Room, messages: Chat[]): void {
  const said = messages.findLast((m) => m.kind !== "system")?.createdAt ?? 0;
  const at = Math.max(room.active, said);
  const { [room._id]: before, ...others } = all();
  if (before && before >= at) return;
  // The one that was looked at last stands last.
  seen = Object.fromEntries([...Object.entries(others).slice(1 - most), [room._id, at]]);
  try {
    localStorage.setItem(key, JSON.stringify(seen));
  } catch {
    // What is forbidden keeps nothing.
  }
}
