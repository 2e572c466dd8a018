// The rows of the room list, in the lobby and beside a room.

import { useEffect, useRef } from "preact/hooks";
import { Avatar } from "./avatar";
import { useRows } from "./begin";
import { asleep, useMinute } from "./ending";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { initial, nameOf } from "./names";
import { pathOf, rooms, route, visits } from "./page";
import { isFull } from "./rooms";
import { unseen } from "./seen";
import { ago } from "./time";
import { Told } from "./told";
import { plainClick } from "./top";
import { useWatched } from "./watch";
import type { Face, Room } from "./wire";

export const filterFrom = 8;

export function RoomList({ current }: { current?: string }) {
  useWatched(rooms);
  const list = useRef<HTMLUListElement>(null);
  const now = useMinute();
  useEffect(() => {
    rooms.held = (id) => !!list.current?.querySelector(`[data-room="${CSS.escape(id)}"]`)?.matches(":hover, :focus-within");
    return () => {
      rooms.held = () => false;
      rooms.find("");
    };
  }, []);

  const shown = rooms.all ? rooms.shown() : [];
  const drawn = useRows(shown.length);

  if (!rooms.all) return <Skeleton />;
  if (rooms.all.size === 0) return current ? null : <Empty />;
  return (
    <>
      {current && rooms.count >= filterFrom && <Filter />}
      {shown.length === 0 && !rooms.loading && (
        <p class="none" role="status">
          {t("lobby.none")}
        </p>
      )}
      <ul ref={list} class="rooms">
        {shown.slice(0, drawn).map((room) => (
          <Row key={room._id} room={room} now={now} current={room._id === current} gone={rooms.gone.has(room._id)} />
        ))}
      </ul>
      {rooms.more && drawn >= shown.length && <More />}
    </>
  );
}

// The next rooms come before one has scrolled to the end; the button is for whoever doesn't scroll.
function More() {
  const { loading, failure } = rooms;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // A new watcher tells at once whether the button is near, also when a short page has come.
    const watcher = new IntersectionObserver(([seen]) => seen!.isIntersecting && void rooms.load(), { rootMargin: "600px" });
    watcher.observe(button.current!);
    return () => watcher.disconnect();
  }, [loading]);
  return (
    <button ref={button} class="link more-rooms" type="button" aria-disabled={loading} onClick={() => void rooms.load()}>
      {failure?.until ? <Told of={failure} /> : t(loading ? "lobby.loading" : "lobby.more")}
    </button>
  );
}

function Row({ room, now, current, gone }: { room: Room; now: number; current: boolean; gone: boolean }) {
  const full = isFull(room) && !current;
  // One of the seats may be ours, in another window.
  const shut = full && !room.mine && !visits.has(room._id);
  const unread = !current && !gone && unseen(room);
  const enter = (e: MouseEvent) => {
    if (gone || shut) return e.preventDefault();
    // A room with a password is entered through the server, which knows whether we may.
    if (room.password && !room.mine) return;
    if (plainClick(e)) route.go({ view: "room", id: room._id, room });
  };
  const release = () => rooms.release(room._id);
  const kind = ["row", (gone || shut) && "off", shut && "full", unread && "unread", !room.count && !current && "asleep"].filter(Boolean).join(" ");
  return (
    <li class={kind} data-room={room._id} onMouseLeave={release} onFocusOut={release}>
      <a class="row-link" href={pathOf(room)} title={room.title} aria-disabled={gone || shut} aria-current={current ? "page" : undefined} onClick={enter}>
        <span class={`tile-mark h${hueOf(room._id)}`} aria-hidden="true">
          {room.password ? <Icon name="lock" small /> : room.doorLocked ? <Icon name="door" small /> : initial(room.title)}
        </span>
        <span class="row-main">
          <span class="row-title">
            {room.password && <span class="sr">{t("room.locked")} </span>}
            <span class="row-name">{room.title}</span>
            {room.mine && <span class="tag">{t("lobby.mine")}</span>}
            {full && !gone && <span class="tag warm">{t("lobby.full")}</span>}
          </span>
          <span class="row-sub">{gone ? t("lobby.gone") : <Sub room={room} now={now} awake={room.count > 0 || current} />}</span>
        </span>
        <span class="row-side">
          <span class="row-when">{ago(room.active, now, language.now)}</span>
          <span class="row-count">
            {room.faces && <Faces of={room.faces} />}
            <span class="sr">{t("lobby.people", { n: room.count, max: room.max })}</span>
            <span aria-hidden="true">
              <b>{room.count}</b>/{room.max}
            </span>
          </span>
        </span>
        {unread && (
          <span class="row-new">
            <span class="sr">{t("lobby.unread")}</span>
          </span>
        )}
      </a>
    </li>
  );
}

// What was said last, or why that isn't to be seen; of a room where nobody is, until when it stays.
function Sub({ room, now, awake }: { room: Room; now: number; awake: boolean }) {
  const { last } = room;
  const name = last && nameOf(last, language.now);
  const said =
    name &&
    (visits.hidden(room._id).has(last.user) ? (
      t("hide.line", { name })
    ) : (
      <span class="row-last">
        <b dir="auto">{name}</b> <span dir="auto">{last.media && !last.chat ? t("lobby.media") : last.chat}</span>
      </span>
    ));
  if (!awake) return <><span class="row-asleep">{asleep(room, now)}{said && " · "}</span>{said}</>;
  if (said) return said;
  return <>{t(room.password ? "room.locked" : room.doorLocked ? "door.locked" : "lobby.still")}</>;
}

function Faces({ of }: { of: Face[] }) {
  return (
    <span class="faces" aria-hidden="true">
      {of.map((f, i) => (
        <Avatar key={i} name={nameOf(f, language.now)} hue={f.hue} shape={f.shape} />
      ))}
    </span>
  );
}

/** A room keeps its colour: it comes from the id. */
function hueOf(id: string): number {
  let sum = 0;
  for (const c of id) sum = (sum * 31 + c.charCodeAt(0)) % 997;
  return sum % 12;
}

// Half-written syllables may search too, but not while every key would ask the server.
export function Filter() {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef(0);
  const find = () => {
    clearTimeout(timer.current);
    if (input.current) rooms.find(input.current.value.trim());
  };
  const later = () => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(find, 250);
  };
  // Preact would derive another name for this event.
  useEffect(() => input.current!.addEventListener("compositionend", find), []);
  return (
    <div class="filter">
      <Icon name="search" small />
      <input
        ref={input}
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
  return (
    <div class="empty">
      <div class="yard" aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <p class="empty-say">{t("lobby.empty")}</p>
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
