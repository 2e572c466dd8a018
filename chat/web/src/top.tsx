// The bar over the lobby and over pages with one message: the mark, who I am, language and theme.

import { language, t } from "./i18n";
import { Icon, Logo } from "./icons";
import { Chip } from "./chip";
import type { Item } from "./menu";
import { route } from "./page";
import { look } from "./theme";

export function Top() {
  return (
    <header class="top">
      <a class="brand" href="/" onClick={home}>
        <Logo />
        <span>{t("app.name")}</span>
      </a>
      <div class="top-tools">
        <Switches />
        <Chip />
      </div>
    </header>
  );
}

/** Language and theme as entries of a menu. */
export function switches(): Item[] {
  const other = language.now === "ko" ? "en" : "ko";
  return [
    { label: t("app.lang.name"), icon: "globe", act: () => language.choose(other) },
    { label: t("theme.label", { now: t(`theme.${look.now}`) }), icon: icons[look.now], act: () => look.next() },
  ];
}

const icons = { auto: "device", light: "sun", dark: "moon" } as const;

export function Switches() {
  const label = t("theme.label", { now: t(`theme.${look.now}`) });
  const other = language.now === "ko" ? "en" : "ko";
  return (
    <>
      <button class="tool text" type="button" title={t("app.lang")} onClick={() => void language.choose(other)}>
        <span lang={other}>{t("app.lang.name")}</span>
      </button>
      <button class="tool" type="button" aria-label={label} title={label} onClick={() => look.next()}>
        <Icon name={icons[look.now]} />
      </button>
    </>
  );
}

function home(e: MouseEvent): void {
  if (plainClick(e)) route.go({ view: "lobby" });
}

/** A click that stays in this tab; it prevents the browser's own navigation. */
export function plainClick(e: MouseEvent): boolean {
  if (e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return false;
  e.preventDefault();
  return true;
}
