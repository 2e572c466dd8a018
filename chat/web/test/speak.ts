import { language } from "../src/i18n";
import { en } from "../src/texts/en";
import { ko } from "../src/texts/ko";
import type { Lang } from "../src/wire";

/** Makes the page speak a language. */
export const speak = (lang: Lang): void => language.start(lang, { ko, en }[lang]);
