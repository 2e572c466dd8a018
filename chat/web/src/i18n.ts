// The language of the page: texts in it, and its change without a reload.

import { postLang } from "./api";
import type { Key, Text, Texts } from "./texts";
import { en } from "./texts/en";
import { ko } from "./texts/ko";
import { moment, till } from "./time";
import { Watched } from "./watch";
import type { Failure, Lang } from "./wire";

const all: Record<Lang, Texts> = { ko, en };

class Language extends Watched {
  now: Lang = "ko";
  texts: Texts = ko;

  start(lang: Lang): void {
    this.now = lang;
    this.texts = all[lang];
  }

  /** The page changes at once; the server learns it for its own messages and the next visit. */
  choose(lang: Lang): void {
    this.start(lang);
    document.documentElement.lang = lang;
    this.changed();
    postLang(lang).catch(() => {});
  }
}

export const language = new Language();

const plural = new Intl.PluralRules("en");

type Values = Record<string, string | number>;

export function t(key: Key, values?: Values): string {
  return fill(language.texts[key], values);
}

/** Whether there is a sentence for it. */
export const hasText = (key: string): key is Key => key in language.texts;

export function fill(text: Text, values: Values = {}): string {
  const form = typeof text === "string" ? text : text[plural.select(Number(values.n)) === "one" ? 0 : 1];
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** What to tell the person about a failure: of the limit, else of the code, else the server's words. */
export function sayFailure(f: Failure): string {
  const values = { n: f.n ?? 0, s: till(f.until, Date.now(), language.now) };
  if (f.code === "ROOM_BANNED" && f.until) return t("err.ROOM_BANNED.until", { when: moment(f.until, Date.now(), language.now) });
  for (const key of [`limit.${f.limit}`, `err.${f.code}`]) if (hasText(key)) return t(key, values);
  return f.message || t("page.error");
}
