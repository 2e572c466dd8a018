// What a language has to say: a sentence for each key. Each language has its files, texts/ko.ts and
// texts/en.ts, and texts/kolimits.ts and texts/enlimits.ts for what is seldom said; one that lacks a
// sentence doesn't compile.

import type { ko } from "./texts/ko";
import type { limits } from "./texts/kolimits";

export type Key = keyof typeof ko;

/** A sentence; or its singular and plural, chosen by {n}. */
export type Text = string | readonly [one: string, other: string];

export type Texts = Record<Key, Text>;

/** The sentences for the limits of the server. */
export type Limits = Record<keyof typeof limits, Text>;
