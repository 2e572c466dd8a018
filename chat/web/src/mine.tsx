// Our own rooms, when there may be no more of them: to close one makes room for another.

import { useEffect, useState } from "preact/hooks";
import { patchRoom } from "./api";
import { asleep, useMinute } from "./ending";
import type { Failure } from "./failure";
import { language, sayFailure, t } from "./i18n";
import { pathOf, rooms, route } from "./page";
import { ago } from "./time";
import { useLeft } from "./told";
import { plainClick } from "./top";
import { useWatched } from "./watch";
import type { Room } from "./wire";

export function Mine() {
  useWatched(rooms);
  const now = useMinute();
  return (
    <ul class="own-rooms" aria-label={t("mine.label")}>
      {rooms.mine.map((room) => (
        <Own key={room._id} room={room} now={now} />
      ))}
    </ul>
  );
}

function Own({ room, now }: { room: Room; now: number }) {
  const [failure, fail] = useState<Failure | null>(null);
  const left = useLeft(room.closing ?? 0);
  useEffect(() => {
    if (room.closing && !left) rooms.remove(room._id);
  }, [room.closing, left]);
  const change = async (closing: boolean) => {
    fail(null);
    try {
      rooms.put({ ...(await patchRoom(room._id, { closing })).room, mine: true });
    } catch (e) {
      fail(e as Failure);
    }
  };
  const when = room.closing ? t("mine.closing", { n: left }) : room.count ? ago(room.active, now, language.now) : asleep(room, now);
  return (
    <li class="own-row">
      <span class="own-what">
        <a href={pathOf(room)} onClick={(e) => plainClick(e) && route.go({ view: "room", id: room._id, room })}>
          {room.title}
        </a>
        <small role={failure ? "alert" : undefined}>{failure ? sayFailure(failure) : when}</small>
      </span>
      <button class="link" type="button" aria-label={t(room.closing ? "mine.undo" : "mine.close", { title: room.title })} onClick={() => void change(!room.closing)}>
        {t(room.closing ? "closing.undo" : "room.close")}
      </button>
    </li>
  );
}
