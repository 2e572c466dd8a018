// The messages of one room as this page knows them, in order of seq, and which changes it has seen.
//
// Every change of a room has a number, rev, without gaps. Answers to our own messages may overtake
// events of others, so a number is seen when it and all before it are: `rev` is the last one of the
// unbroken run, `ahead` holds those beyond it. A number missing for longer than a moment is a hole,
// and the visit asks for everything since `rev`.

import type { Chat, Gone, Named } from "./wire";

/** What a deleted message has no more. */
const blank = { chat: undefined, gif: undefined, media: undefined };

export class Log {
  items: Chat[] = [];
  epoch = "";
  rev = 0;
  /** Whether the server has older messages. */
  more = false;
  /** How each person is called, and of which change that was told. */
  private called = new Map<string, { name: Named; rev: number }>();
  /** The oldest message that hasn't gone with time, by seq. */
  first = 1;
  private ahead = new Set<number>();
  /** Messages that were deleted and haven't come: a page of them may have been read before. */
  private gone = new Map<number, Gone>();

  /** Whether a message is there. */
  has(seq: number): boolean {
    return this.items.some((m) => m.seq === seq);
  }

  /** Whether a change between two known ones is missing. */
  get hole(): boolean {
    return this.ahead.size > 0;
  }

  /** Starts anew from a snapshot. */
  reset(items: Chat[], epoch: string, rev: number, more: boolean): void {
    this.items = [];
    this.called.clear();
    this.ahead.clear();
    this.gone.clear();
    if (epoch !== this.epoch) this.first = 1;
    this.epoch = epoch;
    this.rev = rev;
    this.more = more;
    this.merge(items, rev);
  }

  /** Takes the changes since the rev that we asked for. */
  catchUp(changes: Chat[], rev: number): void {
    // What changed above the pages that have come is read with its page.
    const first = this.items[0]?.seq ?? 0;
    this.merge(changes.filter((m) => m.seq >= first), rev);
    this.rev = Math.max(this.rev, rev);
    this.absorb();
  }

  /**
   * Takes one change as it happens. False: it was known already. Its words replace the known ones even so,
   * because of our own messages we know what we wrote before we hear what the server made of it. Its
   * name is of `named`, a change.
   */
  add(item: Chat, named = item.rev): boolean {
    if (this.knows(item.rev)) {
      if (this.items.some((m) => m.seq === item.seq)) this.merge([item], named);
      return false;
    }
    this.merge([item], named);
    this.note(item.rev);
    return true;
  }

  /** Blanks a message, which may be one that hasn't come. False: that was known already. */
  remove(gone: Gone): boolean {
    const { seq, rev, deleted } = gone;
    if (this.knows(rev)) return false;
    const known = this.items.find((m) => m.seq === seq);
    if (known) this.merge([{ ...known, rev, deleted }], 0);
    else this.gone.set(seq, gone);
    this.note(rev);
    return true;
  }

  /** Takes a page of older messages, read at `rev`. */
  older(items: Chat[], more: boolean, rev: number): void {
    this.merge(items, rev);
    this.more = more;
    this.end();
  }

  /** Drops what has gone with time: everything before a message. */
  forget(first: number): void {
    if (first <= this.first) return;
    this.first = first;
    this.items = this.items.filter((m) => m.seq >= first);
    this.end();
  }

  // Nothing is older than the first, also when a page was read before it was that.
  private end(): void {
    if (this.first > 1 && (this.items[0]?.seq ?? this.first) <= this.first) this.more = false;
  }

  /** Says how a person is called from a change on: under which name all of the person's messages stand. */
  call(user: string, name: Named, rev: number): void {
    if (this.learn(user, name, rev)) this.items = this.items.map((m) => this.named(m));
  }

  // Tells whether that is news.
  private learn(user: string, { name, nameIdx, tag }: Named, rev: number): boolean {
    const known = this.called.get(user);
    if (known && known.rev > rev) return false;
    this.called.set(user, { name: { name, nameIdx, tag }, rev });
    return !known || known.name.name !== name || known.name.nameIdx !== nameIdx || known.name.tag !== tag;
  }

  private named(m: Chat): Chat {
    if (m.kind !== "system") return this.as(m, m.user);
    const args = this.as(m.args, m.args?.user);
    const actor = this.as(m.args?.actor, m.args?.actor?.user);
    return args === m.args && actor === m.args?.actor ? m : { ...m, args: { ...args, actor } };
  }

  private as<T extends Named | undefined>(who: T, user: string | undefined): T {
    const known = this.called.get(user ?? "")?.name;
    if (!who || !known || (who.name === known.name && who.nameIdx === known.nameIdx && who.tag === known.tag)) return who;
    return { ...who, ...known };
  }

  private knows(rev: number): boolean {
    return rev <= this.rev || this.ahead.has(rev);
  }

  private note(rev: number): void {
    this.ahead.add(rev);
    this.absorb();
  }

  private absorb(): void {
    for (const rev of this.ahead) if (rev <= this.rev) this.ahead.delete(rev);
    while (this.ahead.delete(this.rev + 1)) this.rev++;
  }

  // Of two versions of a message the one with the higher rev stays. Most arrive in order at the
  // end. Names are as of `named`.
  private merge(items: Chat[], named: number): void {
    if (items.length === 0) return;
    let news = false;
    for (const m of items) {
      for (const who of m.kind === "system" ? [m.args, m.args?.actor] : [m])
        if (who?.user && (who.name || who.nameIdx != null)) news = this.learn(who.user, who, named) || news;
    }
    const last = this.items.at(-1)?.seq ?? 0;
    const behind = items.every((m) => m.seq > last);
    const bySeq = new Map((behind ? [] : this.items).map((m) => [m.seq, m]));
    for (const read of items) {
      if (read.seq < this.first) continue;
      const gone = this.gone.get(read.seq);
      const m = gone && gone.rev > read.rev ? { ...read, rev: gone.rev, deleted: gone.deleted } : read;
      const known = bySeq.get(m.seq);
      if (!known || known.rev <= m.rev) bySeq.set(m.seq, this.named(m.deleted ? { ...m, ...blank } : { ...known, ...m }));
    }
    const sorted = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
    this.items = behind ? [...this.items, ...sorted] : sorted;
    if (news) this.items = this.items.map((m) => this.named(m));
  }
}
