// The messages of one room as this page knows them, in order of seq, and which changes it has seen.
//
// Every change of a room has a number, rev, without gaps. Answers to our own messages may overtake
// events of others, so a number is seen when it and all before it are: `rev` is the last one of the
// unbroken run, `ahead` holds those beyond it. A number missing for longer than a moment is a hole,
// and the visit asks for everything since `rev`.

import type { Chat, Gone } from "./wire";

/** What a deleted message has no more. */
const blank = { chat: undefined, gif: undefined, media: undefined };

export class Log {
  items: Chat[] = [];
  epoch = "";
  rev = 0;
  /** Whether the server has older messages. */
  more = false;
  /** The oldest message that hasn't gone with time, by seq. */
  first = 1;
  private ahead = new Set<number>();

  /** Whether a change between two known ones is missing. */
  get hole(): boolean {
    return this.ahead.size > 0;
  }

  /** Starts anew from a snapshot. */
  reset(items: Chat[], epoch: string, rev: number, more: boolean): void {
    this.items = [];
    this.ahead.clear();
    if (epoch !== this.epoch) this.first = 1;
    this.epoch = epoch;
    this.rev = rev;
    this.more = more;
    this.merge(items);
  }

  /** Takes the changes since the rev that we asked for. */
  catchUp(changes: Chat[], rev: number): void {
    // What changed above the pages that have come is read with its page.
    const first = this.items[0]?.seq ?? 0;
    this.merge(changes.filter((m) => m.seq >= first));
    this.rev = Math.max(this.rev, rev);
    this.absorb();
  }

  /**
   * Takes one change as it happens. False: it was known already. Its words replace the known ones even so,
   * because of our own messages we know what we wrote before we hear what the server made of it.
   */
  add(item: Chat): boolean {
    if (this.knows(item.rev)) {
      if (this.items.some((m) => m.seq === item.seq)) this.merge([item]);
      return false;
    }
    this.merge([item]);
    this.note(item.rev);
    return true;
  }

  /** Blanks a message, which may be one that hasn't come. False: that was known already. */
  remove({ seq, rev, deleted }: Gone): boolean {
    if (this.knows(rev)) return false;
    const known = this.items.find((m) => m.seq === seq);
    if (known) this.merge([{ ...known, rev, deleted }]);
    this.note(rev);
    return true;
  }

  /** Takes a page of older messages. */
  older(items: Chat[], more: boolean): void {
    this.merge(items);
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
  // end.
  private merge(items: Chat[]): void {
    if (items.length === 0) return;
    const bySeq = new Map(this.items.map((m) => [m.seq, m]));
    for (const m of items) {
      if (m.seq < this.first) continue;
      const known = bySeq.get(m.seq);
      if (!known || known.rev <= m.rev) bySeq.set(m.seq, m.deleted ? { ...m, ...blank } : { ...known, ...m });
    }
    this.items = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  }
}
