// How long to wait before something is asked again that the server has refused.

import type { Failure } from "./failure";

/** A pause doesn't grow beyond this, unless the server names a longer one. */
const longest = 30_000;
/** Nobody is kept longer than this so that not all come at once. */
const widest = 15_000;

/**
 * Pauses are as long as the server says at least, differ between pages, and grow while the same
 * limit refuses again and again: who obeys must not be taken for who doesn't.
 */
export class Patience {
  private limit = "";
  private times = 0;

  /** least is the shortest pause, unsaid the one where the server names none. */
  constructor(
    private least: number,
    private unsaid = least,
  ) {}

  /** The pause after a refusal. */
  next(f: Pick<Failure, "code" | "limit" | "retryAfterMs">): number {
    const limit = f.limit ?? f.code;
    this.times = limit === this.limit ? this.times + 1 : 0;
    this.limit = limit;
    const ms = Math.max(this.least, f.retryAfterMs || this.unsaid);
    const grown = Math.max(ms, Math.min(longest, ms * 2 ** this.times));
    return grown + Math.random() * Math.min(widest, grown / 2);
  }

  /** What was asked was granted. */
  over(): void {
    this.limit = "";
    this.times = 0;
  }
}
