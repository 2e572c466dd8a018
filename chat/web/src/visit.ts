// One stay in one room: joining, resuming after a break, what is heard and what is sent.
//
// The seat is taken at the server's `join`, so nothing is sent before its answer. After a break the
// same request carries the last change we know and brings what was missed.
//
// A visit that goes out of view lasts until all that was written is sent, or the room doesn't take
// it.

import { ask, type Net } from "./socket";
import { patchRoom, upload } from "./api";
import { Hidden } from "./hidden";
import { sayFailure } from "./i18n";
import { Log } from "./log";
import { Outbox, type Entry } from "./outbox";
import { prove } from "./prove";
import { Watched } from "./watch";
import { Failure, type Chat, type Gone, type Joined, type Member, type Named, type Notice, type Passage, type Posted, type Renamed, type Reported, type Role, type Room, type WireError } from "./wire";

export type Stage = "entering" | "live" | "away" | "gate" | "full" | "door" | "missing" | "closed" | "refused" | "out";

type Listener = (value: unknown) => void;

/** An answer of ours may overtake an event by this much; a gap that lasts longer is a hole. */
const grace = 400;
/** Pause before a page of older messages is asked for again, when the server names none. */
const olderPause = 3000;
/** Pause before a seat is asked for again: this much, and at random up to half as much more. */
const seatPause = 5000;

export class Visit extends Watched {
  stage: Stage = "entering";
  failure: Failure | null = null;
  /** Why the room was closed. */
  reason = "";
  room: Room | null;
  me: Member | null = null;
  members: Member[] = [];
  count = 0;
  log = new Log();
  /** When one may write again, where the room is slow. */
  slowUntil = 0;
  /** Whom one has hidden here. */
  hidden: Hidden;
  /** What those in charge were told; null: not yet, or not to us. */
  reports: Reported[] | null = null;
  outbox: Outbox;
  notice: Notice | null = null;
  /** Messages missed during the last break; -1 when the break was too long to tell. */
  missed = 0;
  /** Grows with every message of somebody else that comes in live. */
  heard = 0;
  /** The last of them, in order. */
  said: Chat[] = [];
  /** Local copies of our own pictures, so that they don't flash when the server's copy replaces them. */
  previews = new Map<string, string>();
  loadingOlder = false;
  /** Why older messages haven't come yet; they are asked for again by themselves. */
  olderFailure: Failure | null = null;
  /** How often the room has let us in. */
  joins = 0;
  /** How I am called since a change that came in live. */
  became: Named | null = null;
  /** A text that goes back to the composer. */
  returned: string | null = null;
  /** Who is to be mentioned in the composer. */
  mentioned: string | null = null;
  /** Whether it is over. The object is of no use then, except for its pictures. */
  ended = false;

  /** How many newcomers came in a few seconds, when they are many and we may lock the door. */
  crowd = 0;

  private joining = false;
  private proof: string | undefined;
  private joinAgain = false;
  private timer = 0;
  private left = false;
  private listeners: [string, Listener][] = [];

  constructor(
    readonly id: string,
    private net: Net,
    room: Room | null,
    pictures: Entry[] = [],
    who = "",
  ) {
    super();
    this.room = room;
    this.count = room?.count ?? 0;
    this.hidden = new Hidden(localStore(), `hidden:${who}:${id}`);
    this.hidden.watch(() => this.changed());
    this.outbox = new Outbox({
      storage: sessionStorage,
      key: `outbox:${id}`,
      pictures,
      send: (entry, signal) => this.send(entry, signal),
      sent: (entry, posted) => this.sent(entry, posted),
      last: () => this.log.items.at(-1)?.seq ?? 0,
    });
    this.outbox.watch(() => {
      this.changed();
      this.rest();
    });
    this.listen("connect", () => void this.join());
    this.listen("disconnect", () => this.away());
    this.listen("chat", (m: Chat) => this.hear(m));
    this.listen("join", (p: Passage) => this.passage(p));
    this.listen("exit", (p: Passage) => this.passage(p));
    this.listen("nick", (p: Renamed) => this.renamed(p));
    this.listen("remove", (gone: Gone) => this.forget(gone));
    this.listen("reported", (p: { room: string }) => p.room === id && void this.readReports());
    this.listen("kicked", (p: { room: string; error: WireError }) => p.room === id && this.turnedAway(new Failure(p.error)));
    this.listen("updateRoom", (room: Room) => room._id === id && this.take(room));
    this.listen("roomClosed", (p: { room: string; reason?: string }) => p.room === id && this.closed(p.reason));
    this.listen("crowded", (c: { room: string; count: number }) => c.room === id && this.crowded(c.count));
    this.listen("notice", (n: Notice) => n.code !== "RESTART" && this.show(n)); // the banner tells of that
    net.use(net.chat);
    if (net.chat.connected) void this.join();
  }

