// What one sends to a room, and what becomes of it: it waits in the outbox, goes to the server, and
// stands in the log before it is heard.

import { upload } from "./api";
import { Outbox, type Entry } from "./outbox";
import type { Visit } from "./visit";
import { Watched } from "./watch";
import { Failure, type Chat, type Member, type Posted } from "./wire";

export class Post extends Watched {
  outbox: Outbox;
  /** When one may write again, where the room is slow. */
  slowUntil = 0;
  /** A text that goes back to the composer. */
  returned: string | null = null;
  /** Local copies of our own pictures, so that they don't flash when the server's copy replaces them. */
  previews = new Map<string, string>();

  constructor(
    private visit: Visit,
    pictures: Entry[],
  ) {
    super();
    this.outbox = new Outbox({
      storage: sessionStorage,
      key: `outbox:${visit.id}`,
      pictures,
      send: (entry, signal) => this.send(entry, signal),
      sent: (entry, posted) => this.sent(entry, posted),
      last: () => visit.log.items.at(-1)?.seq ?? 0,
    });
    this.outbox.watch(() => this.changed());
  }

  /** What lives in memory alone and may be sent by the next visit. */
  get pictures(): Entry[] {
    return this.outbox.entries.filter((e) => e.picture);
  }

  /** Gives the text of a rejected entry back to be changed. */
  takeBack(cid: string): void {
    this.returned = this.entry(cid)?.text ?? null;
    this.discard(cid);
  }

  discard(cid: string): void {
    const url = this.entry(cid)?.picture?.url;
    this.outbox.discard(cid);
    if (url) URL.revokeObjectURL(url);
  }

  /** Lets go of all that waits. */
  abandon(): void {
    for (const { cid } of this.outbox.entries) this.discard(cid);
  }

  /** Messages were seen in the room: those of ours have arrived. */
  seen(messages: Chat[]): void {
    for (const { cid } of messages) {
      if (!cid) continue;
      this.keep(this.entry(cid));
      this.outbox.arrived(cid);
    }
  }

  /** Frees what is kept of pictures that have arrived. */
  end(): void {
    for (const url of this.previews.values()) URL.revokeObjectURL(url);
  }

  private entry(cid: string): Entry | undefined {
    return this.outbox.entries.find((e) => e.cid === cid);
  }

  private keep(entry: Entry | undefined): void {
    if (entry?.picture) this.previews.set(entry.cid, entry.picture.url);
  }

  private async send(entry: Entry, signal: AbortSignal): Promise<Posted> {
    const { visit } = this;
    try {
      if (entry.picture) {
        const { file } = entry.picture;
        return await upload(visit.id, file, file.name, entry.cid, signal, (part) => this.outbox.progress(entry.cid, part));
      }
      return await visit.act<Posted>("chat", { cid: entry.cid, chat: entry.text });
    } catch (e) {
      const f = e as Failure;
      // The server has forgotten that we are in: come in again, then the same message.
      if (f.code !== "NOT_MEMBER") throw f;
      await visit.join();
      throw new Failure({ code: f.code, message: f.message, retryable: visit.stage === "live" });
    }
  }

  private sent(entry: Entry, posted: Posted): void {
    const { me, room, ended } = this.visit;
    if (!me || ended) return;
    if (room?.slow && !me.role) this.slowUntil = Date.now() + room.slow * 1000;
    this.keep(entry);
    this.visit.wrote(written(entry, posted, me));
  }
}

// The message as far as we know it from what we wrote and from the server's answer.
function written({ cid, text, picture }: Entry, posted: Posted, me: Member): Chat {
  const { w = 0, h = 0, file } = picture ?? {};
  const media = posted.media ?? (file && [{ mime: file.type, w, h, bytes: file.size, frames: 1 }]);
  return {
    ...me,
    _id: posted._id,
    kind: file ? "media" : "text",
    chat: file ? undefined : text,
    gif: posted.gif,
    media,
    createdAt: posted.createdAt,
    seq: posted.seq,
    rev: posted.rev,
    cid,
  };
}
