// What a language has to say: a sentence for each key. Each language has two files, texts/ko.ts and
// texts/kolater.ts for example: what the first view says, and what is said later. One that lacks a
// sentence doesn't compile.

import type { ko } from "./texts/ko";
import type { later } from "./texts/kolater";

type First = keyof typeof ko;

/** A sentence; or its singular and plural, chosen by {n}. */
export type Text = string | readonly [one: string, other: string];

export type Texts = Record<First, Text>;
export type Later = Record<keyof typeof later, Text>;

export type Key = First | keyof Later;
