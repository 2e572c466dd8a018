// Many newcomers, and the lock that keeps more of them out.

import { patchRoom } from "./api";
import type { Failure } from "./failure";
import { sayFailure } from "./i18n";
import type { Visit } from "./visit";
import { Watched } from "./watch";

export class Crowd extends Watched {
  /** How many newcomers came in a few seconds, when they are many and we may lock the door. */
  count = 0;

  constructor(private visit: Visit) {
    super();
  }

  /** Tells of that many, or with 0 doesn't any more. */
  tell(count: number): void {
    this.count = this.visit.room?.doorLocked ? 0 : count;
    this.changed();
  }

  /** Locks the door, or opens it. */
  async lock(locked: boolean): Promise<void> {
    try {
      this.visit.take((await patchRoom(this.visit.id, { doorLocked: locked })).room);
    } catch (e) {
      this.visit.show({ level: "error", message: sayFailure(e as Failure) });
    }
  }
}
