// One stay in one room: joining, resuming after a break, what is heard and what is sent.
//
// The seat is taken at the server's `join`, so nothing is sent before its answer. After a break the
// same request carries the last change we know and brings what was missed.
//
// A visit that goes out of view lasts until all that was written is sent, or the room doesn't take
// it.

import { Crew } from "./crew";
import { Crowd } from "./crowd";
import { Earlier } from "./earlier";
import { prolonged } from "./ending";
import { Failure } from "./failure";
import { Heard } from "./heard";
import type { Hidden } from "./hidden";
import { Log } from "./log";
import type { Entry } from "./outbox";
import { Post } from "./post";
import { Reports } from "./reports";
import { Seat, stages, type Stage } from "./seat";
import { ask, type Net } from "./socket";
import { Watched } from "./watch";
import type { Chat, Gone, Joined, Member, Notice, Passage, Renamed, Room, WireError } from "./wire";

type Listener = (value: unknown) => void;

/** An answer of ours may overtake an event by this much; a gap that lasts longer is a hole. */
const grace = 400;
/** Pause before a seat is asked for again: this much, and at random up to half as much more. */
const seatPause = 5000;

export class Visit extends Watched {
  stage: Stage = "entering";
  failure: Failure | null = null;
  /** Why the room was closed. */
  reason = "";
  room: Room | null;
  log = new Log();
  reports = new Reports(this);
  crowd = new Crowd(this);
  earlier = new Earlier(this);
  post: Post;
  crew: Crew;
  notice: Notice | null = null;
  /** What others say while one is here. */
  heard = new Heard();
  /** The last of them, in order. */
  said: Chat[] = [];
  /** How often the room has let us in. */
  joins = 0;
  /** Who is to be mentioned in the composer. */
  mentioned: string | null = null;
  /** Whether it is over. The object is of no use then, except for its pictures. */
  ended = false;

  private seat = new Seat({
    ask: (proof) => this.enter(proof),
    refused: (f) => !this.ended && this.turnedAway(f),
    over: () => this.ended || this.stage === "closed" || this.stage === "out" || (this.left && !this.post.outbox.busy),
    rest: () => this.rest(),
  });
  private left = false;
  private listeners: [string, Listener][] = [];
  private unhide: () => void;

  constructor(
    readonly id: string,
    private net: Net,
    room: Room | null,
    /** Whom one has hidden here. */
    readonly hidden: Hidden,
    pictures: Entry[] = [],
  ) {
    super();
    this.room = room;
    this.crew = new Crew(this.log, room?.count ?? 0);
    this.unhide = hidden.watch(() => this.changed());
    for (const part of [this.reports, this.crowd, this.earlier]) part.watch(() => this.changed());
    this.post = new Post(this, pictures);
    this.post.watch(() => {
      this.changed();
      this.rest();
    });
    this.listen("connect", () => void this.join());
    this.listen("disconnect", () => this.away());
    this.listen("chat", (m: Chat) => this.hear(m));
    this.listen("join", (p: Passage) => this.concerns(p.room) && this.crew.passage(p) && this.heed());
    this.listen("exit", (p: Passage) => this.concerns(p.room) && this.crew.passage(p) && this.heed());
    this.listen("nick", (p: Renamed) => this.concerns(p.room) && this.renamed(p));
    this.listen("remove", (gone: Gone) => this.forget(gone));
    this.listen("reported", (p: { room: string }) => p.room === id && void this.reports.read());
    this.listen("kicked", (p: { room: string; error: WireError }) => p.room === id && this.turnedAway(new Failure(p.error)));
    this.listen("updateRoom", (room: Room) => room._id === id && this.take(room));
    this.listen("roomClosed", (p: { room: string; reason?: string }) => p.room === id && this.stop("closed", p.reason));
    this.listen("crowded", (c: { room: string; count: number }) => c.room === id && this.crowd.tell(c.count));
    this.listen("notice", (n: Notice) => n.code !== "RESTART" && this.show(n)); // the banner tells of that
    net.use(net.chat);
    if (net.chat.connected) void this.join();
  }

  get me(): Member | null {
    return this.crew.me;
  }

  get members(): Member[] {
    return this.crew.members;
  }

  get count(): number {
    return this.crew.count;
  }

  /** Whether something would be lost with the tab, which keeps texts for a reload alone. */
  get unsent(): boolean {
    return this.post.pictures.some((e) => e.state !== "rejected") || (!this.ended && this.stage !== "closed" && this.stage !== "missing" && this.post.outbox.busy);
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
    if (this.left && !this.ended && !this.seat.asking && !(open && this.post.outbox.busy)) this.end();
  }

  private end(): void {
    this.ended = true;
    this.seat.stop();
    this.unhide();
    for (const [event, f] of this.listeners) this.net.chat.off(event, f);
    const seated = this.stage === "live" || this.stage === "away";
    if (this.net.chat.connected && seated) this.net.chat.emit("leave", { room: this.id });
    this.post.outbox.pause();
    if (this.stage === "closed" || this.stage === "missing") this.post.abandon();
    this.post.end();
    this.changed();
  }

  /** Asks to be let in. */
  join(): Promise<void> {
    return this.seat.ask();
  }

