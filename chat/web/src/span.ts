// Which part of a long conversation stands in the document: never more than 300 messages, however
// far one scrolls. Everything loaded stays in memory, so scrolling back costs no request.

import type { Chat } from "./wire";

/** First and last seq shown; start 0 is the oldest loaded, end null is the newest there will be. */
export interface Span {
  start: number;
  end: number | null;
}

export const most = 300;
const step = 50;
/** As many as the server sends of a room that one comes into. */
export const first = 50;

export function shown(items: Chat[], span: Span): Chat[] {
  const [from, to] = places(items, span);
  return items.slice(from, to);
}

/** Keeps the bound when messages have come: at the end the oldest go, elsewhere the newest wait. */
export function bounded(items: Chat[], span: Span, atEnd: boolean): Span {
  const [from, to] = places(items, span);
  if (to - from <= most) return span;
  if (atEnd) return { start: items[to - (most - step)]!.seq, end: null };
  return { start: span.start, end: items[from + most - 1]!.seq };
}

/** The newest so many. */
export function newest(items: Chat[], n: number): Span {
  return { start: items.length > n ? items[items.length - n]!.seq : 0, end: null };
}

/** More above, or null when nothing older is loaded. */
export function upwards(items: Chat[], span: Span): Span | null {
  const [from] = places(items, span);
  if (from === 0) return null;
  return bounded(items, { start: items[Math.max(0, from - step)]!.seq, end: span.end }, false);
}

/** More below, or null at the end. */
export function downwards(items: Chat[], span: Span): Span | null {
  if (span.end === null) return null;
  const [from, to] = places(items, span);
  const next = Math.min(items.length, to + step);
  const start = next - from > most ? items[next - most]!.seq : span.start;
  return { start, end: next === items.length ? null : items[next - 1]!.seq };
}

/** What stands around a message, which is loaded. */
export function around(items: Chat[], seq: number): Span {
  const at = items.findIndex((m) => m.seq >= seq);
  const end = items[at + most / 3]?.seq ?? null;
  return { start: items[Math.max(0, at - most / 3)]!.seq, end };
}

function places(items: Chat[], { start, end }: Span): [number, number] {
  const from = items.findIndex((m) => m.seq >= start);
  const after = end === null ? -1 : items.findIndex((m) => m.seq > end);
  return [from < 0 ? items.length : from, after < 0 ? items.length : after];
}
