// The one way state reaches the screen: an object that tells its watchers that it changed.

import { useEffect, useReducer } from "preact/hooks";

export class Watched {
  private watchers = new Set<() => void>();

  watch(f: () => void): () => void {
    this.watchers.add(f);
    return () => this.watchers.delete(f);
  }

  protected changed(): void {
    for (const f of [...this.watchers]) f();
  }
}

/** Renders the calling component again whenever one of the objects changes. */
export function useWatched(...objects: (Watched | null)[]): void {
  const [, again] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const stops = objects.map((o) => o?.watch(() => again(undefined)));
    // What changed between rendering and this effect would be missed otherwise.
    again(undefined);
    return () => stops.forEach((stop) => stop?.());
  }, objects);
}
