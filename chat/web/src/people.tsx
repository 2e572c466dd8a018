// Who is in the room: I first, then by arrival.

import { useState } from "preact/hooks";
import { deleteRoom } from "./api";
import { Avatar } from "./avatar";
import { Door } from "./door";
import { language, t } from "./i18n";
import { ChargeSheet, HiddenSheet } from "./later";
import { nameOf } from "./names";
import { Proof } from "./proof";
import { Settings } from "./settingsbutton";
import { Sure } from "./sure";
import { Acts, type Topic } from "./topic";
import type { Visit } from "./visit";

export function People({ visit, bare }: { visit: Visit; bare?: boolean }) {
  const { me, members, room } = visit;
  const [sure, ask] = useState(false);
  const [topic, open] = useState<Topic | null>(null);
  const [sheet, show] = useState<"hidden" | "charge" | null>(null);
  const sorted = [...members].sort((a, b) => Number(b.user === me?.user) - Number(a.user === me?.user));
  return (
    <div class="people">
      {!bare && (
        <h2 class="people-head">
          {t("room.people")} {room && <span class="num">{`${visit.count}/${room.max}`}</span>}
        </h2>
      )}
      <ul>
        {sorted.map((m) => {
          const name = nameOf(m, language.now);
          const who = (
            <>
              <Avatar name={name} hue={m.hue} shape={m.shape} />
              <span class="person-name">
                <span dir="auto">{name}</span> <Proof tag={m.tag} />
                {visit.hidden.has(m.user) && <small>{t("hide.tag")}</small>}
                {m.role && <small>{t(m.role === "owner" ? "room.owner" : "room.moderator")}</small>}
              </span>
            </>
          );
          return (
            <li key={m.user} class="person">
              {m.user === me?.user ? (
                <>
                  {who}
                  <span class="tag">{t("app.you")}</span>
                </>
              ) : (
                <button class="person-open" type="button" aria-haspopup="menu" onClick={(e) => open({ person: m, at: e.currentTarget })}>
                  {who}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <Acts visit={visit} topic={topic} onClose={() => open(null)} />
      <Door visit={visit} />
      <Settings visit={visit} text />
      {visit.joins > 0 && visit.hidden.people.length > 0 && (
        <button class="link" type="button" onClick={() => show("hidden")}>
          {t("hide.open", { n: visit.hidden.people.length })}
        </button>
      )}
      {me?.role && visit.stage === "live" && (
        <button class="link" type="button" onClick={() => show("charge")}>
          {visit.reports.list?.length ? t("charge.count", { n: visit.reports.list.length }) : t("charge.open")}
        </button>
      )}
      {sheet === "hidden" && <HiddenSheet visit={visit} onClose={() => show(null)} />}
      {sheet === "charge" && <ChargeSheet visit={visit} onClose={() => show(null)} />}
      {visit.owns && visit.stage !== "closed" && (
        <button class="link danger" type="button" onClick={() => ask(true)}>
          {t("room.close")}
        </button>
      )}
      {sure && (
        <Sure title={t("room.close")} text={t("room.close.sure")} yes={t("room.close")} run={() => deleteRoom(visit.id)} onClose={() => ask(false)} />
      )}
    </div>
  );
}
