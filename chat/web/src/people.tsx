// Who is in the room: I first, then by arrival.

import { useState } from "preact/hooks";
import { Avatar } from "./avatar";
import { Door } from "./door";
import { language, t } from "./i18n";
import { MeSheet } from "./later";
import { nameOf } from "./names";
import { pressedLong } from "./press";
import { Proof } from "./proof";
import { Acts, type Topic } from "./topic";
import type { Visit } from "./visit";
import type { Member } from "./wire";

export function People({ visit, bare }: { visit: Visit; bare?: boolean }) {
  const { me, members, room } = visit;
  const [topic, open] = useState<Topic | null>(null);
  const [own, showOwn] = useState(false);
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
          const mine = m.user === me?.user;
          const chosen = (at: Element) => (mine ? showOwn(true) : open({ person: m, at }));
          return (
            <li key={m.user} class="person">
              <button
                class={mine ? "person-open own" : "person-open"}
                type="button"
                aria-haspopup={mine ? "dialog" : "menu"}
                onClick={(e) => chosen(e.currentTarget)}
                {...pressedLong(chosen)}
              >
                <Who member={m} mine={mine} hidden={visit.hidden.has(m.user)} />
              </button>
            </li>
          );
        })}
      </ul>
      <Acts visit={visit} topic={topic} onClose={() => open(null)} />
      {own && <MeSheet onClose={() => showOwn(false)} />}
      <Door visit={visit} />
    </div>
  );
}

function Who({ member, mine, hidden }: { member: Member; mine: boolean; hidden: boolean }) {
  const name = nameOf(member, language.now);
  const about = [member.role && t(member.role === "owner" ? "room.owner" : "room.moderator"), hidden && t("hide.tag")].filter(Boolean);
  return (
    <>
      <Avatar name={name} hue={member.hue} shape={member.shape} />
      <span class="person-name">
        <span dir="auto" title={name}>
          {name}
        </span>
        {(about.length > 0 || member.tag) && (
          <small>
            {about.join(" · ")} <Proof tag={member.tag} />
          </small>
        )}
      </span>
      {mine && <span class="tag">{t("app.you")}</span>}
    </>
  );
}
