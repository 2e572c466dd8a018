// The older messages of a room, page by page.

import type { Visit } from "./visit";
import { Watched } from "./watch";
import type { Chat, Failure } from "./wire";

/** Pause before a page is asked for again, when the server names none. */
const pause = 3000;
const size = 50;

export class Earlier extends Watched {
  loading = false;
  /** Why they haven't come yet; they are asked for again by themselves. */
  failure: Failure | null = null;

  constructor(private visit: Visit) {
    super();
  }

  async read(): Promise<void> {
    const { visit } = this;
    const first = visit.log.items[0];
    if (!first || !visit.log.more || this.loading || visit.stage !== "live") return;
    this.loading = true;
    this.changed();
    try {
      const page = await visit.act<{ messages: Chat[]; more: boolean; rev: number }>("history", { before: first.seq, limit: size });
      visit.log.older(page.messages, page.more, page.rev);
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
