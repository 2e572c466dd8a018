// What can be done to a room, behind one button: what few need, and none by accident.

import { useState } from "preact/hooks";
import { deleteRoom } from "./api";
import { copyText } from "./browser";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { ChargeSheet, HiddenSheet, Menu, SettingsSheet } from "./later";
import type { Item } from "./menu";
import { addressOf } from "./share";
import { Sure } from "./sure";
import { look } from "./theme";
import { switches } from "./top";
import type { Visit } from "./visit";
import { useWatched } from "./watch";
import type { Room } from "./wire";

type Sheet = "settings" | "door" | "charge" | "hidden" | "close";

/** bare: there is no other place for the link, language and theme. */
export function RoomMenu({ visit, bare }: { visit: Visit; bare: boolean }) {
  useWatched(language, look);
  const [at, open] = useState<Element | null>(null);
  const [sheet, show] = useState<Sheet | null>(null);
  const back = () => show(null);
  const items = itemsOf(visit, bare, show);
  const reports = visit.reports.list?.length ?? 0;
  const label = reports && visit.me?.role ? `${t("room.menu")}. ${t("charge.count", { n: reports })}` : t("room.menu");
  return (
    <>
      {items.length > 0 && (
        <button class={reports ? "tool room-menu news" : "tool room-menu"} type="button" aria-haspopup="menu" aria-label={label} title={t("room.menu")} onClick={(e) => open(e.currentTarget)}>
          <Icon name="more" />
        </button>
      )}
      {at && <Menu label={t("room.menu")} at={at} items={items} onClose={() => open(null)} />}
      {sheet === "settings" && visit.room && <SettingsSheet visit={visit} room={visit.room} onClose={back} />}
      {sheet === "charge" && <ChargeSheet visit={visit} onClose={back} />}
      {sheet === "hidden" && <HiddenSheet visit={visit} onClose={back} />}
      {sheet === "door" && <Sure title={t("door.lock")} text={t("door.hint")} yes={t("door.lock")} run={() => visit.crowd.lock(true)} onClose={back} />}
      {sheet === "close" && <Sure title={t("room.close")} text={t("room.close.sure")} yes={t("room.close")} run={() => deleteRoom(visit.id)} onClose={back} />}
    </>
  );
}

function itemsOf(visit: Visit, bare: boolean, show: (s: Sheet) => void): Item[] {
  const items: Item[] = [];
  const { room, me, owns, hidden } = visit;
  const over = visit.stage === "closed" || visit.stage === "out";
  const charge = (owns || !!me?.role) && !!room && !over;
  if (bare && room && !over) items.push({ label: t("room.share"), icon: "link", act: () => void share(visit, room) });
  if (charge) {
    items.push({ label: t("settings.open"), icon: "sliders", act: () => show("settings") });
    items.push(
      room.doorLocked
        ? { label: t("door.open"), icon: "door", act: () => void visit.crowd.lock(false) }
        : { label: t("door.lock"), icon: "door", act: () => show("door") },
    );
  }
  if (me?.role && visit.stage === "live") {
    const { list } = visit.reports;
    items.push({ label: list?.length ? t("charge.count", { n: list.length }) : t("charge.open"), icon: "ban", act: () => show("charge") });
  }
  if (hidden.people.length > 0) items.push({ label: t("hide.open", { n: hidden.people.length }), icon: "eyeOff", act: () => show("hidden") });
  if (bare) items.push(...switches());
  if (owns && !over) items.push({ label: t("room.close"), icon: "trash", danger: true, act: () => show("close") });
  return items;
}

async function share(visit: Visit, room: Room): Promise<void> {
  if (await copyText(addressOf(room).href)) visit.show({ level: "info", message: t("room.shared") });
}
