// What was written and is not yet known to have arrived.
//
// Entries leave one at a time and in order, so that a room never sees a person's messages
// swapped. An entry keeps its cid for life: the server stores one message for it, however often
// it is sent. Texts are kept in the tab's storage, so that a reload loses none; a picture lives
// in memory alone.

import { newID } from "./browser";
import { Failure } from "./failure";
import { Patience } from "./patience";
import { Watched } from "./watch";
import type { Posted } from "./wire";

export type State = "queued" | "sending" | "failed" | "rejected";

export interface Picture {
  file: File;
  url: string;
  w: number;
  h: number;
  /** What it shows, in the sender's words. */
  alt: string;
}

export interface Entry {
  cid: string;
  text: string;
  /** They are one message; there is no text then. */
  pictures?: Picture[];
  at: number;
  state: State;
  /** 0 to 1, of pictures on their way. */
  progress?: number;
  /** Why it failed or was rejected. */
  failure?: Failure;
  /** The last message of the room when it failed or was rejected, by seq: it stays behind that one. */
  after?: number;
}

export interface Options {
  /** Where texts are kept between reloads, and under which key. */
  storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
  key: string;
  /** Pictures of an earlier outbox of this page. */
  pictures?: Entry[];
  /** Sends one entry; rejects with a Failure. */
  send(entry: Entry, signal: AbortSignal): Promise<Posted>;
  /** Called with every entry that the server has stored. */
  sent(entry: Entry, posted: Posted): void;
  /** The seq of the room's last message. */
  last(): number;
}

/** Pauses before the tries of one entry; after the last one it has failed. */
export const pauses = [0, 2000, 5000, 10_000];
/** An entry that has to wait longer than this has failed, or it would hold up all behind it. */
const longest = 30_000;
/** The shortest pause after a refusal. */
const least = 500;

export class Outbox extends Watched {
  entries: Entry[] = [];
  /** Why the server takes nothing until a moment. */
  slowed: Failure | null = null;
  /** Grows whenever somebody writes or tries again. */
  written = 0;

  private open = false;
  private running: { cid: string; abort: AbortController } | null = null;
  private o: Options;
  private patience = new Patience(least);
  /** When the server may be asked again. */
  private next = 0;

  constructor(o: Options) {
    super();
    this.o = o;
    this.entries = [...this.restored(), ...(o.pictures ?? [])].sort((a, b) => a.at - b.at);
  }

  /** Whether an entry is on its way or waits for the room. */
  get busy(): boolean {
    return this.entries.some((e) => e.state === "queued" || e.state === "sending");
  }

  add(text: string, cid: string, pictures?: Picture[]): void {
    this.written++;
    this.entries = [...this.entries, { cid, text, pictures, at: Date.now(), state: this.open ? "sending" : "queued" }];
    this.moved();
    void this.run();
  }

  /** The room can take messages: send what waits. */
  resume(): void {
    if (this.open) return;
    this.open = true;
    this.each((e) => (e.state === "queued" ? { ...e, state: "sending" } : e));
    void this.run();
  }

  /** The connection is gone: what was under way waits for the next one. */
  pause(): void {
    if (!this.open) return;
    this.open = false;
    this.slowed = null;
    this.each((e) => (e.state === "sending" ? { ...e, state: "queued", progress: undefined } : e));
    this.running?.abort.abort();
    this.running = null;
  }

  retry(cid: string): void {
    this.each((e) => {
      if (e.cid !== cid || e.state !== "failed") return e;
      this.written++;
      return { ...e, state: this.open ? "sending" : "queued", failure: undefined, after: undefined };
    });
    void this.run();
  }

  /** Drops one picture of an entry, whose sending begins anew with the others. */
  without(cid: string, picture: Picture): void {
    const rest = this.entries.find((e) => e.cid === cid)?.pictures?.filter((p) => p !== picture) ?? [];
    if (!rest.length) return this.discard(cid);
    this.each((e) => (e.cid === cid ? { ...e, pictures: rest, progress: undefined } : e));
    this.stop(cid);
    void this.run();
  }

  /** Drops an entry and ends its sending. */
  discard(cid: string): void {
    const entry = this.entries.find((e) => e.cid === cid);
    if (!entry) return;
    this.entries = this.entries.filter((e) => e !== entry);
    this.stop(cid);
    this.moved();
    void this.run();
  }

  private stop(cid: string): void {
    if (this.running?.cid !== cid) return;
    this.running.abort.abort();
    this.running = null;
  }

