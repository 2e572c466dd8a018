// A room: header, timeline, composer, people; and what stands there when one can't be inside.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useBegun } from "./begin";
import { Chip } from "./chip";
import { ClosingLine } from "./closing";
import { Composer } from "./composer";
import { Dialog } from "./dialog";
import { Crowd } from "./door";
import { Drop } from "./drop";
import { ending, endingText, useMinute } from "./ending";
import { language, sayFailure, t } from "./i18n";
import { Icon, Logo } from "./icons";
import { useLinked } from "./jump";
import { CreateSheet } from "./later";
import { nameOf } from "./names";
import { me, net, rooms, route, visits } from "./page";
import { People } from "./people";
import { RoomList } from "./roomlist";
import { isFull } from "./rooms";
import { Search } from "./searchbutton";
import { RoomMenu } from "./roommenu";
import { Share } from "./share";
import { Sorry } from "./sorry";
import type { Key } from "./texts";
import { Timeline } from "./timeline";
import { Told, useLeft } from "./told";
import { Tray } from "./tray";
import { plainClick, Switches } from "./top";
import type { Visit } from "./visit";
import { useWatched } from "./watch";
import type { Room } from "./wire";

const toLobby = () => route.go({ view: "lobby" });

export function RoomPage({ id, room: known }: { id: string; room: Room | null }) {
  const visit = useMemo(() => visits.enter(id, known ?? rooms.get(id) ?? null), [id]);
  useEffect(() => () => visit.leave(), [visit]);
  useWatched(visit, rooms);
  const wide = useSpace("(min-width: 640px)");
  useEffect(() => {
    if (wide || visit.stage === "full" || visit.stage === "door") net.use(net.rooms);
  }, [wide, visit.stage]);
  const listed = rooms.get(id);
  useEffect(() => {
    if (visit.stage === "full" && listed && !isFull(listed)) void visit.join();
    if (visit.stage === "door" && listed && !listed.doorLocked) void visit.join();
  }, [visit.stage, listed]);
  // The list of rooms comes a second behind.
  useEffect(() => {
    if (visit.stage === "live" && listed) rooms.put({ ...listed, count: visit.count });
  }, [visit.stage, visit.count]);
  useEffect(() => {
    if (visit.stage === "gate") route.show({ view: "gate", id, room: visit.room });
  }, [visit.stage]);
  useEffect(() => {
    // Of rooms that aren't listed nobody else tells.
    if (visit.stage === "closed" || visit.stage === "missing") rooms.remove(id);
  }, [visit.stage]);
  useTitle(visit);
  useLinked(visit);

  switch (visit.stage) {
    case "gate":
      return null;
    case "missing":
      return <Sorry head={t("room.missing")} sub={t("room.missing.sub")} action={t("app.home")} onAction={toLobby} />;
    case "full":
      return <Outside room={listed ?? visit.room} head={t("room.full")} sub={t("room.full.wait")} full />;
    case "door":
      return <Outside room={listed ?? visit.room} head={t("door.head")} sub={t("door.wait")} />;
    case "refused":
      return <Sorry head={visit.failure ? sayFailure(visit.failure) : t("page.error")} action={t("app.home")} onAction={toLobby} />;
    default:
      return <Inside visit={visit} wide={wide} />;
  }
}

// In front of a room that one gets into sooner or later.
function Outside({ room, head, sub, full }: { room: Room | null; head: string; sub: string; full?: boolean }) {
  const line = room && full ? t("room.full.count", { n: Math.max(room.count, room.max), max: room.max }) : head;
  return <Sorry head={room?.title ?? head} line={room ? line : undefined} sub={sub} action={t("app.home")} onAction={toLobby} busy />;
}

function Inside({ visit, wide }: { visit: Visit; wide: boolean }) {
  const [people, showPeople] = useState(false);
  const tray = useMemo(() => new Tray(), [visit]);
  useWatched(tray);
  const begun = useBegun();
  const broad = useSpace("(min-width: 1024px)");
  const main = useRef<HTMLElement>(null);
  // Nobody is in a room that is closed, and who was sent out of one doesn't see who is.
  const over = visit.stage === "closed" || visit.stage === "out";
  return (
    <div class={over ? "room over" : "room"}>
      {wide && <Side current={visit.id} />}
      <main id="content" class="talk" ref={main} tabIndex={-1}>
        <Header visit={visit} wide={wide} over={over} onPeople={() => showPeople(true)} />
        {begun ? <Middle visit={visit} /> : <div class="log-place" />}
        {over ? <Closed visit={visit} /> : visit.room?.quiet && !visit.me?.role ? <Quiet /> : <Composer visit={visit} tray={tray} />}
        <Drop tray={tray} within={main} />
      </main>
      {!over && broad && (
        <aside class="crew" aria-label={t("room.people")}>
          <People visit={visit} />
        </aside>
      )}
      {people && !over && (
        <Dialog title={t("room.people")} kind="people-sheet" onClose={() => showPeople(false)}>
          <People visit={visit} bare />
        </Dialog>
      )}
    </div>
  );
}

// What is said, and the lines above it.
function Middle({ visit }: { visit: Visit }) {
  return (
    <>
      <NoticeLine visit={visit} />
      <Crowd visit={visit} />
      <Ending visit={visit} />
      <ClosingLine visit={visit} />
      <Timeline visit={visit} />
    </>
  );
}

