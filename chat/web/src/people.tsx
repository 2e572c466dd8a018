// Who is in the room: I first, then by arrival.

import { useState } from "preact/hooks";
import { Acts, type Topic } from "./acts";
import { deleteRoom } from "./api";
import { Avatar } from "./avatar";
import { Dialog } from "./dialog";
import { Door } from "./door";
import { language, sayFailure, t } from "./i18n";
import { nameOf } from "./names";
import { Proof } from "./proof";
import type { Visit } from "./visit";
import type { Failure } from "./wire";

export function People({ visit, bare }: { visit: Visit; bare?: boolean }) {
  const { me, members, room } = visit;
  const [sure, ask] = useState(false);
  const [topic, open] = useState<Topic | null>(null);
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
      {visit.owns && visit.stage !== "closed" && (
        <button class="link danger" type="button" onClick={() => ask(true)}>
          {t("room.close")}
        </button>
      )}
      {sure && <CloseSheet id={visit.id} onClose={() => ask(false)} />}
    </div>
  );
}

function CloseSheet({ id, onClose }: { id: string; onClose(): void }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const close = async () => {
    setBusy(true);
    try {
      await deleteRoom(id);
      onClose();
    } catch (e) {
      setError(sayFailure(e as Failure));
      setBusy(false);
    }
  };
  return (
    <Dialog title={t("room.close")} onClose={onClose}>
      <p class="sure">{t("room.close.sure")}</p>
      <p class="error" role="alert">
        {error}
      </p>
      <div class="choices">
        <button class="button" type="button" data-first onClick={onClose}>
          {t("app.cancel")}
        </button>
        <button class="button danger" type="button" disabled={busy} onClick={() => void close()}>
          {t("room.close")}
        </button>
      </div>
    </Dialog>
  );
}
