// The messages of a room that the newest ones aren't followed by on the screen: older pages, and
// the part of the history around a message that one goes to.
//
// Such a part is a log of its own beside the visit's, which goes on hearing what is new. When its
// pages reach the visit's log, it becomes the beginning of that.

import type { Failure } from "./failure";
import { sayFailure, t } from "./i18n";
import { Log } from "./log";
import type { Visit } from "./visit";
import { Watched } from "./watch";
import type { Chat, Gone, Joined, Renamed } from "./wire";

/** Pause before a page is asked for again, when the server names none. */
const pause = 3000;
const size = 50;

interface Page {
  messages: Chat[];
  more: boolean;
  rev: number;
}

export class Earlier extends Watched {
  loading = false;
  /** Why they haven't come yet; they are asked for again by themselves. */
  failure: Failure | null = null;
  /** The part that is in view; null: the newest messages are. */
  part: Log | null = null;
  /** The message that one went to last. */
  target: { seq: number } | null = null;

  private wanted = 0;

  constructor(private visit: Visit) {
    super();
  }

  /** What is in view. */
  get log(): Log {
    return this.part ?? this.visit.log;
  }

  /** Reads what is older than what is in view. */
  read(): Promise<void> {
    const { log } = this;
    const first = log.items[0];
    if (!first || !log.more) return Promise.resolve();
    return this.page({ before: first.seq, limit: size }, (page) => log.older(page.messages, page.more, page.rev));
  }

  /** Reads what is newer, where that isn't loaded. */
  readNewer(): Promise<void> {
    const { part } = this;
    const last = part?.items.at(-1);
    if (!part || !last) return Promise.resolve();
    return this.page({ after: last.seq, limit: size }, (page) => part.older(page.messages, part.more, page.rev));
  }

  /** Goes to a message, wherever it is. */
  async go(seq: number): Promise<void> {
    const { visit } = this;
    this.wanted = seq;
    if (this.log.has(seq)) return this.show(seq);
    if (visit.log.has(seq)) {
      this.part = null;
      return this.show(seq);
    }
    if (seq < visit.log.first) return this.miss("jump.forgotten");
    if (seq > (visit.log.items.at(-1)?.seq ?? 0)) return this.miss("jump.none");
    try {
      // The seqs have no gaps.
      const page = await this.ask({ before: seq + size / 2 + 1, limit: size });
      if (this.wanted !== seq) return;
      const part = new Log();
      part.reset(page.messages, visit.log.epoch, page.rev, page.more);
      part.forget(visit.log.first);
      if (!part.has(seq)) return this.miss("jump.forgotten");
      this.part = part;
      this.join();
      this.show(seq);
    } catch (e) {
      if (this.wanted === seq) visit.show({ level: "error", message: sayFailure(e as Failure) });
    }
  }

  /** Goes back to the newest messages. */
  leave(): void {
    this.wanted = 0;
    if (!this.part) return;
    this.part = null;
    this.changed();
  }

  /** A message was deleted. */
  forget(gone: Gone): void {
    this.part?.remove(gone);
  }

  /** Somebody is called otherwise. */
  renamed({ user, member, rev }: Renamed): void {
    this.part?.call(user, member, rev);
  }

  /** One is in again: with what was missed, or, where that is too much, with the newest messages alone. */
  welcomed(j: Joined, anew: boolean): void {
    const { part } = this;
    const last = part?.items.at(-1)?.seq ?? 0;
    if (anew) this.part = null;
    else part?.catchUp(j.messages.filter((m) => m.seq <= last), j.rev);
    for (const m of j.members) part?.call(m.user, m, j.rev);
    this.keep(j.room.first ?? 1);
  }

  /** The messages before that one have gone with time. */
  keep(first: number): void {
    this.part?.forget(first);
    if (!this.part?.items.length) this.part = null;
  }

  private show(seq: number): void {
    this.target = { seq };
    this.changed();
  }

  private miss(key: "jump.forgotten" | "jump.none"): void {
    this.visit.show({ level: "info", message: t(key) });
  }

  // A part that has reached what the visit knows ends there.
  private join(): void {
    const { part, visit } = this;
    const last = part?.items.at(-1)?.seq ?? 0;
    if (!part || last + 1 < (visit.log.items[0]?.seq ?? 0)) return;
    visit.log.older(part.items, part.more, part.rev);
    this.part = null;
  }

  private ask(q: object): Promise<Page> {
    return this.visit.act<Page>("history", q);
  }

  // One page at a time.
  private async page(q: object, take: (page: Page) => void): Promise<void> {
    if (this.loading || this.visit.stage !== "live") return;
    this.loading = true;
    this.changed();
    const { epoch } = this.visit.log;
    try {
      const page = await this.ask(q);
      if (this.visit.log.epoch === epoch) take(page);
      this.join();
    } catch (e) {
      this.failure = e as Failure;
      this.changed();
      // The timeline asks again as soon as this isn't loading any more.
      await new Promise((done) => setTimeout(done, (e as Failure).retryAfterMs || pause));
    } finally {
      this.loading = false;
      this.failure = null;
      this.changed();
    }
  }
}
