// The live list of rooms: the part of it that has come, and what the server found.

import type { Socket } from "socket.io-client";
import type { Failure } from "./failure";
import { ask } from "./socket";
import { Watched } from "./watch";
import type { Room, RoomPage } from "./wire";

const page = 50;
/** Closed rooms that are remembered. */
const remembered = 200;
/** Pause before a page is asked for again that hasn't come, when the server names none. */
const again = 3000;

type Known = Map<string, Room>;

/** What the server found for some words. */
interface Found {
  words: string;
  rooms: Known;
  next?: string;
}

export class Rooms extends Watched {
  /** null until the first list has come. */
  all: Known | null = null;
  /** How many rooms there are, also those that haven't come. */
  count = 0;
  /** Rooms that were closed while somebody was about to press them: they stay until he looks away. */
  gone = new Set<string>();
  /** Whether a row is under the pointer or has the focus; the list on the screen tells. */
  held: (id: string) => boolean = () => false;
  /** Whether a page is on its way, and why it hasn't come yet. */
  loading = false;
  failure: Failure | null = null;

  /** Where the list goes on that has come so far. */
  next: string | undefined;

  /** Those closed since the list came: the server may tell of one twice, see put and remove. */
  private closed = new Set<string>();
  private words = "";
  private found: Found | null = null;
  /** Grows with everything that makes an answer on its way useless. */
  private turn = 0;

  constructor(
    private socket: Socket,
    first?: RoomPage,
  ) {
    super();
    if (first) this.replace(first);
    socket.on("roomList", (list: RoomPage) => this.replace(list));
    socket.on("newRoom", (room: Room) => this.put(room));
    socket.on("updateRoom", (change: Partial<Room> & { _id: string }) => this.update(change));
    socket.on("removeRoom", (id: string) => this.remove(id));
  }

  get(id: string): Room | undefined {
    return this.all?.get(id) ?? this.found?.rooms.get(id);
  }

  /** Whether the list that is shown goes on. */
  get more(): boolean {
    return !!(this.found ?? this).next;
  }

  /** Broadcasts don't know whose room it is, so what an answer told us stays. */
  put(room: Room): void {
    const known = this.get(room._id);
    if (!known) this.count++;
    this.closed.delete(room._id);
    this.all = new Map(this.all ?? []).set(room._id, { ...room, mine: room.mine ?? known?.mine });
    this.gone.delete(room._id);
    this.changed();
  }

  release(id: string): void {
    if (!this.gone.delete(id)) return;
    this.all?.delete(id);
    this.found?.rooms.delete(id);
    this.changed();
  }

  /** Ours first, then the liveliest: those that have come, or those with the words in their title. */
  shown(): Room[] {
    const come = [...(this.all?.values() ?? [])];
    const fitting = this.words ? come.filter((r) => fold(r.title).includes(fold(this.words))) : come;
    // What has come is live; of a room that the server alone knows there is what it found.
    const rooms = this.found ? [...new Map([...this.found.rooms, ...fitting.map((r) => [r._id, r] as const)]).values()] : fitting;
    return rooms.sort((a, b) => rank(a) - rank(b) || b.active - a.active || (a._id < b._id ? -1 : 1));
  }

  /** Shows the rooms with these words in their title. The server is asked for those that haven't come. */
  find(words: string): void {
    if (words === this.words) return;
    this.words = words;
    this.found = null;
    this.stop();
    if (words && this.next) void this.load(words);
    this.changed();
  }

  /** Asks for the next page of what is shown. */
  async load(words = this.found?.words ?? ""): Promise<void> {
    if (this.loading) return;
    const { turn } = this;
    const from = this.found ?? (words ? undefined : this);
    this.loading = true;
    this.changed();
    try {
      const got = await ask<RoomPage>(this.socket, "list", { q: words || undefined, cursor: from?.next, limit: page });
      if (turn === this.turn) this.take(got, words);
    } catch (e) {
      if (turn !== this.turn) return;
      this.failure = e as Failure;
      this.changed();
      await new Promise((done) => setTimeout(done, (e as Failure).retryAfterMs || again));
    }
    if (turn !== this.turn) return;
    const failed = this.failure;
    this.stop();
    this.changed();
    // A search that failed has nothing on the screen that would ask once more.
    if (failed && words && !this.found) void this.load(words);
  }

  private take(got: RoomPage, words: string): void {
    if (words) {
      this.found = { words, rooms: new Map([...(this.found?.rooms ?? []), ...named(got.rooms)]), next: got.next };
    } else {
      this.all = new Map([...(this.all ?? []), ...named(got.rooms)]);
      this.next = got.next;
      this.count = got.total ?? this.count;
    }
  }

  // What is on its way is of no use any more.
  private stop(): void {
    this.turn++;
    this.loading = false;
    this.failure = null;
  }

  private replace({ rooms, mine = [], total, next }: RoomPage): void {
    const before = this.all;
    this.all = named([...rooms.map((r) => ({ ...r, mine: r.mine ?? before?.get(r._id)?.mine })), ...mine]);
    this.count = total ?? rooms.length;
    this.next = next;
    this.gone.clear();
    this.closed.clear();
    this.stop();
    this.found = null;
    if (this.words && next) void this.load(this.words);
    this.changed();
  }

  // What isn't here is heard of when its page comes.
  private update(change: Partial<Room> & { _id: string }): void {
    let known = false;
    for (const rooms of [this.all, this.found?.rooms]) {
      const room = rooms?.get(change._id);
      if (!room) continue;
      rooms!.set(change._id, { ...room, faces: undefined, last: undefined, ...change });
      known = true;
    }
    if (known) this.changed();
  }

  /** Our own rooms. */
  get mine(): Room[] {
    return [...(this.all?.values() ?? [])].filter((r) => r.mine && !this.gone.has(r._id));
  }

  /** Takes a room away that is closed. */
  remove(id: string): void {
    const known = this.get(id);
    if (this.closed.has(id) || (!known && !this.next)) return;
    this.closed.add(id);
    // It tells again within a moment: the oldest needn't be known for good.
    if (this.closed.size > remembered) this.closed.delete(this.closed.values().next().value!);
    this.count = Math.max(0, this.count - 1);
    if (known && this.held(id)) {
      this.gone.add(id);
    } else {
      this.all?.delete(id);
      this.found?.rooms.delete(id);
    }
    this.changed();
  }
}

// Ours, those with people in them, those that sleep.
const rank = (room: Room) => (room.mine ? 0 : 2) + (room.count ? 0 : 1);

const named = (rooms: Room[]): Known => new Map(rooms.map((r) => [r._id, r]));

const fold = (s: string) => s.normalize("NFC").toLowerCase();

export const isFull = (room: Room) => room.count >= room.max;
