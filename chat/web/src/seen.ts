// Which rooms this browser has looked into, and up to where: a row tells what is new since, and a line
// in the room.

import type { Chat, Room } from "./wire";

const key = "seen";
/** Rooms that are remembered. */
const most = 100;

/** When the last thing that one saw was said, and its seq. */
type Mark = [at: number, seq: number];

let keeping: ReturnType<typeof setTimeout> | undefined;
let seen: Record<string, Mark> | null = null;

const all = () => seen ?? read();

// What is kept, where other tabs note theirs too: of two marks the later one holds.
function read(): Record<string, Mark> {
  seen = { ...seen };
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, Mark>;
    for (const [room, mark] of Object.entries(kept)) if (later(mark, seen[room])) seen[room] = mark;
  } catch {
    // What is forbidden has kept nothing.
  }
  return seen;
}

const later = (a: Mark, b: Mark | undefined) => !b || a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

/** Whether something was said in a room since one has looked into it. */
export const unseen = (room: Room): boolean => room.active > (all()[room._id]?.[0] ?? Infinity);

/** The newest message that one has seen of a room, by seq; Infinity: one has never looked. */
export const seenTo = (room: string): number => read()[room]?.[1] ?? Infinity;

/** Notes what one sees of a room. */
export function see(room: Room, messages: Chat[]): void {
  const said = messages.findLast((m) => m.kind !== "system")?.createdAt ?? 0;
  const mark: Mark = [Math.max(room.active, said), messages.at(-1)?.seq ?? 0];
  const { [room._id]: before, ...others } = all();
  if (!later(mark, before)) return;
  seen = { ...others, [room._id]: mark }; // the one that was looked at last stands last
  clearTimeout(keeping); // writing can wait
  keeping = setTimeout(keep);
}

function keep(): void {
  seen = Object.fromEntries(Object.entries(read()).slice(-most));
  try {
    localStorage.setItem(key, JSON.stringify(seen));
  } catch {
    // What is forbidden keeps nothing.
  }
}
