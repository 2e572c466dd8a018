// Links to messages, #m-<seq> behind a room's address: how one is made, followed, and where it leads.

import { useEffect } from "preact/hooks";
import { pathOf } from "./page";
import { plainClick } from "./top";
import type { Visit } from "./visit";
import type { Room } from "./wire";

/** The address of a message. */
export const linkOf = (room: Pick<Room, "_id" | "slug">, seq: number) => `${location.origin}${pathOf(room)}#m-${seq}`;

/** The seq that a fragment names; 0: none. */
export const linked = (hash: string) => Number(/^#m-([1-9]\d{0,14})$/.exec(hash)?.[1] ?? 0);

/** Goes where the address points, when one comes in and when it changes. */
export function useLinked(visit: Visit): void {
  const live = visit.stage === "live";
  useEffect(() => {
    const go = () => {
      const seq = linked(location.hash);
      if (!seq || !live) return;
      // It is of use once: left there, a reload would jump again, and it would be in the next link that
      // is copied.
      history.replaceState(history.state, "", location.pathname);
      void visit.earlier.go(seq);
    };
    go();
    addEventListener("hashchange", go);
    return () => removeEventListener("hashchange", go);
  }, [visit, live]);
}

/** Follows a link in a message to another of the same room, without another tab. */
export function followed(e: MouseEvent, visit: Visit): void {
  const a = (e.target as Element).closest?.("a");
  const seq = a ? linked(a.hash) : 0;
  const { room, id } = visit;
  const here = a?.origin === location.origin && (a.pathname === pathOf({ _id: id }) || (room && a.pathname === pathOf(room)));
  if (seq && here && plainClick(e)) void visit.earlier.go(seq);
}

/** The row of a message, or of the next one that has a row of its own. */
export function rowOf(list: HTMLElement, seq: number): HTMLElement | null {
  const rows = [...list.querySelectorAll<HTMLElement>(".msg[id]")];
  return rows.find((row) => seqOf(row) >= seq) ?? rows.at(-1) ?? null;
}

const seqOf = (row: HTMLElement) => linked(`#${row.id}`);

/** Brings a row into view, shows which one it is, and gives it the focus. */
export function find(box: HTMLElement, row: HTMLElement, seq: number): void {
  const space = box.clientHeight - row.offsetHeight;
  box.scrollTop = row.offsetTop - Math.max(16, space / 2);
  box.querySelector(".found")?.classList.remove("found");
  // A sheet that closes gives the focus back first.
  requestAnimationFrame(() => {
    if (seqOf(row) === seq) row.classList.add("found");
    row.focus({ preventScroll: true });
    setTimeout(() => row.classList.remove("found"), shows);
  });
}

/** As long as the style shows it. */
const shows = 1500;
