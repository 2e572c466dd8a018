// The conversation: its lines, and where one stands in it.
//
// At the end (within 100 px) new messages are followed; elsewhere the line that is being read keeps
// its place on the screen, by element and offset. The browser's own anchoring is off, because not
// all have it and two would fight.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { copySelected } from "./copy";
import { passing } from "./ending";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { find, followed, rowOf } from "./jump";
import { lines } from "./lines";
import { EntryLine, MessageLine } from "./message";
import { useKept } from "./keep";
import { Viewer } from "./later";
import { nameOf } from "./names";
import { altOf } from "./picture";
import { ShareCard } from "./share";
import { shotsOf } from "./shots";
import { around, bounded, downwards, shown, upwards, type Span } from "./span";
import { day } from "./time";
import { Told } from "./told";
import { Acts, authorOf, type Topic } from "./topic";
import type { Visit } from "./visit";
import type { Chat, Failure, Room } from "./wire";

const near = 100;
const ahead = 600;

export function Timeline({ visit }: { visit: Visit }) {
  const { me, earlier } = visit;
  const { outbox } = visit.post;
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [, again] = useReducer((n: number) => n + 1, 0);
  const [topic, open] = useState<Topic | null>(null);
  const keep = useKept();
  const [viewed, view] = useState<{ chat: Chat; index: number } | null>(null);
  const at = useRef({ span: { start: 0, end: null } as Span, height: 0, end: true, seen: 0, written: outbox.written, anchor: null as Anchor | null, target: earlier.target, jumps: false, log: earlier.log }).current;

  // Writing something brings one back to the end.
  const wrote = outbox.written !== at.written;
  const part = wrote ? null : earlier.part;
  const log = part ?? visit.log;
  if (wrote) {
    at.end = true;
    at.span = { start: 0, end: null };
    queueMicrotask(() => earlier.leave());
  } else if (earlier.target !== at.target) {
    at.target = earlier.target;
    at.span = around(log.items, at.target!.seq);
    at.jumps = true;
    at.end = false;
  } else if (log !== at.log) {
    at.span.end = null;
  }
  at.log = log;
  at.written = outbox.written;
  at.span = bounded(log.items, at.span, at.end);
  if (at.end) at.seen = visit.heard.count;
  const unseen = visit.heard.since(at.seen);
  const items = shown(log.items, at.span);
  const end = at.span.end ?? (part ? (items.at(-1)?.seq ?? 0) : null);
  const entries = outbox.entries.filter((e) => end === null || (e.after !== undefined && e.after < end));
  const fresh = useFresh(visit);
  const rows = lines(items, entries, me?.user ?? "", visit.room?.title ?? "");

  const settle = () => {
    const el = box.current;
    if (!el || !list.current!.firstChild) return;
    const row = at.jumps && rowOf(list.current!, at.target!.seq);
    if (row) {
      at.jumps = false;
      find(el, row, at.target!.seq);
    } else if (at.end) el.scrollTop = el.scrollHeight;
    else if (at.anchor?.row.isConnected) el.scrollTop += bottom(at.anchor.row) - el.scrollTop - at.anchor.below;
    at.height = el.scrollHeight;
    at.anchor = anchor(el, list.current!);
  };
  const reach = () => {
    const el = box.current;
    if (!el || visit.stage === "entering") return;
    let next: Span | null = null;
    if (el.scrollTop < ahead && !at.end) {
      next = upwards(log.items, at.span);
      if (!next) void earlier.read();
    }
    if (!next && el.scrollHeight - el.scrollTop - el.clientHeight < ahead) {
      next = downwards(log.items, at.span);
      if (!next && part) void earlier.readNewer();
    }
    if (next) {
      at.span = next;
      again(undefined);
    }
  };
  const scrolled = () => {
    const el = box.current!;
    // What was drawn since takes nobody away from the end.
    if (at.end && el.scrollHeight !== at.height) return settle();
    const end = !part && at.span.end === null && el.scrollHeight - el.scrollTop - el.clientHeight < near;
    at.anchor = anchor(el, list.current!);
    if (end !== at.end) {
      at.end = end;
      again(undefined);
    }
    reach();
  };
  const toEnd = () => {
    earlier.leave();
    at.end = true;
    at.span = { start: 0, end: null };
    again(undefined);
  };
  // The arrows go from message to message, and m opens the menu of one, on a Korean keyboard too.
  const pressed = (e: KeyboardEvent) => {
    if (e.key === "End") return toEnd();
    const at = e.target as HTMLElement;
    if (e.ctrlKey || e.metaKey || e.altKey || (at !== box.current && !at.matches(".msg"))) return;
    const all = [...list.current!.querySelectorAll<HTMLElement>(".msg[id]")];
    const now = all.indexOf(at);
    if (e.code === "KeyM" && now >= 0) {
      const chat = log.items.find((m) => `m-${m.seq}` === at.id);
      if (chat) open({ chat, at });
    } else if (e.key === "ArrowUp" || e.key === "ArrowDown") {
      const next = now < 0 ? inView(box.current!, all) : all[now + (e.key === "ArrowUp" ? -1 : 1)];
      next?.focus();
    } else {
      return;
    }
    e.preventDefault();
  };
  // The pill goes away, and the focus would go with it.
  const fromPill = (pill: HTMLElement) => {
    if (pill === document.activeElement) box.current!.focus({ preventScroll: true });
    toEnd();
  };

  useLayoutEffect(settle);
  // A page that arrived may not fill the space above yet.
  useEffect(reach);
  useEffect(() => {
    const watcher = new ResizeObserver(settle);
    watcher.observe(box.current!);
    watcher.observe(list.current!);
    return () => watcher.disconnect();
  }, []);

  // All of the page may be selected, so the event isn't one of the log alone.
  useEffect(() => {
    const copy = (e: ClipboardEvent) => copySelected(e, list.current!, log.items, language.now);
    document.addEventListener("copy", copy);
    return () => document.removeEventListener("copy", copy);
  }, [log]);

  const begin = !log.more && items[0] === log.items[0] && visit.stage !== "entering";
  const silent = visit.stage === "live" && !part && !entries.length && log.items.every((m) => m.kind === "system") && !log.more;
  return (
    <div class="log-place">
      <div ref={box} id="log" class="log" role="log" aria-live="off" aria-label={t("log.label")} aria-busy={visit.stage === "entering"} tabIndex={0} onScroll={scrolled} onKeyDown={pressed}>
        <div class={`log-top${log.more ? " more" : ""}`}>{earlier.loading ? <Loading failure={earlier.failure} /> : begin && !silent && <p class="start">{t(log.first > 1 ? "log.forgotten" : "log.start")}</p>}</div>
        {visit.stage === "entering" && <Entering failure={visit.failure} />}
        <ol ref={list} class="lines" onClick={(e) => followed(e, visit)}>
          {rows.map((line) => {
            switch (line.type) {
              case "day":
                return (
                  <li key={line.key} class="day">
                    <span>{day(line.at, language.now)}</span>
                  </li>
                );
              case "system":
                return (
                  <li key={line.key} class="sys">
                    {line.text}
                  </li>
                );
              case "message": {
                const { chat, mine, first, last } = line;
                const author = authorOf(visit, chat);
                const previews = visit.post.previews.get(chat.cid ?? "");
                const arrives = !mine && chat.seq > fresh;
                const hidden = visit.hidden.has(chat.user);
                return keep(line.key, [chat, mine, first, last, previews, arrives, hidden, author.role, language.now], () => (
                  <MessageLine key={line.key} line={line} previews={previews} author={author} fresh={arrives} hidden={hidden} onMenu={open} onView={(i) => view({ chat, index: i })} />
                ));
              }
              case "entry":
                return <EntryLine key={line.key} entry={line.entry} first={line.first} visit={visit} />;
            }
          })}
        </ol>
        {silent && <Silent gone={log.first > 1} alone={visit.count < 2 ? aloneText(visit) : ""} room={visit.room!} />}
        {!silent && visit.stage === "live" && visit.count < 2 && <p class="alone">{aloneText(visit)}</p>}
      </div>
      {!at.end && (
        <button class={unseen ? "pill new" : "pill"} type="button" onClick={(e) => fromPill(e.currentTarget)}>
          {unseen ? t("unread.pill", { n: unseen }) : t("log.bottom")}
          <Icon name="down" small />
        </button>
      )}
      <Said visit={visit} />
      <Acts visit={visit} topic={topic} onClose={() => open(null)} />
      {viewed && <Gallery visit={visit} {...viewed} onClose={() => view(null)} />}
    </div>
  );
}

