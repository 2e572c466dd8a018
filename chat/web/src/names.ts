// Generated names: the server stores a number and each reader sees it in his language.

import type { Lang, Named, Words } from "./wire";

let words: Words = { ko: [[], []], en: [[], []] };

export function setWords(w: Words): void {
  words = w;
}

/** The name that stands at place i of the table, or "" for a place outside it. */
export function generated(i: number, lang: Lang): string {
  const [adjectives, nouns] = words[lang];
  const adjective = adjectives[i % adjectives.length];
  const noun = nouns[Math.floor(i / adjectives.length)];
  return adjective && noun ? `${adjective} ${noun}` : "";
}

export function nameOf(who: Named, lang: Lang): string {
  const made = who.nameIdx == null ? "" : generated(who.nameIdx, lang);
  return made || who.name || "?";
}

/** A name with its tag, where there is text alone. */
export function fullName(who: Named, lang: Lang): string {
  return who.tag ? `${nameOf(who, lang)} [${who.tag}]` : nameOf(who, lang);
}

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter();
  return segmenter.segment(text);
}

// Without combining, joining or paired code units each of them is a character. Most texts are so,
// and a segmenter takes long to be made.
const plain = /^[\n\x20-\x7e\uac00-\ud7a3\u3131-\u318e]*$/;

/** What a reader would call the number of characters. */
export function length(text: string): number {
  if (plain.test(text)) return text.length;
  let n = 0;
  for (const _ of graphemes(text)) n++;
  return n;
}

/**
 * How many characters a text has too many; below zero, how many are left. Its bytes are counted as
 * the server stores it, in UTF-8 and NFC.
 */
export function excess(text: string, most: number, bytes = Infinity): number {
  const over = length(text) - most;
  // No code unit takes more than three bytes.
  if (text.length * 3 <= bytes) return over;
  const utf8 = new TextEncoder();
  const composed = text.normalize();
  if (utf8.encode(composed).length <= bytes) return over;
  let all = 0;
  let fit = 0;
  let left = bytes;
  for (const g of graphemes(composed)) {
    all++;
    left -= utf8.encode(g.segment).length;
    if (left >= 0) fit = all;
  }
  return Math.max(over, all - fit);
}

/** The first character, for an avatar. */
export function initial(name: string): string {
  if (name && plain.test(name)) return name[0]!.toUpperCase();
  for (const g of graphemes(name)) return g.segment.toUpperCase();
  return "?";
}
