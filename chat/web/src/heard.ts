// What others have said while one was here, to tell how much of it one hasn't seen.

export class Heard {
  /** Grows with every message of somebody else that comes in live. */
  count = 0;
  /** The count with each message, by seq. */
  private at = new Map<number, number>();
  private gone: number[] = [];

  add(seq: number): void {
    this.at.set(seq, ++this.count);
  }

  /** Takes a message out that was deleted: nobody will see it. */
  drop(seq: number): void {
    const n = this.at.get(seq);
    if (n === undefined) return;
    this.at.delete(seq);
    this.gone.push(n);
  }

  /** How many messages there are since the count was `seen`. */
  since(seen: number): number {
    return this.count - seen - this.gone.filter((n) => n > seen).length;
  }
}
