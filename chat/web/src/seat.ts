// Asking for a seat in a room: at the start, after every break, at a hole. One request at a time.

import type { Failure } from "./failure";
import { prove } from "./prove";

/** How one stands to a room. */
export type Stage = "entering" | "live" | "away" | "gate" | "full" | "door" | "missing" | "closed" | "refused" | "out";

/** Where refusals lead, by their codes. */
export const stages: Record<string, Stage> = { WRONG_PASSWORD: "gate", ROOM_FULL: "full", DOOR_LOCKED: "door", NO_SUCH_ROOM: "missing", CLOSED: "closed", KICKED: "out", ROOM_BANNED: "out" };

export interface Options {
  /** Asks once; rejects with a Failure. */
  ask(proof: string | undefined): Promise<unknown>;
  /** Hears why it was refused. */
  refused(f: Failure): void;
  /** Whether no seat is wanted any more. */
  over(): boolean;
  /** Hears that no request is under way. */
  rest(): void;
}

/** The shortest pause after a refusal. */
const least = 2000;

export class Seat {
  /** Whether a request is under way, or the work for the next one. */
  asking = false;
  private again = false;
  private timer = 0;
  private proof: string | undefined;

  constructor(private o: Options) {}

  async ask(): Promise<void> {
    if (this.o.over()) return;
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    clearTimeout(this.timer);
    try {
      await this.o.ask(this.proof);
      this.proof = undefined;
    } catch (e) {
      this.o.refused(e as Failure);
      await this.work(e as Failure);
    } finally {
      this.asking = false;
      if (this.again) {
        this.again = false;
        void this.ask();
      }
      this.o.rest();
    }
  }

  /** Asks after the pause that a refusal names. */
  askAfter(f: Failure): void {
    this.askIn(Math.max(least, f.retryAfterMs));
  }

  /** Asks after a pause, if it is still to be asked for then. */
  askIn(ms: number, still = () => true): void {
    this.stop();
    this.timer = window.setTimeout(() => void (still() && this.ask()), ms);
  }

  /** Doesn't ask after a pause any more. */
  stop(): void {
    clearTimeout(this.timer);
  }

  // Where many come, a newcomer works before it is let in, and shows the proof when it asks again.
  private async work(f: Failure): Promise<void> {
    this.proof = undefined;
    if (f.code !== "PROOF_NEEDED" || !f.proof) return;
    this.proof = (await prove(f.proof)) || undefined;
    if (this.o.over()) return;
    if (this.proof) this.again = true;
    else this.askAfter(f); // perhaps no longer so many come then
  }
}
