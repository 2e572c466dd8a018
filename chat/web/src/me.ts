// Who I am outside rooms, and how that changes.

import { check, getMe, putTag, rename } from "./api";
import { Watched } from "./watch";
import type { Me as Wire } from "./wire";

export class Me extends Watched {
  constructor(public now: Wire) {
    super();
  }

  /** Whether one has chosen a name. */
  get chosen(): boolean {
    return this.now.nameIdx == null;
  }

  set(now: Wire): void {
    this.now = now;
    this.changed();
  }

  /** Takes another name, in all rooms; "" is the generated one. Rejects with a Failure. */
  async rename(nickname: string): Promise<void> {
    this.set((await rename(nickname)).me);
  }

  /** Takes the tag of a passphrase; "" is none. Rejects with a Failure. */
  async prove(passphrase: string): Promise<void> {
    this.set((await putTag(passphrase)).me);
    // The device has a new token, and the old one ends when this one is used.
    if (passphrase) await getMe();
  }

  /** Rejects with a Failure when the name isn't to be had. */
  async check(nickname: string): Promise<void> {
    await check(nickname);
  }
}
