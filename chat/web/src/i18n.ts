// The language of the page: texts in it, and its change without a reload.

import { postLang } from "./api";
import type { Failure } from "./failure";
import type { Key, Later, Text, Texts } from "./texts";
import { moment, till } from "./time";
import { Watched } from "./watch";
import type { Lang } from "./wire";

const files: Record<Lang, { first(): Promise<Texts>; later(): Promise<Later> }> = {
  ko: { first: () => import("./texts/ko").then((m) => m.ko), later: () => import("./texts/kolater").then((m) => m.later) },
  en: { first: () => import("./texts/en").then((m) => m.en), later: () => import("./texts/enlater").then((m) => m.later) },
};

/** Loads what the first view says in a language. */
export const textsOf = (lang: Lang) => files[lang].first();

class Language extends Watched {
  now: Lang = "ko";
  texts!: Texts & Partial<Later>;

  start(lang: Lang, texts: Texts & Partial<Later>): void {
    this.now = lang;
    this.texts = texts;
  }

  /** Loads what is said later. Until it is there, limits are told in the server's own words. */
  async complete(): Promise<void> {
    const { now } = this;
    const later = await files[now].later();
    if (now === this.now) this.texts = { ...this.texts, ...later };
  }

  /** The page changes as soon as it has the texts; the server learns it for its own messages and the next visit. */
  async choose(lang: Lang): Promise<void> {
    const told = postLang(lang).then(() => true, () => false);
    try {
      const [first, later] = await Promise.all([textsOf(lang), files[lang].later()]);
      this.start(lang, { ...first, ...later });
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

type Values = Record<string, string | number>;

export function t(key: Key, values?: Values): string {
  return fill(language.texts[key] ?? "", values);
}

/** Whether there is a sentence for it. */
export const hasText = (key: string): key is Key => key in language.texts;

export function fill(text: Text, values: Values = {}): string {
  const form = typeof text === "string" ? text : text[Number(values.n) === 1 ? 0 : 1];
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => isolated(String(values[name] ?? whole)));
}

// A name that is written from right to left would take what stands behind it to its other side.
const leftward = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const isolated = (value: string) => (leftward.test(value) ? `\u2068${value}\u2069` : value);

/** What to tell the person about a failure: of the limit, else of the code, else the server's words. */
export function sayFailure(f: Failure): string {
  const values = { n: f.n ?? 0, s: till(f.until, Date.now(), language.now) };
  if (f.code === "ROOM_BANNED" && f.until) return t("err.ROOM_BANNED.until", { when: moment(f.until, Date.now(), language.now) });
  if (f.limit === "rooms-per-identity" && f.field === "user") return t("user.rooms-per-identity", values);
  for (const key of [`limit.${f.limit}`, `err.${f.code}`]) if (hasText(key)) return t(key, values);
  return f.message || t("page.error");
}
