// What opens the settings of a room, for those who may change them.

import { useState } from "preact/hooks";
import { t } from "./i18n";
import { Icon } from "./icons";
import { SettingsSheet } from "./later";
import type { Visit } from "./visit";

/** The button, in the header where there is space for it; text is that of the people. */
export function Settings({ visit, text }: { visit: Visit; text?: boolean }) {
  const [open, show] = useState(false);
  const { room } = visit;
  if (!(visit.owns || visit.me?.role) || !room || visit.stage === "closed") return null;
  return (
    <>
      <button class={text ? "link" : "tool settings-button"} type="button" aria-label={t("settings.open")} title={t("settings.open")} onClick={() => show(true)}>
        {text ? t("settings.open") : <Icon name="sliders" />}
      </button>
      {open && <SettingsSheet visit={visit} room={room} onClose={() => show(false)} />}
    </>
  );
}
