// Which rooms this browser has looked into, and up to where: a row tells what is new since, and a line
// in the room.

import type { Chat, Room } from "./wire";

const key = "seen";
/** Rooms that are remembered. */
const most = 100;

/** When the last thing that one saw was said, and its seq. */
type Mark = [at: number, seq: number];

let seen: Record<string, Mark> | null = null;

function all(): Record<string, Mark> {
  try {
    return (seen ??= JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, Mark>);
  } catch {
    return (seen ??= {});
  }
}

/** Whether something was said in a room since one has looked into it. */
export const unseen = (room: Room): boolean => room.active > (all()[room._id]?.[0] ?? Infinity);

/** The newest message that one has seen of a room, by seq; Infinity: one has never looked. */
export const seenTo = (room: string): number => all()[room]?.[1] ?? Infinity;

/** Notes what one sees of a room. */
export function see(room: Room, messages: Chat[]): void {
  const said = messages.findLast((m) => m.kind !== "system")?.createdAt ?? 0;
  const seq = messages.at(-1)?.seq ?? 0;
  const at = Math.max(room.active, said);
  const { [room._id]: before, ...others } = all();
  if (before && before[0] >= at && before[1] === seq) return;
  // The one that was looked at last stands last.
  seen = Object.fromEntries([...Object.entries(others).slice(1 - most), [room._id, [at, seq] satisfies Mark]]);
  clearTimeout(keeping);
  keeping = setTimeout(keep);
}

function keep(): void {
  try {
    localStorage.setItem(key, JSON.stringify(seen));
  } catch {
    // What is forbidden keeps nothing.
  }
}

// Storage waits for the disk, and what was read should be there when it's needed.
let keeping = setTimeout(all);
