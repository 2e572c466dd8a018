// A page begins with what one came for. What else belongs to the first view is drawn in the frames
// behind that: a slow phone is busy for 150 ms with all of a lobby, and takes no key meanwhile.

import { useEffect, useState } from "preact/hooks";

/** Rows that a list begins with. */
const few = 2;

/** Whether the page has shown its first frame, and whether all rows of a list. */
let [begun, listed] = [false, false];

/** Whether the page has shown what it begins with. */
export function useBegun(): boolean {
  const [is, set] = useState(begun);
  // An effect runs after the frame is painted.
  useEffect(() => {
    begun = true;
    set(true);
  }, []);
  return is;
}

/** How many of a list's rows are drawn: as the page begins twice as many in each frame. */
export function useRows(all: number): number {
  const [n, draw] = useState(listed ? Infinity : few);
  useEffect(() => {
    if (n < all) requestAnimationFrame(() => draw(2 * n));
    else listed ||= all > 0;
  }, [n, all]);
  return n;
}