  /** What lives in memory alone and may be sent by the next visit. */
  get pictures(): Entry[] {
    return this.outbox.entries.filter((e) => e.picture);
  }

  /** Whether something would be lost with the page. Texts are kept, but only a room in view sends them after a reload. */
  get unsent(): boolean {
    return this.pictures.some((e) => e.state !== "rejected") || (this.left && !this.ended && this.outbox.busy);
  }

  /** Goes out of view: the seat is given back as soon as nothing waits. */
  leave(): void {
    this.left = true;
    this.changed();
    this.rest();
  }

  /** Comes into view again; false when the visit has ended. */
  back(): boolean {
    this.left = this.ended;
    return !this.ended;
  }

  // An answer to join is waited for, because the seat that it may bring has to be given back.
  private rest(): void {
    const open = this.stage === "entering" || this.stage === "live" || this.stage === "away";
    if (this.left && !this.ended && !this.joining && !(open && this.outbox.busy)) this.end();
  }

  private end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    for (const [event, f] of this.listeners) this.net.chat.off(event, f);
    const seated = this.stage === "live" || this.stage === "away";
    if (this.net.chat.connected && seated) this.net.chat.emit("leave", { room: this.id });
    this.outbox.pause();
    if (this.stage === "closed" || this.stage === "missing") for (const { cid } of this.outbox.entries) this.discard(cid);
    for (const url of this.previews.values()) URL.revokeObjectURL(url);
    this.changed();
  }

  discard(cid: string): void {
    const url = this.outbox.entries.find((e) => e.cid === cid)?.picture?.url;
    this.outbox.discard(cid);
    if (url) URL.revokeObjectURL(url);
  }

  /** Asks to be let in: at the start, after every break, at a hole. One request at a time. */
  async join(): Promise<void> {
    if (this.ended || this.stage === "closed" || this.stage === "out") return;
    if (this.joining) {
      this.joinAgain = true;
      return;
    }
    this.joining = true;
    clearTimeout(this.timer);
    const since = this.log.epoch ? { epoch: this.log.epoch, rev: this.log.rev } : undefined;
    try {
      await ask<Joined>(this.net.chat, "join", { room: this.id, since, proof: this.proof }, (j) => this.welcome(j, !!since));
      this.proof = undefined;
    } catch (e) {
      if (!this.ended) this.turnedAway(e as Failure);
      await this.work(e as Failure);
    } finally {
      this.joining = false;
      if (this.joinAgain) {
        this.joinAgain = false;
        void this.join();
      }
      this.rest();
    }
  }

  async older(): Promise<void> {
    const first = this.log.items[0];
    if (!first || !this.log.more || this.loadingOlder || this.stage !== "live") return;
    this.loadingOlder = true;
    this.changed();
    try {
      const page = await ask<{ messages: Chat[]; more: boolean; rev: number }>(this.net.chat, "history", { room: this.id, before: first.seq, limit: 50 });
      this.log.older(page.messages, page.more, page.rev);
    } catch (e) {
      this.olderFailure = e as Failure;
      this.changed();
      // The timeline asks again as soon as this isn't loading any more.
      await new Promise((done) => setTimeout(done, (e as Failure).retryAfterMs || olderPause));
    } finally {
      this.loadingOlder = false;
      this.olderFailure = null;
      this.changed();
    }
  }

  /** Gives the text of a rejected entry back to be changed. */
  takeBack(cid: string): void {
    this.returned = this.outbox.entries.find((e) => e.cid === cid)?.text ?? null;
    this.discard(cid);
  }

  /** Writes somebody's name into the composer. */
  mention(name: string): void {
    this.mentioned = name;
    this.changed();
  }

  /** Asks for something in this room. */
  act<T>(event: string, q: object): Promise<T> {
    return ask<T>(this.net.chat, event, { room: this.id, ...q });
  }

  /** Shows a line of ours for a while. */
  say(n: Notice): void {
    this.show(n);
  }

  /** Whether it is our room. */
  get owns(): boolean {
    return this.me ? this.me.user === this.room?.owner : !!this.room?.mine;
  }

  /** Takes what the room has become. */
  take(room: Room): void {
    if (room.doorLocked) this.crowd = 0;
    const { closing, kept } = room;
    this.room = { ...this.room, ...room, closing, kept };
    this.log.forget(room.first ?? 1);
    this.changed();
  }

  /** Locks the door, or opens it. */
  async lock(locked: boolean): Promise<void> {
    try {
      this.take((await patchRoom(this.id, { doorLocked: locked })).room);
    } catch (e) {
      this.show({ level: "error", message: sayFailure(e as Failure) });
    }
  }

  /** Tells of a crowd, or with 0 doesn't any more. */
  crowded(count: number): void {
    this.crowd = this.room?.doorLocked ? 0 : count;
    this.changed();
  }

  /** Puts away the line of a notice or of a return. */
  quiet(): void {
    this.notice = null;
    this.missed = 0;
    this.changed();
  }

  private welcome(j: Joined, resumed: boolean): void {
    if (this.ended) return;
    const lastSeq = this.log.items.at(-1)?.seq ?? 0;
    if (!resumed || j.reset || j.epoch !== this.log.epoch) this.log.reset(j.messages, j.epoch, j.rev, j.more);
    else this.log.catchUp(j.messages, j.rev);
    this.log.forget(j.room.first ?? 1);
    if (resumed && this.stage === "away") {
      const fresh = j.messages.filter((m) => m.seq > lastSeq && m.kind !== "system" && !m.deleted && m.user !== j.me.user);
      this.missed = j.reset ? -1 : fresh.length;
    }
    this.room = j.room;
    this.me = j.me;
    this.members = j.members;
    for (const m of j.members) this.log.call(m.user, m, j.rev);
    this.count = j.room.count;
    this.joins++;
    this.stage = "live";
    this.failure = null;
    for (const m of j.messages) if (m.cid) this.settled(m.cid);
    this.changed();
    this.outbox.resume();
    void this.readReports();
  }

  // Where many come, a newcomer works before it is let in.
  private async work(f: Failure): Promise<void> {
    this.proof = undefined;
    if (f.code !== "PROOF_NEEDED" || !f.proof || this.ended) return;
    this.proof = (await prove(f.proof)) || undefined;
    if (this.left && !this.outbox.busy) return; // it ends
    if (this.proof) this.joinAgain = true;
    else this.joinIn(Math.max(2000, f.retryAfterMs)); // perhaps no longer so many come then
  }

  private turnedAway(f: Failure): void {
    // It closes the connection, and the next one joins, if there is one.
    if (f.code === "LOCKED_OUT" || f.code === "BANNED") return;
    this.failure = f;
    const stages: Record<string, Stage> = { WRONG_PASSWORD: "gate", ROOM_FULL: "full", DOOR_LOCKED: "door", NO_SUCH_ROOM: "missing", CLOSED: "closed", KICKED: "out", ROOM_BANNED: "out" };
    const stage = stages[f.code];
    if (stage) this.stop(stage);
    else if (!f.retryable) this.stop("refused");
    // The list of rooms tells of a free seat, or of an open door, sooner, but unlisted rooms aren't in it.
    if (stage === "full" || stage === "door") this.joinIn(seatPause * (1 + Math.random() / 2));
    // Without a connection the next one joins by itself.
    else if (f.retryable && stage !== "out" && f.code !== "OFFLINE" && !f.proof) this.joinIn(Math.max(2000, f.retryAfterMs));
    this.changed();
  }

  private joinIn(ms: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.join(), ms);
  }

  private away(): void {
    if (this.stage === "live") this.stage = "away";
    this.outbox.pause();
    this.changed();
  }

  private closed(reason = ""): void {
    this.reason = reason;
    this.stop("closed");
  }

  private stop(stage: Stage): void {
    this.stage = stage;
    this.outbox.pause();
    this.changed();
    this.rest();
  }

  private hear(m: Chat): void {
    if (!this.me || (m.room && m.room !== this.id)) return;
    const fresh = this.log.add(m);
    if (m.cid) this.settled(m.cid);
    if (fresh && m.kind !== "system") this.prolong(m.createdAt);
    if (!fresh) return this.changed();
    if (m.kind === "system") this.promote(m);
    if (m.kind !== "system" && m.user !== this.me.user && !this.hidden.has(m.user)) {
      this.heard++;
      this.said = [...this.said.slice(-9), m];
    }
    this.look();
    this.changed();
  }

  // A line may tell of another role of somebody.
  private promote({ code, args }: Chat): void {
    const user = args?.user;
    if (!user || (code !== "named" && code !== "unnamed" && code !== "owner")) return;
    const roleOf = (m: Member): Role | undefined => {
      if (m.user === user) return code === "owner" ? "owner" : code === "named" ? "moderator" : undefined;
      // Who hands the room over is a moderator then.
      if (code === "owner" && m.role === "owner") return m.user === args.actor?.user ? "moderator" : undefined;
      return m.role;
    };
    this.members = this.members.map((m) => ({ ...m, role: roleOf(m) }));
    const { me } = this;
    if (!me || roleOf(me) === me.role) return;
    this.me = { ...me, role: roleOf(me) };
    this.reports = null;
    void this.readReports();
  }

  /** Asks for what was reported, where that is ours to see. */
  async readReports(): Promise<void> {
    if (!this.me?.role || this.stage !== "live") return;
    try {
      this.reports = (await this.act<{ reports: Reported[] }>("reports", {})).reports;
      this.changed();
    } catch {
      // The next report, or the sheet, asks again.
    }
  }

  private forget(gone: Gone): void {
    if (!this.me || gone.room !== this.id) return;
    this.log.remove(gone);
    this.said = this.said.filter((m) => m.seq !== gone.seq);
    this.look();
    this.changed();
  }

  /** Asks to be let in again that one was sent out of. */
  again(): void {
    if (this.stage !== "out") return;
    this.stage = "entering";
    void this.join();
    this.changed();
  }

  // A message moves the end of the room.
  private prolong(at: number): void {
    const { room } = this;
    if (!room || at <= room.active) return;
    const ends = room.ends && room.life !== "empty" ? Math.max(room.ends, at + room.ends - room.active) : room.ends;
    this.room = { ...room, active: at, ends };
  }

  private settled(cid: string): void {
    const url = this.outbox.entries.find((e) => e.cid === cid)?.picture?.url;
    if (url) this.previews.set(cid, url);
    this.outbox.arrived(cid);
  }

  private passage(p: Passage): void {
    if (!this.me || (p.room && p.room !== this.id)) return;
    const { seq, rev, code, args, chat } = p;
    if (!this.log.add({ user: "system", kind: "system", seq, rev, code, args, chat, createdAt: p.createdAt ?? Date.now() })) return;
    const others = this.members.filter((m) => m.user !== args.user && m.user !== p.member?.user);
    this.members = code === "join" && p.member ? [...others, p.member] : others;
    this.count = p.count;
    this.look();
    this.changed();
  }

  private renamed(p: Renamed): void {
    if (!this.me || p.room !== this.id) return;
    const { user, seq, rev, args, chat, createdAt, member } = p;
    if (!this.log.add({ user: "system", kind: "system", seq, rev, code: "nick", args, chat, createdAt })) return;
    const { name, nameIdx, tag } = member;
    this.members = this.members.map((m) => (m.user === user ? { ...m, name, nameIdx, tag } : m));
    if (user === this.me.user) {
      this.me = { ...this.me, name, nameIdx, tag };
      // Where I am called otherwise than elsewhere, the tag alone changes.
      if (args.was?.tag === tag) this.became = { name, nameIdx };
    }
    this.look();
    this.changed();
  }

  private look(): void {
    clearTimeout(this.timer);
    if (this.log.hole) this.timer = window.setTimeout(() => void (this.log.hole && this.join()), grace);
  }

  /** Shows a line above the conversation, for a while. */
  show(n: Notice): void {
    this.notice = n;
    this.changed();
  }

  private async send(entry: Entry, signal: AbortSignal): Promise<Posted> {
    try {
      if (entry.picture) {
        const { file } = entry.picture;
        return await upload(this.id, file, file.name, entry.cid, signal, (part) => this.outbox.progress(entry.cid, part));
      }
      return await ask<Posted>(this.net.chat, "chat", { room: this.id, cid: entry.cid, chat: entry.text });
    } catch (e) {
      const f = e as Failure;
      // The server has forgotten that we are in: come in again, then the same message.
      if (f.code !== "NOT_MEMBER") throw f;
      await this.join();
      throw new Failure({ code: f.code, message: f.message, retryable: this.stage === "live" });
    }
  }

  private sent(entry: Entry, posted: Posted): void {
    const { me } = this;
    if (!me || this.ended) return;
    if (this.room?.slow && !me.role) this.slowUntil = Date.now() + this.room.slow * 1000;
    const { w = 0, h = 0, file, url } = entry.picture ?? {};
    if (url) this.previews.set(entry.cid, url);
    const media = posted.media ?? (file && { mime: file.type, w, h, bytes: file.size, frames: 1 });
    this.log.add({
      ...me,
      _id: posted._id,
      kind: file ? "media" : "text",
      chat: file ? undefined : entry.text,
      gif: posted.gif,
      media,
      createdAt: posted.createdAt,
      seq: posted.seq,
      rev: posted.rev,
      cid: entry.cid,
    }, 0); // a change of the name may be on its way
    this.look();
    this.changed();
  }

  private listen<T>(event: string, f: (value: T) => void): void {
    this.listeners.push([event, f as Listener]);
    this.net.chat.on(event, f as Listener);
  }
}

// Some browsers forbid it.
function localStore(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
