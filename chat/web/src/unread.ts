// Where one stopped reading: what was said in a room while one wasn't there, or didn't look.

import { useLayoutEffect, useState } from "preact/hooks";
import { see, seenTo } from "./seen";
import type { Visit } from "./visit";
import type { Chat } from "./wire";

/**
 * The newest message that one had seen when one came to look at something new, by seq; Infinity:
 * nothing was new. What one looks at isn't new in the list of rooms.
 */
export function useUnread(visit: Visit): number {
  const [since, set] = useState(Infinity);
  useLayoutEffect(() => {
    let looked = false;
    const look = () => {
      const { stage, room, log } = visit;
      const looks = stage === "live" && !!room && document.visibilityState === "visible";
      const to = looks && !looked ? seenTo(visit.id) : Infinity;
      if (log.items.some((m) => unread(m, to, visit))) set(to);
      looked = looks;
      if (looks) see(room, log.items);
    };
    look();
    const stop = visit.watch(look);
    document.addEventListener("visibilitychange", look);
    return () => {
      stop();
      document.removeEventListener("visibilitychange", look);
    };
  }, [visit]);
  return since;
}

/** The first message behind that one, by seq, where it is known; else 0. */
export function firstUnread(items: Chat[], since: number, visit: Visit, more: boolean): number {
  const i = items.findIndex((m) => unread(m, since, visit));
  return i > 0 || (i === 0 && !more) ? items[i]!.seq : 0;
}

const unread = (m: Chat, since: number, { me, hidden }: Visit) => m.seq > since && m.kind !== "system" && !m.deleted && m.user !== me?.user && !hidden.has(m.user);
