// Parts of the page that are loaded when they are first needed, or before that, while the page has
// nothing else to do.
//
// The names of their files change with what is in them. A server that was updated while the page
// stood open has others: then the page begins anew, by itself if nothing that was typed is lost
// with it, and once.

import { Watched } from "./watch";

/** Why a part isn't there: it couldn't be read, or the server has another page by now. */
export type Lack = "unread" | "gone";

/** How long the page is left alone before it loads ahead. */
const settling = 2000;

export class Part<T> extends Watched {
  value: T | null = null;
  lack: Lack | null = null;
  private loading: Promise<T> | null = null;

  constructor(private read: () => Promise<T>) {
    super();
  }

  /** Loads it. Rejects as `import` does, and may be asked again. */
  load(): Promise<T> {
    this.loading ??= this.read().then(
      (value) => this.have(value),
      (e) => {
        this.loading = null;
        throw e;
      },
    );
    return this.loading;
  }

  /** Loads it for somebody who waits, and says in `lack` why it doesn't come. */
  async want(): Promise<void> {
    this.lack = null;
    this.changed();
    try {
      await this.load();
    } catch {
      if (!(await gone())) this.lack = "unread";
      else if (!anew()) this.lack = "gone";
      this.changed();
    }
  }

  private have(value: T): T {
    this.value = value;
    this.lack = null;
    this.changed();
    return value;
  }
}

// Whether the server has other files than this page: not even this one.
async function gone(): Promise<boolean> {
  try {
    return (await fetch(import.meta.url, { method: "HEAD", cache: "no-store" })).status === 404;
  } catch {
    return false;
  }
}

/** Begins the page anew, unless that was done for this page already or something typed would be lost. */
function anew(): boolean {
  if (typed()) return false;
  try {
    if (sessionStorage.getItem("anew") === import.meta.url) return false;
    sessionStorage.setItem("anew", import.meta.url);
  } catch {
    return false; // nothing would end it
  }
  location.reload();
  return true;
}

// Texts that aren't kept; a message that is being written is.
function typed(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement>("input:not([type=checkbox], [type=radio], [type=number], [type=file])");
  return [...fields].some((f) => f.value !== f.defaultValue);
}

/** Loads parts, one after the other, while nothing else is done. */
export async function loadAhead(parts: Part<unknown>[]): Promise<void> {
  if ((navigator as { connection?: { saveData?: boolean } }).connection?.saveData) return;
  await new Promise((done) => setTimeout(done, settling));
  for (const part of parts) {
    await idle();
    await part.load().catch(() => {}); // whoever needs it asks again
  }
}

function idle(): Promise<unknown> {
  return new Promise((done) => ("requestIdleCallback" in window ? requestIdleCallback(done) : setTimeout(done, 200)));
}