// The other rooms, and what belongs to none of them.
function Side({ current }: { current: string }) {
  const [sheet, show] = useState(false);
  return (
    <nav class="side" aria-label={t("room.rooms")}>
      <div class="side-head">
        <a class="brand" href="/" onClick={(e) => plainClick(e) && toLobby()}>
          <Logo />
          <span>{t("app.name")}</span>
        </a>
      </div>
      <button class="side-open" type="button" onClick={() => show(true)}>
        <Icon name="plus" small />
        {t("lobby.create")}
      </button>
      <div class="side-rooms">
        <RoomList current={current} />
      </div>
      <div class="side-foot">
        <Chip />
        <Switches />
      </div>
      {sheet && <CreateSheet title="" onClose={() => show(false)} />}
    </nav>
  );
}

function Header({ visit, wide, over, onPeople }: { visit: Visit; wide: boolean; over: boolean; onPeople(): void }) {
  const { room } = visit;
  const label = t("room.people.open", { n: visit.count, max: room?.max ?? 0 });
  return (
    <header class="talk-head">
      <a class="tool back" href="/" aria-label={t("app.home")} title={t("app.home")} onClick={(e) => plainClick(e) && toLobby()}>
        <Icon name="back" />
      </a>
      <h1 class="talk-title">
        {room?.password && (
          <span class="row-lock" title={t("room.locked")}>
            <Icon name="lock" small />
            <span class="sr">{t("room.locked")} </span>
          </span>
        )}
        {room?.doorLocked && (
          <span class="row-lock" title={t("door.locked")}>
            <Icon name="door" small />
            <span class="sr">{t("door.locked")} </span>
          </span>
        )}
        <span>{room?.title ?? " "}</span>
      </h1>
      <div class="talk-tools">
        {!over && <Search visit={visit} />}
        {!over && (
          <button class="tool people-button" type="button" aria-label={label} title={label} disabled={!room} onClick={onPeople}>
            <Icon name="people" />
            {room && (
              <>
                <span class="num">{visit.count}</span>
                <span class="num">/{room.max}</span>
              </>
            )}
          </button>
        )}
        {!over && wide && <Share room={room ?? { _id: visit.id }} />}
        <RoomMenu visit={visit} bare={!wide} />
      </div>
    </header>
  );
}

// A line of the server, which goes away by itself; or why one isn't in again yet.
function NoticeLine({ visit }: { visit: Visit }) {
  const { notice, failure } = visit;
  const text = notice?.message ?? "";
  useEffect(() => {
    if (!text) return;
    const timer = setTimeout(() => visit.quiet(), 8000);
    return () => clearTimeout(timer);
  }, [text]);
  useName(visit);
  const out = visit.stage === "away" && failure?.until ? failure : null;
  return (
    <div role="status" class="notice-place">
      {text ? <p class={`notice ${notice?.level ?? "good"}`}>{text}</p> : out && <p class="notice warn"><Told of={out} /></p>}
    </div>
  );
}

// Who can't be called here as elsewhere is told so; who has changed it in another tab is called so
// in this one too.
function useName(visit: Visit): void {
  useEffect(() => {
    if (visit.me && me.chosen && visit.me.nameIdx != null) visit.show({ level: "info", message: t("me.other", { name: nameOf(visit.me, language.now) }) });
  }, [visit.joins]);
  useEffect(() => {
    if (visit.crew.became) me.set({ ...me.now, ...visit.crew.became });
  }, [visit.crew.became]);
}

// The room ends soon, and what to do about it.
function Ending({ visit }: { visit: Visit }) {
  const now = useMinute();
  const { room, stage } = visit;
  const soon = !!room && stage !== "closed" && !room.closing && ending(room, now);
  return (
    <div role="status">{soon && <p class="bar">{endingText(room, now)}</p>}</div>
  );
}

const closedTexts: Record<string, Key> = { owner: "closed.owner", quiet: "closed.quiet", operator: "closed.operator" };

// Only those in charge write.
function Quiet() {
  return (
    <div class="closed" role="status">
      <p>{t("composer.quiet")}</p>
    </div>
  );
}

// The room was closed, or one was sent out of it.
function Closed({ visit }: { visit: Visit }) {
  const button = useRef<HTMLButtonElement>(null);
  const out = visit.stage === "out";
  const left = useLeft(visit.failure?.until ?? 0);
  useEffect(() => button.current?.focus(), []);
  return (
    <div class="closed" role="alert">
      <p>
        <b>{visit.failure ? <Told of={visit.failure} /> : t(closedTexts[visit.reason] ?? "err.CLOSED")}</b> {!out && t("room.closed.sub")}
      </p>
      {out && !!visit.failure?.until && !left && (
        <button class="button" type="button" onClick={() => visit.again()}>
          {t("room.out.again")}
        </button>
      )}
      <button ref={button} class="button primary" type="button" onClick={toLobby}>
        {t("app.home")}
      </button>
    </div>
  );
}

// The tab says how much was said while nobody looked. A window that is seen behind another one isn't
// looked at.
function useTitle(visit: Visit): void {
  const seen = useRef(0);
  useEffect(() => {
    const write = () => {
      if (document.visibilityState === "visible" && document.hasFocus()) seen.current = visit.heard.count;
      const unread = visit.heard.since(seen.current);
      document.title = (unread ? `(${unread}) ` : "") + (visit.room?.title ?? t("app.name"));
    };
    write();
    const stop = visit.watch(write);
    document.addEventListener("visibilitychange", write);
    addEventListener("focus", write);
    addEventListener("blur", write);
    return () => {
      stop();
      document.removeEventListener("visibilitychange", write);
      removeEventListener("focus", write);
      removeEventListener("blur", write);
    };
  }, [visit]);
}

// The list of rooms stands beside the room where there is space for both, and so do the people.
function useSpace(media: string): boolean {
  const query = useMemo(() => matchMedia(media), []);
  const [is, set] = useState(query.matches);
  useEffect(() => {
    const f = () => set(query.matches);
    query.addEventListener("change", f);
    return () => query.removeEventListener("change", f);
  }, []);
  return is;
}