// The newest message that was there when one came in, or came back: what comes later is seen to.
function useFresh(visit: Visit): number {
  const [from, set] = useState(Infinity);
  const { joins } = visit;
  useLayoutEffect(() => set(joins ? (visit.log.items.at(-1)?.seq ?? 0) : Infinity), [joins]);
  return from;
}

/** All pictures of the conversation, from one of them on. */
function Gallery({ visit, chat, index, onClose }: { visit: Visit; chat: Chat; index: number; onClose(): void }) {
  const [pictures] = useState(() =>
    visit.log.items
      .filter((m) => m.seq === chat.seq || (m.kind === "media" && !m.deleted && !visit.hidden.has(m.user)))
      .flatMap((m) => shotsOf(m, visit.post.previews.get(m.cid ?? "")).map((shot, i) => ({ ...shot, name: nameOf(m, language.now), at: m.createdAt, first: m.seq === chat.seq && i === index }))),
  );
  return <Viewer pictures={pictures} start={Math.max(0, pictures.findIndex((p) => p.first))} onClose={onClose} />;
}

const aloneText = ({ room }: Visit) => t("room.alone") + (room && passing(room) ? ` ${t("room.alone.passing")}` : "");

interface Anchor {
  row: HTMLElement;
  /** Its lower edge, from the top of the box: the upper one moves when an older message joins its group. */
  below: number;
}

