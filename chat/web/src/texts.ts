// What a language has to say: a sentence for each key. Each has a file of its own, texts/ko.ts and
// texts/en.ts; one that lacks a sentence doesn't compile.

import type { ko } from "./texts/ko";

export type Key = keyof typeof ko;

/** A sentence; or its singular and plural, chosen by {n}. */
export type Text = string | readonly [one: string, other: string];

export type Texts = Record<Key, Text>;
