// Rows that stay as they are, which needn't be rendered again: Preact leaves out an element that it
// gets a second time.

import type { JSX } from "preact";
import { useRef } from "preact/hooks";

interface Kept {
  of: unknown[];
  row: JSX.Element;
}

/** Gives the row of a key: that of the last time, if what it is made of is the same. */
export type Keep = (key: string, of: unknown[], make: () => JSX.Element) => JSX.Element;

/** Keeps the rows from one rendering to the next. */
export function useKept(): Keep {
  const last = useRef(new Map<string, Kept>());
  const before = last.current;
  const now = (last.current = new Map());
  return (key, of, make) => {
    const was = before.get(key);
    const kept = was?.of.every((part, i) => part === of[i]) ? was : { of, row: make() };
    now.set(key, kept);
    return kept.row;
  };
}
