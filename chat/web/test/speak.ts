import { language } from "../src/i18n";
import { en } from "../src/texts/en";
import { later as enLater } from "../src/texts/enlater";
import { ko } from "../src/texts/ko";
import { later as koLater } from "../src/texts/kolater";
import type { Lang } from "../src/wire";

/** Makes the page speak a language. */
export const speak = (lang: Lang): void => language.start(lang, { ko: { ...ko, ...koLater }, en: { ...en, ...enLater } }[lang]);
