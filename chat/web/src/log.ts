// The messages of one room as this page knows them, in order of seq, and which changes it has seen.
//
// Every change of a room has a number, rev, without gaps. Answers to our own messages may overtake
// events of others, so a number is seen when it and all before it are: `rev` is the last one of the
// unbroken run, `ahead` holds those beyond it. A number missing for longer than a moment is a hole,
// and the visit asks for everything since `rev`.

import type { Chat, Named } from "./wire";

export class Log {
  items: Chat[] = [];
  epoch = "";
  rev = 0;
  /** Whether the server has older messages. */
  more = false;
  /** How each person is called, and of which change that was told. */
  private called = new Map<string, { name: Named; rev: number }>();
  private ahead = new Set<number>();

  /** Whether a change between two known ones is missing. */
  get hole(): boolean {
    return this.ahead.size > 0;
  }

  /** Starts anew from a snapshot. */
  reset(items: Chat[], epoch: string, rev: number, more: boolean): void {
    this.items = [];
    this.called.clear();
    this.ahead.clear();
    this.epoch = epoch;
    this.rev = rev;
    this.more = more;
    this.merge(items, rev);
  }

  /** Takes the changes since the rev that we asked for. */
  catchUp(changes: Chat[], rev: number): void {
    this.merge(changes, rev);
    this.rev = Math.max(this.rev, rev);
    this.absorb();
  }

  /**
   * Takes one change as it happens. False: it was known already. Its words replace the known ones even so,
   * because of our own messages we know what we wrote before we hear what the server made of it. Its
   * name is of `named`, a change.
   */
  add(item: Chat, named = item.rev): boolean {
    if (item.rev <= this.rev || this.ahead.has(item.rev)) {
      if (this.items.some((m) => m.seq === item.seq)) this.merge([item], named);
      return false;
    }
    this.merge([item], named);
    this.ahead.add(item.rev);
    this.absorb();
    return true;
  }

  /** Takes a page of older messages, read at `rev`. */
  older(items: Chat[], more: boolean, rev: number): void {
    this.merge(items, rev);
    this.more = more;
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
    const who = m.kind === "system" ? m.args : m;
    const known = this.called.get((m.kind === "system" ? m.args?.user : m.user) ?? "")?.name;
    if (!who || !known || (who.name === known.name && who.nameIdx === known.nameIdx && who.tag === known.tag)) return m;
    return m.kind === "system" ? { ...m, args: { ...m.args, ...known } } : { ...m, ...known };
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
      const who = m.kind === "system" ? m.args : m;
      if (who?.user && (who.name || who.nameIdx != null)) news = this.learn(who.user, who, named) || news;
    }
    const bySeq = new Map(this.items.map((m) => [m.seq, m]));
    for (const m of items) {
      const known = bySeq.get(m.seq);
      if (!known || known.rev <= m.rev) bySeq.set(m.seq, this.named({ ...known, ...m }));
    }
    this.items = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
    if (news) this.items = this.items.map((m) => this.named(m));
  }
}
