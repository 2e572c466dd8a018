// The visits of this page: the one in view, and those left with something still on its way.

import { storage } from "./browser";
import { Hidden } from "./hidden";
import { Visit } from "./visit";
import { Watched } from "./watch";
import type { Net } from "./socket";
import type { Room } from "./wire";

export class Visits extends Watched {
  private all = new Map<string, Visit>();
  private shadows = new Map<string, Hidden>();

  constructor(
    private net: Net,
    private who = "",
  ) {
    super();
  }

  /** Whether something would be lost with the tab. */
  get unsent(): boolean {
    return [...this.all.values()].some((v) => v.unsent);
  }

  /** Whether one is in a room, in this window. */
  has(id: string): boolean {
    return this.all.has(id);
  }

  /** Lets go of all that isn't sent: nobody is asked about it when the page ends. */
  abandon(): void {
    for (const visit of this.all.values()) visit.post.abandon();
  }

  /** Whom one has hidden in a room. */
  hidden(id: string): Hidden {
    let hidden = this.shadows.get(id);
    if (!hidden) this.shadows.set(id, (hidden = new Hidden(storage("localStorage"), `hidden:${this.who}:${id}`)));
    return hidden;
  }

  /** Comes into a room's view. A visit that still sends is taken over; of one that has ended, its pictures. */
  enter(id: string, room: Room | null): Visit {
    const known = this.all.get(id);
    if (known?.back()) return known;
    const visit = new Visit(id, this.net, room, this.hidden(id), known?.post.pictures);
    visit.watch(() => {
      if (visit.ended && !visit.post.pictures.length && this.all.get(id) === visit) this.all.delete(id);
      this.changed();
    });
    this.all.set(id, visit);
    this.changed();
    return visit;
  }
}
