// The rows of the room list, in the lobby and beside a room.

import { useEffect, useRef, useState } from "preact/hooks";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { initial } from "./names";
import { data, rooms, route } from "./page";
import { isFull } from "./rooms";
import { ago } from "./time";
import { plainClick } from "./top";
import { useWatched } from "./watch";
import type { Room } from "./wire";

const filterFrom = 8;

export function RoomList({ current }: { current?: string }) {
  useWatched(rooms);
  const [wanted, setWanted] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const now = useMinute();
  useEffect(() => {
    rooms.held = (id) => !!list.current?.querySelector(`[data-room="${CSS.escape(id)}"]`)?.matches(":hover, :focus-within");
    return () => {
      rooms.held = () => false;
    };
  }, []);

  if (!rooms.all) return <Skeleton />;
  const all = rooms.sorted();
  const shown = wanted ? all.filter((r) => fold(r.title).includes(fold(wanted))) : all;
  if (all.length === 0) return current ? null : <Empty />;
  return (
    <>
      {all.length >= filterFrom && <Filter onChange={setWanted} />}
      {shown.length === 0 && (
        <p class="none" role="status">
          {t("lobby.none")}
        </p>
      )}
      <ul ref={list} class="rooms">
        {shown.map((room) => (
          <Row key={room._id} room={room} now={now} current={room._id === current} gone={rooms.gone.has(room._id)} />
        ))}
      </ul>
    </>
  );
}

function Row({ room, now, current, gone }: { room: Room; now: number; current: boolean; gone: boolean }) {
  const full = isFull(room) && !current;
  const enter = (e: MouseEvent) => {
    if (gone) return e.preventDefault();
    // A room with a password is entered through the server, which knows whether we may.
    if (room.password && !room.mine) return;
    if (plainClick(e)) route.go({ view: "room", id: room._id, room });
  };
  const release = () => rooms.release(room._id);
  return (
    <li class={gone ? "row off" : "row"} data-room={room._id} onMouseLeave={release} onFocusOut={release}>
      <a class="row-link" href={`/room/${room._id}`} aria-disabled={gone} aria-current={current ? "page" : undefined} onClick={enter}>
        <span class={`tile-mark h${hueOf(room._id)}`} aria-hidden="true">
          {room.password ? <Icon name="lock" small /> : initial(room.title)}
        </span>
        <span class="row-main">
          <span class="row-title">
            {room.password && <span class="sr">{t("room.locked")} </span>}
            <span class="row-name">{room.title}</span>
            {room.mine && <span class="tag">{t("lobby.mine")}</span>}
          </span>
          <span class="row-when">{gone ? t("lobby.gone") : full ? t("lobby.full") : ago(room.active, now, language.now)}</span>
        </span>
        <span class="row-count">
          <span class="sr">{t("lobby.people", { n: room.count, max: room.max })}</span>
          <span aria-hidden="true">
            <b>{room.count}</b>/{room.max}
          </span>
        </span>
      </a>
    </li>
  );
}

/** A room keeps its colour: it comes from the id. */
function hueOf(id: string): number {
  let sum = 0;
  for (const c of id) sum = (sum * 31 + c.charCodeAt(0)) % 997;
  return sum % 12;
}

// Half-written syllables may filter too, but not while every key would redraw the list.
function Filter({ onChange }: { onChange(text: string): void }) {
  const timer = useRef(0);
  const later = (e: InputEvent) => {
    const { value } = e.currentTarget as HTMLInputElement;
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onChange(value), 250);
  };
  return (
    <div class="filter">
      <Icon name="search" small />
      <input
        type="search"
        class="filter-input"
        aria-label={t("lobby.filter")}
        placeholder={t("lobby.filter")}
        autoComplete="off"
        onInput={later}
      />
    </div>
  );
}

function Empty() {
  const curl = `curl -X POST ${location.origin}/room -H 'Content-Type: application/json' -d '{"title":"${t("app.name")}","max":${Math.min(10, data.limits.max)}}'`;
  return (
    <div class="empty">
      <div class="yard" aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <p class="empty-say">{t("lobby.empty")}</p>
      <code class="curl" tabIndex={0}>
        {curl}
      </code>
    </div>
  );
}

// It fades in after 300 ms: most lists are there before.
function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="sr">{t("lobby.loading")}</span>
      <i />
      <i />
      <i />
    </div>
  );
}

const fold = (s: string) => s.normalize("NFC").toLowerCase();

function useMinute(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
