// The language of the page: texts in it, and its change without a reload.

import { postLang } from "./api";
import type { Key, Limits, Text, Texts } from "./texts";
import { moment, till } from "./time";
import { Watched } from "./watch";
import type { Failure, Lang } from "./wire";

const files: Record<Lang, { texts(): Promise<Texts>; limits(): Promise<Limits> }> = {
  ko: { texts: () => import("./texts/ko").then((m) => m.ko), limits: () => import("./texts/kolimits").then((m) => m.limits) },
  en: { texts: () => import("./texts/en").then((m) => m.en), limits: () => import("./texts/enlimits").then((m) => m.limits) },
};

/** Loads the texts of a language. */
export const textsOf = (lang: Lang) => files[lang].texts();

class Language extends Watched {
  now: Lang = "ko";
  texts!: Texts & Partial<Limits>;

  start(lang: Lang, texts: Texts): void {
    this.now = lang;
    this.texts = texts;
  }

  /** Loads what is seldom said. Until it is there the server's own words are shown. */
  async complete(): Promise<void> {
    const { now } = this;
    const limits = await files[now].limits().catch(() => null);
    if (now === this.now) this.texts = { ...this.texts, ...limits };
  }

  /** The page changes as soon as it has the texts; the server learns it for its own messages and the next visit. */
  async choose(lang: Lang): Promise<void> {
    const told = postLang(lang).then(() => true, () => false);
    try {
      this.start(lang, await textsOf(lang));
      await this.complete();
    } catch {
      // The page of the next visit has them. Without a connection the banner tells why nothing happens.
      if (await told) location.reload();
      return;
    }
    document.documentElement.lang = lang;
    this.changed();
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
  if (f.limit === "rooms-per-identity" && f.field === "user") return t("user.rooms-per-identity", values);
  for (const key of [`limit.${f.limit}`, `err.${f.code}`]) if (hasText(key)) return t(key, values);
  return f.message || t("page.error");
}
