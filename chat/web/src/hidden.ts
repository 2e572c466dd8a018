// Whom one has hidden for oneself in a room: kept in this browser, for this identity, and nobody else
// knows.

import { Watched } from "./watch";
import type { Named } from "./wire";

/** The oldest goes beyond this many. */
const most = 200;

export interface Shadow extends Named {
  user: string;
}

export class Hidden extends Watched {
  private all: Shadow[] | null = null;

  constructor(
    private storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null,
    private key: string,
  ) {
    super();
  }

  get people(): Shadow[] {
    return (this.all ??= this.read());
  }

  has(user: string): boolean {
    return this.people.some((p) => p.user === user);
  }

  hide({ user, name, nameIdx, tag }: Shadow): void {
    this.all = [...this.others(user), { user, name, nameIdx, tag }].slice(-most);
    this.keep();
  }

  show(user: string): void {
    this.all = this.others(user);
    this.keep();
  }

  // Another tab may have hidden and shown people meanwhile.
  private others(user: string): Shadow[] {
    return (this.storage ? this.read() : this.people).filter((p) => p.user !== user);
  }

  private keep(): void {
    try {
      if (this.people.length) this.storage?.setItem(this.key, JSON.stringify(this.people));
      else this.storage?.removeItem(this.key);
    } catch {
      // A full or forbidden storage costs the next visit, not this one.
      this.storage = null;
    }
    this.changed();
  }

  private read(): Shadow[] {
    try {
      const kept = JSON.parse(this.storage?.getItem(this.key) ?? "[]") as Shadow[];
      return kept.filter((p) => typeof p.user === "string").slice(-most);
    } catch {
      return [];
    }
  }
}
