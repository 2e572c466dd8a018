// What one sends to a room, and what becomes of it: it waits in the outbox, goes to the server, and
// stands in the log before it is heard.

import { upload } from "./api";
import { Failure } from "./failure";
import { Outbox, type Entry, type Picture } from "./outbox";
import type { Visit } from "./visit";
import { Watched } from "./watch";
import type { Chat, Media, Member, Posted } from "./wire";

export class Post extends Watched {
  outbox: Outbox;
  /** When one may write again, where the room is slow. */
  slowUntil = 0;
  /** A text that goes back to the composer. */
  returned: string | null = null;
  /** Local copies of our own pictures, so that they don't flash when the server's copy replaces them. */
  previews = new Map<string, string[]>();

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
    return this.outbox.entries.filter((e) => e.pictures);
  }

  /** Gives the text of a rejected entry back to be changed. */
  takeBack(cid: string): void {
    this.returned = this.entry(cid)?.text ?? null;
    this.discard(cid);
  }

  discard(cid: string): void {
    const pictures = this.entry(cid)?.pictures ?? [];
    this.outbox.discard(cid);
    for (const { url } of pictures) URL.revokeObjectURL(url);
  }

  /** Drops one picture of an entry. */
  discardPicture(cid: string, picture: Picture): void {
    this.outbox.without(cid, picture);
    URL.revokeObjectURL(picture.url);
  }

  /** Lets go of all that waits. */
  abandon(): void {
    for (const { cid } of this.outbox.entries) this.discard(cid);
  }

  /** Messages were seen in the room: those of ours have arrived. */
  seen(messages: Chat[]): void {
    for (const { cid, media = [], deleted } of messages) {
      const entry = cid && this.entry(cid);
      if (!entry) continue;
      // The answer says why some aren't there.
      if (entry.pictures && !deleted && media.length < entry.pictures.length) continue;
      this.keep(entry, media);
      this.outbox.arrived(entry.cid);
      this.paced();
    }
  }

  /** Frees what is kept of pictures that have arrived. */
  end(): void {
    for (const url of [...this.previews.values()].flat()) URL.revokeObjectURL(url);
  }

  private entry(cid: string): Entry | undefined {
    return this.outbox.entries.find((e) => e.cid === cid);
  }

  private keep({ cid, pictures = [] }: Entry, media: Media[], refused: Posted["refused"] = []): void {
    const urls = pictures.filter((_, i) => !refused.some((r) => r.index === i)).map((p) => p.url);
    if (urls.length && urls.length === media.length) this.previews.set(cid, urls);
  }

  private async send(entry: Entry, signal: AbortSignal): Promise<Posted> {
    const { visit } = this;
    try {
      if (entry.pictures) return await upload(visit.id, entry.pictures, entry.cid, signal, (part) => this.outbox.progress(entry.cid, part));
      return await visit.act<Posted>("chat", { cid: entry.cid, chat: entry.text });
    } catch (e) {
      const f = e as Failure;
      // The server has forgotten that we are in: come in again, then the same message.
      if (f.code !== "NOT_MEMBER") throw f;
      await visit.join();
      throw new Failure({ code: f.code, message: f.message, retryable: visit.stage === "live" });
    }
  }

  // The room may have told of the message before its answer came.
  private paced(): void {
    const { me, room } = this.visit;
    if (room?.slow && !me?.role) this.slowUntil = Date.now() + room.slow * 1000;
  }

  private sent(entry: Entry, posted: Posted): void {
    const { me, ended } = this.visit;
    if (!me || ended) return;
    this.paced();
    this.keep(entry, posted.media ?? [], posted.refused);
    this.visit.wrote(written(entry, posted, me));
  }
}

// The message as far as we know it from what we wrote and from the server's answer.
function written({ cid, text, pictures }: Entry, posted: Posted, me: Member): Chat {
  return {
    ...me,
    _id: posted._id,
    kind: pictures ? "media" : "text",
    chat: pictures ? undefined : text,
    gif: posted.gif,
    media: posted.media,
    createdAt: posted.createdAt,
    seq: posted.seq,
    rev: posted.rev,
    cid,
  };
}
