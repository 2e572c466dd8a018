// Where one is in the list of messages. Only they have an id: of the other lines none is a place, as
// older messages may take theirs.

export interface Anchor {
  row: HTMLElement;
  /** Its lower edge, from the top of the box: the upper one moves when an older message joins its group. */
  below: number;
}

/** The first message that is not wholly above the box; rows stand in order, so halving finds it. */
export function anchor(box: HTMLElement, list: HTMLElement): Anchor | null {
  const rows = list.children;
  let lo = 0;
  let hi = rows.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    const row = rows[mid] as HTMLElement;
    if (bottom(row) > box.scrollTop) hi = mid;
    else lo = mid + 1;
  }
  while (lo < rows.length - 1 && !rows[lo]!.id) lo++;
  const row = rows[lo] as HTMLElement | undefined;
  return row ? { row, below: bottom(row) - box.scrollTop } : null;
}

/** Brings it back to where it was. */
export function hold(box: HTMLElement, { row, below }: Anchor): void {
  box.scrollTop += bottom(row) - box.scrollTop - below;
}

/** The lowest that is wholly in view. */
export const inView = (box: HTMLElement, rows: HTMLElement[]) => rows.findLast((row) => bottom(row) <= box.scrollTop + box.clientHeight + 1);

const bottom = (row: HTMLElement) => row.offsetTop + row.offsetHeight;
