// The pictures of messages as the page shows them.

import { addressOf } from "./copy";
import type { Hidden } from "./hidden";
import { calm } from "./moving";
import type { Picture } from "./outbox";
import type { Shot } from "./picture";
import type { Chat } from "./wire";

/** Those of a message that has come; our own are here already. */
export const shotsOf = (chat: Chat, previews: string[] = []): Shot[] => (chat.media ?? []).map((media, i) => ({ src: previews[i] ?? addressOf(media), media }));

/** The messages with pictures that one sees, and the chosen one, which may have gone meanwhile. */
export function withPictures(items: Chat[], chosen: Chat, hidden: Pick<Hidden, "has">): Chat[] {
  const others = items.filter((m) => m.seq !== chosen.seq && m.kind === "media" && !m.deleted && !hidden.has(m.user));
  return [...others, chosen].sort((a, b) => a.seq - b.seq);
}

/** One that hasn't been sent. Whether it moves is known to the server alone, so that a GIF may. */
export const shotOf = ({ file, url, w, h, alt }: Picture): Shot => ({ src: url, media: { mime: file.type, w, h, bytes: file.size, frames: file.type === "image/gif" && calm() ? 2 : 1, alt } });

/** How much of one of several files is there, when a part of all bytes is: they go one after the other. */
export function partOf(sizes: number[], index: number, part: number): number {
  const all = sizes.reduce((sum, n) => sum + n, 0);
  const before = sizes.slice(0, index).reduce((sum, n) => sum + n, 0);
  return Math.min(1, Math.max(0, (part * all - before) / (sizes[index] || 1)));
}
