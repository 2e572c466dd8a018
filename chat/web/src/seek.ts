// A search in a room: what is looked for, and what was found so far.

import type { Failure } from "./failure";
import type { Visit } from "./visit";
import { Watched } from "./watch";
import type { Chat } from "./wire";

export interface Hit {
  message: Chat;
  /** Where the words were looked for, and where they are in it. */
  text: string;
  ranges: [number, number][];
}

/** Who goes on to type within this time looks for something else yet. */
const idle = 250;
/** Hits that there should be before one asks for more; and answers that are asked for in a row. */
const few = 10;
const inARow = 5;

export class Seek extends Watched {
  text = "";
  hits: Hit[] = [];
  /** What the hits are of; "": nothing was looked for yet. */
  of = "";
  busy = false;
  failure: Failure | null = null;
  /** The hit that Enter goes to. */
  chosen = 0;

  private next = 0;
  private timer = 0;
  private turn = 0;

  constructor(private visit: Visit) {
    super();
  }

  /** Whether older messages haven't been looked at. */
  get more(): boolean {
    return this.next > 0;
  }

  /** Takes what was typed; it is looked for at once when a syllable is finished. */
  want(text: string, at: "once" | "idle" = "idle"): void {
    this.text = text;
    clearTimeout(this.timer);
    const wanted = text.trim();
    if (wanted !== this.of || this.failure) this.timer = window.setTimeout(() => void this.look(), at === "once" ? 0 : idle);
    this.changed();
  }

  choose(place: number): void {
    this.chosen = Math.max(0, Math.min(place, this.hits.length - 1));
    this.changed();
  }

  /** Looks at older messages. */
  readMore(): void {
    if (this.more && !this.busy) void this.ask(this.of, this.next, ++this.turn);
  }

  /** Asks no more, and hears no answer. */
  stop(): void {
    clearTimeout(this.timer);
    this.turn++;
    this.busy = false;
  }

  /** Goes on with what was typed. */
  resume(): void {
    this.want(this.text, "once");
  }

  private look(): void {
    const wanted = this.text.trim();
    const turn = ++this.turn;
    if (wanted) return void this.ask(wanted, 0, turn);
    this.put("", [], 0);
    this.busy = false;
    this.changed();
  }

  private put(of: string, hits: Hit[], next: number): void {
    this.of = of;
    this.hits = hits;
    this.next = next;
    this.failure = null;
  }

  // An answer that something else was asked after is of no use.
  private async ask(q: string, before: number, turn: number): Promise<void> {
    this.busy = true;
    this.failure = null;
    this.changed();
    try {
      for (let n = 0; n < inARow; n++) {
        const answer = await this.visit.act<{ hits: Hit[]; next?: number }>("search", { q, before });
        if (turn !== this.turn) return;
        const seen = answer.hits.filter(({ message }) => !this.visit.hidden.has(message.user));
        this.put(q, before ? [...this.hits, ...seen] : seen, answer.next ?? 0);
        if (!before) this.chosen = 0;
        before = this.next;
        if (!before || this.hits.length >= few) break;
        this.changed();
      }
      this.busy = false;
    } catch (e) {
      if (turn === this.turn) this.failed(e as Failure, q, before, turn);
    }
    if (turn === this.turn) this.changed();
  }

  // Who was too fast goes on by itself.
  private failed(f: Failure, q: string, before: number, turn: number): void {
    this.failure = f;
    this.busy = false;
    if (f.retryAfterMs) this.timer = window.setTimeout(() => turn === this.turn && void this.ask(q, before, turn), f.retryAfterMs);
  }
}

const seeks = new WeakMap<Visit, Seek>();

/** The search of a visit: closing it forgets nothing. */
export function seekOf(visit: Visit): Seek {
  let seek = seeks.get(visit);
  if (!seek) seeks.set(visit, (seek = new Seek(visit)));
  return seek;
}

export interface Mark {
  text: string;
  found: boolean;
}

/** Characters before the first place that was found. */
const lead = 30;
const whole = 240;
/** What is found within so many characters is on the first lines of a small screen. */
const early = 60;

/** A text cut at the places that were found: around the first one, when that is far from its beginning. */
export function marks(text: string, ranges: [number, number][]): Mark[] {
  const first = ranges[0]?.[0] ?? 0;
  const from = first > early ? before(text, first) : 0;
  const to = text.length > from + whole ? start(text, from + whole) : text.length;
  const out: Mark[] = [];
  let at = from;
  if (from) out.push({ text: "…", found: false });
  for (const [begin, end] of ranges) {
    if (begin >= to) break;
    if (begin > at) out.push({ text: text.slice(at, begin), found: false });
    out.push({ text: text.slice(begin, end), found: true });
    at = end;
  }
  if (at < to) out.push({ text: text.slice(at, to), found: false });
  if (Math.max(at, to) < text.length) out.push({ text: "…", found: false });
  return out;
}

// Some words before a place, or as many characters.
function before(text: string, place: number): number {
  const space = text.indexOf(" ", place - lead);
  return space >= 0 && space < place ? space + 1 : start(text, place - lead);
}

// A place between two characters, not within one.
function start(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text[at] ?? "") ? at + 1 : at;
}
