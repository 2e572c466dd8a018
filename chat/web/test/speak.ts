import { language } from "../src/i18n";
import { en } from "../src/texts/en";
import { limits as enLimits } from "../src/texts/enlimits";
import { ko } from "../src/texts/ko";
import { limits as koLimits } from "../src/texts/kolimits";
import type { Lang } from "../src/wire";

/** Makes the page speak a language. */
export const speak = (lang: Lang): void => language.start(lang, { ko: { ...ko, ...koLimits }, en: { ...en, ...enLimits } }[lang]);
