// The messages of one room as this page knows them, in order of seq, and which changes it has seen.
//
// Every change of a room has a number, rev, without gaps. Answers to our own messages may overtake
// events of others, so a number is seen when it and all before it are: `rev` is the last one of the
// unbroken run, `ahead` holds those beyond it. A number missing for longer than a moment is a hole,
// and the visit asks for everything since `rev`.

import type { Chat } from "./wire";

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
    this.merge(changes);
    this.rev = Math.max(this.rev, rev);
    this.absorb();
  }

  /**
   * Takes one change as it happens. False: it was known already. Its words replace the known ones even so,
   * because of our own messages we know what we wrote before we hear what the server made of it.
   */
  add(item: Chat): boolean {
    if (item.rev <= this.rev || this.ahead.has(item.rev)) {
      if (this.items.some((m) => m.seq === item.seq)) this.merge([item]);
      return false;
    }
    this.merge([item]);
    this.ahead.add(item.rev);
    this.absorb();
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
      if (!known || known.rev <= m.rev) bySeq.set(m.seq, { ...known, ...m });
    }
    this.items = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  }
}