  /** A message with this cid was seen in the room: it has arrived, whatever its answer says. */
  arrived(cid: string): void {
    if (!this.entries.some((e) => e.cid === cid)) return;
    this.entries = this.entries.filter((e) => e.cid !== cid);
    // Its answer is of no interest any more; ending an upload half-way would only cost the
    // connection.
    if (this.running?.cid === cid) this.running = null;
    this.moved();
    void this.run();
  }

  progress(cid: string, part: number): void {
    this.each((e) => (e.cid === cid ? { ...e, progress: part } : e));
  }

  private async run(): Promise<void> {
    while (this.open && !this.running) {
      const entry = this.entries.find((e) => e.state === "sending");
      if (!entry) return this.free();
      const mine = (this.running = { cid: entry.cid, abort: new AbortController() });
      const end = await this.attempt(entry, mine.abort.signal);
      if (this.running !== mine) return;
      this.running = null;
      if ("posted" in end) {
        this.entries = this.entries.filter((e) => e.cid !== entry.cid).concat(this.refused(entry, end.posted));
        this.o.sent(entry, end.posted);
        this.moved();
      } else {
        const state = end.failure.retryable || end.failure.code === "NO_SPACE" ? "failed" : "rejected";
        const after = this.o.last();
        this.each((e) => (e.cid === entry.cid ? { ...e, state, failure: end.failure, after, progress: undefined } : e));
      }
    }
  }

  private async attempt(entry: Entry, signal: AbortSignal): Promise<{ posted: Posted } | { failure: Failure }> {
    let failure: Failure | undefined;
    for (let n = 0; n < pauses.length; ) {
      await pause(Math.max(pauses[n]!, this.slowed ? this.next - Date.now() : 0), signal);
      if (signal.aborted && failure) return { failure };
      try {
        const posted = await this.o.send(entry, signal);
        this.patience.over();
        return { posted };
      } catch (e) {
        failure = e as Failure;
        if (signal.aborted || !failure.retryable) return { failure };
        if (failure.code === "NO_SPACE" || (failure.retryAfterMs > longest && failure.code !== "SLOW_MODE")) return { failure };
      }
      if (failure.until) {
        this.slowed = failure;
        this.next = Date.now() + this.patience.next(failure);
        this.changed();
      }
      // Being too fast is no fault of this message and costs it no try.
      if ((failure.code !== "RATE_LIMITED" && failure.code !== "SLOW_MODE") || failure.retryAfterMs <= 0) n++;
    }
    return { failure: failure! };
  }

  // The pictures of an entry that the server didn't take, each by itself: the others are sent.
  private refused({ pictures = [] }: Entry, { refused = [] }: Posted): Entry[] {
    return refused
      .filter(({ index }) => pictures[index])
      .map(({ index, error }) => ({ cid: newID(), text: "", pictures: [pictures[index]!], at: Date.now(), state: "rejected", failure: new Failure(error), after: this.o.last() }));
  }

  private free(): void {
    if (!this.slowed) return;
    this.slowed = null;
    this.changed();
  }

  private each(f: (e: Entry) => Entry): void {
    const next = this.entries.map(f);
    if (next.every((e, i) => e === this.entries[i])) return;
    this.entries = next;
    this.moved();
  }

  private moved(): void {
    this.store();
    this.changed();
  }

  private store(): void {
    const texts = this.entries
      .filter((e) => !e.pictures)
      .map(({ cid, text, at, state, after, failure: f }) => ({ cid, text, at, state, after, failure: f && brief(f) }));
    try {
      if (texts.length) this.o.storage?.setItem(this.o.key, JSON.stringify(texts));
      else this.o.storage?.removeItem(this.o.key);
    } catch {
      // A full or forbidden storage costs the reload, not the message.
    }
  }

  private restored(): Entry[] {
    try {
      const kept = JSON.parse(this.o.storage?.getItem(this.o.key) ?? "[]") as Entry[];
      return kept
        .filter((e) => typeof e.cid === "string" && typeof e.text === "string")
        .map((e) => ({
          ...e,
          state: e.state === "rejected" || e.state === "failed" ? e.state : "queued",
          failure: e.failure && new Failure(e.failure),
        }));
    } catch {
      return [];
    }
  }
}

// A countdown doesn't outlive the page: its moment is the server's to name.
const brief = ({ code, message, limit, n }: Failure) => ({ code, message, limit, n });

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}
