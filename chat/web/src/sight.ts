// What there is to see of a text.

import { length } from "./names";

// The server refuses a text of nothing but these: space, controls, marks without a base, letters
// without ink.
const seen = /[^\s\p{Cc}\p{Cf}\p{Mn}\p{Me}\u115f\u1160\u2800\u3164\uffa0\ufffe\uffff]/u;

/** Whether a text shows anything. */
export const visible = (text: string): boolean => seen.test(text);

// Flags of countries, keycaps, and pictures with their tones, tags and joined pictures.
const emoji = /^(?:\p{RI}{2}|[0-9#*]\ufe0f?\u20e3|\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f\u{e0020}-\u{e007f}]*(?:\u200d\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]*)*)+$/u;

/** Whether a text is one to three emoji alone, which are drawn large and without a bubble. */
export function jumbo(text: string): boolean {
  return text.length < 60 && emoji.test(text) && length(text) <= 3;
}
