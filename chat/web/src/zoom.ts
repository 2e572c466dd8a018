// Where a picture stands in the window: larger by a factor, and moved from the middle.

export interface Place {
  scale: number;
  x: number;
  y: number;
}

export const whole: Place = { scale: 1, x: 0, y: 0 };
export const most = 8;
/** How far two taps, or a key, go. */
export const step = 2.5;

interface Sides {
  w: number;
  h: number;
}

/** Larger or smaller by a factor, where a point stays what it shows: given from the middle of the window. */
export function zoomed({ scale, x, y }: Place, factor: number, at: { x: number; y: number }): Place {
  const next = Math.min(most, Math.max(1, scale * factor));
  const f = next / scale;
  return { scale: next, x: at.x - (at.x - x) * f, y: at.y - (at.y - y) * f };
}

/** No further than the edges of the picture: as it lies at scale 1 in the window. */
export function held({ scale, x, y }: Place, picture: Sides, window: Sides): Place {
  const most = (side: number, of: number) => Math.max(0, (side * scale - of) / 2);
  const within = (v: number, limit: number) => Math.min(limit, Math.max(-limit, v)) || 0;
  return { scale, x: within(x, most(picture.w, window.w)), y: within(y, most(picture.h, window.h)) };
}

/** What a finger that let go has meant, by how far it went, when the picture was whole. */
export function swiped(dx: number, dy: number): "next" | "previous" | "close" | null {
  const far = 70;
  if (Math.abs(dx) > far && Math.abs(dx) > 1.5 * Math.abs(dy)) return dx < 0 ? "next" : "previous";
  if (dy > far && dy > 1.5 * Math.abs(dx)) return "close";
  return null;
}