// The first message that is not wholly above the box; lines stand in order, so halving finds it.
// Only they have an id. The rest are no anchors: older messages may take their place.
function anchor(box: HTMLElement, list: HTMLElement): Anchor | null {
  const rows = list.children;
  let lo = 0;
  let hi = rows.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    const row = rows[mid] as HTMLElement;
    if (bottom(row) > box.scrollTop) hi = mid;
    else lo = mid + 1;
  }
  while (lo < rows.length - 1 && !rows[lo]!.id) lo++;
  const row = rows[lo] as HTMLElement | undefined;
  return row ? { row, below: bottom(row) - box.scrollTop } : null;
}

// The lowest that is wholly in view.
const inView = (box: HTMLElement, rows: HTMLElement[]) => rows.findLast((row) => bottom(row) <= box.scrollTop + box.clientHeight + 1);

const bottom = (row: HTMLElement) => row.offsetTop + row.offsetHeight;

// The log itself is silent for screen readers, or it would read out history and one's own words.
// Each message is an element of its own that comes, so that equal ones are read too.
function Said({ visit }: { visit: Visit }) {
  return (
    <div class="sr" aria-live="polite" aria-relevant="additions">
      {visit.said.map((m) => {
        const name = nameOf(m, language.now);
        const text = m.kind === "media" ? [...(m.media ?? []).map((p) => altOf(p, name)), m.chat].filter(Boolean).join(", ") : (m.chat ?? "");
        return <p key={m.seq}>{t("log.said", { name, text })}</p>;
      })}
    </div>
  );
}

function Silent({ alone, gone, room }: { alone: string; gone: boolean; room: Room }) {
  return (
    <div class="silent">
      <div class="yard" aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <p class="silent-say">{t(gone ? "room.forgotten" : "room.empty")}</p>
      {alone && <p class="silent-sub">{alone}</p>}
      {alone && <ShareCard room={room} />}
    </div>
  );
}

function Loading({ failure }: { failure: Failure | null }) {
  return (
    <p class="older" role="status">
      <i class="pulse" aria-hidden="true" />
      <span>{failure?.until ? <Told of={failure} /> : t("log.older")}</span>
    </p>
  );
}

// Without a connection the banner tells why it takes so long.
function Entering({ failure }: { failure: Failure | null }) {
  if (failure && failure.code !== "OFFLINE") {
    return (
      <div class="silent" role="status">
        <div class="yard busy" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
        <p class="silent-say">{failure.code === "TIMEOUT" ? t("room.slow") : <Told of={failure} />}</p>
      </div>
    );
  }
  return (
    <div class="skeleton talk-skeleton" role="status">
      <span class="sr">{t("room.entering")}</span>
      <i />
      <i />
      <i />
    </div>
  );
}
