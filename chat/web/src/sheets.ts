// The sheets over the page, as the browser's history has them: one entry each, of the page's own
// address. Back closes the upper sheet and leaves the page where it is; a sheet that is closed
// otherwise takes its entry away again.
//
// An entry says how many sheets stood there. After a reload, or after Forward, that may be more
// than are open: such an entry is stepped back from.

type Past = Pick<History, "state" | "pushState" | "go">;

export class Sheets {
  private open: { close(): void }[] = [];
  private waits = false;
  private going = false;

  constructor(private past: Past) {}

  /** How many sheets the entry in view stands for. */
  get height(): number {
    return (this.past.state as { sheets?: number } | null)?.sheets ?? 0;
  }

  /** Puts a sheet on top, which Back closes. Returns what to call when it is gone. */
  add(close: () => void): () => void {
    const sheet = { close };
    this.open.push(sheet);
    this.settle();
    return () => {
      this.open = this.open.filter((s) => s !== sheet);
      this.settle();
    };
  }

  /** Brings the history to the number of open sheets, once for all that open and close in one task. */
  settle(): void {
    if (this.waits) return;
    this.waits = true;
    queueMicrotask(() => {
      this.waits = false;
      const { length } = this.open;
      // A step back takes a while, and where it leads is known only then.
      if (this.going) return;
      if (this.height > length) {
        this.going = true;
        this.past.go(length - this.height);
      }
      while (this.height < length) this.past.pushState({ sheets: this.height + 1 }, "");
    });
  }

  /** Follows the history to another entry: by a step of our own, or of whoever reads. */
  moved(): void {
    const own = this.going;
    this.going = false;
    if (!own) for (const sheet of this.open.splice(this.height).reverse()) sheet.close();
    this.settle();
  }
}