  private enter(proof: string | undefined): Promise<Joined> {
    const since = this.log.epoch ? { epoch: this.log.epoch, rev: this.log.rev } : undefined;
    return ask<Joined>(this.net.chat, "join", { room: this.id, since, proof }, (j) => this.welcome(j, !!since));
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

  /** Whether it is our room. */
  get owns(): boolean {
    return this.me ? this.me.user === this.room?.owner : !!this.room?.mine;
  }

  /** Takes what the room has become. */
  take(room: Room): void {
    if (room.doorLocked) this.crowd.count = 0;
    const { closing, kept } = room;
    this.room = { ...this.room, ...room, closing, kept };
    this.log.forget(room.first ?? 1);
    this.earlier.keep(room.first ?? 1);
    this.changed();
  }

  /** Puts away the line of a notice. */
  quiet(): void {
    this.notice = null;
    this.changed();
  }

  private welcome(j: Joined, resumed: boolean): void {
    if (this.ended) return;
    const lastSeq = this.log.items.at(-1)?.seq ?? 0;
    const anew = !resumed || j.reset || j.epoch !== this.log.epoch;
    if (anew) this.log.reset(j.messages, j.epoch, j.rev, j.more);
    else this.log.catchUp(j.messages, j.rev);
    this.log.forget(j.room.first ?? 1);
    this.earlier.welcomed(j, anew);
    if (resumed && this.stage === "away") {
      const fresh = j.messages.filter((m) => m.seq > lastSeq && m.kind !== "system" && !m.deleted && m.user !== j.me.user);
      this.net.caughtUp(j.reset ? -1 : fresh.length);
    }
    this.room = j.room;
    this.crew.seat(j);
    this.joins++;
    this.stage = "live";
    this.failure = null;
    for (const m of j.messages) if (m.deleted) this.heard.drop(m.seq);
    this.post.seen(j.messages);
    this.heed();
    this.post.outbox.resume();
    void this.reports.read();
  }

  private turnedAway(f: Failure): void {
    // It closes the connection, and the next one joins, if there is one.
    if (f.code === "LOCKED_OUT" || f.code === "BANNED") return;
    this.failure = f;
    const stage = stages[f.code];
    if (stage) this.stop(stage);
    else if (!f.retryable) this.stop("refused");
    // The list of rooms tells of a free seat, or of an open door, sooner, but unlisted rooms aren't in it.
    if (stage === "full" || stage === "door") this.seat.askIn(seatPause * (1 + Math.random() / 2));
    // Without a connection the next one joins by itself.
    else if (f.retryable && stage !== "out" && f.code !== "OFFLINE" && !f.proof) this.seat.askAfter(f);
    this.changed();
  }

  private away(): void {
    if (this.stage === "live") this.stage = "away";
    this.post.outbox.pause();
    this.changed();
  }

  private stop(stage: Stage, reason = this.reason): void {
    this.reason = reason;
    this.stage = stage;
    this.post.outbox.pause();
    this.changed();
    this.rest();
  }

  private hear(m: Chat): void {
    if (!this.concerns(m.room)) return;
    const fresh = this.log.add(m);
    this.post.seen([m]);
    if (m.kind !== "system" && this.room) this.room = prolonged(this.room, m.createdAt);
    if (!fresh) return this.changed();
    if (m.kind === "system" && this.crew.promote(m)) this.reports.renew();
    if (m.kind !== "system" && m.user !== this.me!.user && !this.hidden.has(m.user)) {
      this.heard.add(m.seq);
      this.said = [...this.said.slice(-9), m];
    }
    this.heed();
  }

  private renamed(p: Renamed): void {
    this.earlier.renamed(p);
    if (this.crew.renamed(p)) this.heed();
  }

  private forget(gone: Gone): void {
    if (!this.concerns(gone.room)) return;
    this.log.remove(gone);
    this.earlier.forget(gone);
    this.heard.drop(gone.seq);
    this.said = this.said.filter((m) => m.seq !== gone.seq);
    this.heed();
  }

  /** Asks to be let in again that one was sent out of. */
  again(): void {
    if (this.stage !== "out") return;
    this.stage = "entering";
    void this.join();
    this.changed();
  }

  // Whether an event is of this room, and behind the answer to join.
  private concerns(room: string | undefined): boolean {
    return !!this.me && (!room || room === this.id);
  }

  // The log has moved on: what is missing in it is asked for. Without a seat that one is asked for
  // anyway, also while events come: the server may have let us in and its answer be lost.
  private heed(): void {
    if (this.stage === "live" && this.log.hole) this.seat.askIn(grace, () => this.log.hole);
    else if (this.stage === "live") this.seat.stop();
    this.changed();
  }

  /** Shows a line above the conversation, for a while. */
  show(n: Notice): void {
    this.notice = n;
    this.changed();
  }

  /** Takes a message of ours that the server has. */
  wrote(m: Chat): void {
    this.log.add(m, 0); // a change of the name may be on its way
    this.heed();
  }

  private listen<T>(event: string, f: (value: T) => void): void {
    this.listeners.push([event, f as Listener]);
    this.net.chat.on(event, f as Listener);
  }
}
