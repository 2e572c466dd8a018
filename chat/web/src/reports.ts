// What those in charge of a room were told.

import type { Visit } from "./visit";
import { Watched } from "./watch";
import type { Reported } from "./wire";

export class Reports extends Watched {
  /** null: not yet asked for, or not ours to see. */
  list: Reported[] | null = null;

  constructor(private visit: Visit) {
    super();
  }

  /** Asks for them, where they are ours to see. */
  async read(): Promise<void> {
    if (!this.visit.me?.role || this.visit.stage !== "live") return;
    try {
      this.list = (await this.visit.act<{ reports: Reported[] }>("reports", {})).reports;
      this.changed();
    } catch {
      // The next report, or the sheet, asks again.
    }
  }

  /** One's role is another: what was seen with the last one isn't shown with it. */
  renew(): void {
    this.list = null;
    void this.read();
  }
}
