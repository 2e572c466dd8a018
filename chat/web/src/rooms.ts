// The live list of rooms.

import type { Socket } from "socket.io-client";
import { Watched } from "./watch";
import type { Room } from "./wire";

export class Rooms extends Watched {
  /** null until the first list has come. */
  all: Map<string, Room> | null = null;
  /** How many more there are: the server's list has an end. */
  beyond = 0;
  /** Rooms that were closed while somebody was about to press them: they stay until he looks away. */
  gone = new Set<string>();
  /** Whether a row is under the pointer or has the focus; the list on the screen tells. */
  held: (id: string) => boolean = () => false;

  constructor(socket: Socket, first?: Room[]) {
    super();
    if (first) this.replace(first);
    socket.on("roomList", (list: { rooms: Room[]; total?: number }) => this.replace(list.rooms, list.total));
    socket.on("newRoom", (room: Room) => this.put(room));
    socket.on("updateRoom", (change: Partial<Room> & { _id: string }) => this.update(change));
    socket.on("removeRoom", (id: string) => this.remove(id));
  }

  get count(): number {
    return (this.all?.size ?? 0) + this.beyond;
  }

  get(id: string): Room | undefined {
    return this.all?.get(id);
  }

  /** Broadcasts don't know whose room it is, so what an answer told us stays. */
  put(room: Room): void {
    const known = this.all?.get(room._id);
    this.all = new Map(this.all ?? []).set(room._id, { ...room, mine: room.mine ?? known?.mine });
    this.gone.delete(room._id);
    this.changed();
  }

  release(id: string): void {
    if (!this.gone.delete(id)) return;
    this.all?.delete(id);
    this.changed();
  }

  /** Ours first, then the liveliest. */
  sorted(): Room[] {
    return [...(this.all?.values() ?? [])].sort(
      (a, b) => Number(b.mine ?? false) - Number(a.mine ?? false) || b.active - a.active || (a._id < b._id ? -1 : 1),
    );
  }

  private replace(rooms: Room[], total = rooms.length): void {
    const before = this.all;
    this.all = new Map(rooms.map((r) => [r._id, { ...r, mine: r.mine ?? before?.get(r._id)?.mine }]));
    this.beyond = Math.max(0, total - rooms.length);
    this.gone.clear();
    this.changed();
  }

  private update(change: Partial<Room> & { _id: string }): void {
    const known = this.all?.get(change._id);
    if (!known) return;
    this.all = new Map(this.all).set(change._id, { ...known, ...change });
    this.changed();
  }

  private remove(id: string): void {
    if (!this.all?.has(id)) {
      this.beyond = Math.max(0, this.beyond - 1);
    } else if (this.held(id)) {
      this.gone.add(id);
    } else {
      this.all = new Map(this.all);
      this.all.delete(id);
    }
    this.changed();
  }
}

export const isFull = (room: Room) => room.count >= room.max;
