// The conversation: its lines, and where one stands in it.
//
// At the end (within 100 px) new messages are followed; else the line that is being read keeps its
// place on the screen, by element and offset. The browser's own anchoring is off, because not
// all have it and two would fight.

import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import { copySelected } from "./copy";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { find, followed, rowOf } from "./jump";
import { lines } from "./lines";
import { EntryLine, MessageLine } from "./message";
import { useKept } from "./keep";
import type { Log } from "./log";
import { Viewer } from "./later";
import { nameOf } from "./names";
import { anchor, hold, inView, type Anchor } from "./place";
import { altOf } from "./picture";
import { pressedLong } from "./press";
import { shotsOf, withPictures } from "./shots";
import { aloneText, Entering, Loading, Silent } from "./silent";
import { around, bounded, downwards, first, newest, shown, upwards, type Span } from "./span";
import { day } from "./time";
import { Acts, authorOf, type Topic } from "./topic";
import { firstUnread, useUnread } from "./unread";
import type { Visit } from "./visit";
import type { Chat } from "./wire";

const near = 100;
const ahead = 600;
/** Messages that are drawn at once when one comes in, and how long drawing more takes then, in ms. */
const few = 3;
const slice = 20;

export function Timeline({ visit }: { visit: Visit }) {
  const { me, earlier } = visit;
  const { outbox } = visit.post;
  const box = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLOListElement>(null);
  const [, again] = useReducer((n: number) => n + 1, 0);
  const [topic, open] = useState<Topic | null>(null);
  const keep = useKept();
  const [viewed, view] = useState<{ chat: Chat; index: number } | null>(null);
  const at = useRef({ span: { start: 0, end: null } as Span, height: 0, end: true, seen: 0, written: outbox.written, anchor: null as Anchor | null, target: earlier.target, jumps: false, log: earlier.log, newest: 0, drawn: 0, step: 0, since: 0, below: 0, tail: "", followed: "", reached: Infinity }).current;

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
  // Of a conversation that none is drawn of the last messages come at once, and those above them one
  // frame after the other, as long as that many stand there as one comes into a room with.
  if (at.end && !wrote && (log.items[0]?.seq ?? 0) > at.newest) {
    at.span = newest(log.items, few);
    at.drawn = at.step = few;
    at.since = performance.now();
  }
  at.newest = log.items.at(-1)?.seq ?? 0;
  if (!at.end || wrote || at.drawn >= Math.min(first, log.items.length)) at.drawn = 0;
  at.log = log;
  at.written = outbox.written;
  at.span = bounded(log.items, at.span, at.end);
  if (at.end) at.seen = visit.heard.count;
  const unseen = visit.heard.since(at.seen);
  const items = shown(log.items, at.span);
  const end = at.span.end ?? (part ? (items.at(-1)?.seq ?? 0) : null);
  const entries = outbox.entries.filter((e) => end === null || (e.after !== undefined && e.after < end));
  const fresh = useFresh(visit);
  const since = useUnread(visit);
  const unread = firstUnread(log.items, since, visit, log.more);
  const rows = lines(items, entries, me?.user ?? "", visit.room?.title ?? "", unread);
  at.tail = rows.at(-1)?.key ?? "";

  const settle = () => {
    const el = box.current;
    if (!el || !list.current!.firstChild) return;
    const row = at.jumps && rowOf(list.current!, at.target!.seq);
    if (row) {
      at.jumps = false;
      find(el, row, at.target!.seq);
    } else if (at.end && (at.below < 2 || at.tail !== at.followed)) {
      el.scrollTop = el.scrollHeight;
      at.below = 0;
    } else if (at.anchor?.row.isConnected) hold(el, at.anchor);
    at.height = el.scrollHeight;
    at.anchor = anchor(el, list.current!);
    at.followed = at.tail;
    look();
    if (!at.since) return;
    at.step = Math.min(2 * at.step, Math.max(few, Math.round((at.step * slice) / (performance.now() - at.since))));
    at.since = 0;
    requestAnimationFrame(drawMore);
  };
  // The line where one stopped reading has been in view: nothing needs to lead there any more.
  const look = () => {
    const line = list.current?.querySelector<HTMLElement>(".unread");
    if (at.reached === since || !line || at.drawn || line.offsetTop < box.current!.scrollTop) return;
    at.reached = since;
    again(undefined);
  };
  const drawMore = () => {
    if (!at.drawn || !box.current) return; // one has gone elsewhere
    at.drawn += at.step;
    at.span = newest(at.log.items, at.drawn);
    at.since = performance.now();
    again(undefined);
  };
  const reach = () => {
    const el = box.current;
    if (!el || at.drawn || visit.stage === "entering") return;
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
    const el = box.current;
    if (!el) return; // the browser tells of it in the next frame, when one may be elsewhere
    // What was drawn since takes nobody away from the end.
    if (at.end && el.scrollHeight !== at.height) return settle();
    look();
    at.below = el.scrollHeight - el.scrollTop - el.clientHeight;
    const end = !part && at.span.end === null && at.below < near;
    at.anchor = anchor(el, list.current!);
    if (end !== at.end) {
      at.end = end;
      again(undefined);
    }
    reach();
  };
  const toUnread = () => {
    at.reached = since;
    box.current!.focus({ preventScroll: true });
    void earlier.go(since + 1);
  };
  const toEnd = () => {
    earlier.leave();
    at.end = true;
    at.below = 0;
    at.span = { start: 0, end: null };
    again(undefined);
  };
  const openAt = (row: Element | null) => {
    const chat = row && log.items.find((m) => `m-${m.seq}` === row.id);
    if (chat) open({ chat, at: row });
    return !!chat;
  };
  // The arrows go from message to message, and m opens the menu of one, on a Korean keyboard too.
  const pressed = (e: KeyboardEvent) => {
    if (e.key === "End") return toEnd();
    const at = e.target as HTMLElement;
    if (e.ctrlKey || e.metaKey || e.altKey || (at !== box.current && !at.matches(".msg"))) return;
    const all = [...list.current!.querySelectorAll<HTMLElement>(".msg[id]")];
    const now = all.indexOf(at);
    if (e.code === "KeyM" && now >= 0) {
      openAt(at);
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

  // What is drawn little by little changes the list's size, which is heard of when its layout is
  // known, so that nothing has to wait for that.
  useLayoutEffect(() => void (at.drawn || settle()));
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
        <div class={`log-top${log.more ? " more" : ""}`}>{earlier.loading ? <Loading failure={earlier.failure} /> : begin && !silent && log.first > 1 && <p class="start">{t("log.forgotten")}</p>}</div>
        {visit.stage === "entering" && <Entering failure={visit.failure} />}
        <ol ref={list} class="lines" onClick={(e) => followed(e, visit)} {...pressedLong((_, on) => openAt(on.closest(".msg[id]")))}>
          {rows.map((line) => {
            switch (line.type) {
              case "day":
                return (
                  <li key={line.key} class="day">
                    <span>{day(line.at, language.now)}</span>
                  </li>
                );
              case "unread":
                return (
                  <li key={line.key} class="day unread">
                    <span>{t("unread.line")}</span>
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
      {since !== Infinity && at.reached !== since && !at.drawn && visit.stage !== "entering" && (
        <button class="pill up" type="button" onClick={toUnread}>
          {t("unread.up")}
          <Icon name="down" small />
        </button>
      )}
      {!at.end && (
        <button class={unseen ? "pill new" : "pill"} type="button" onClick={(e) => fromPill(e.currentTarget)}>
          {unseen ? t("unread.pill", { n: unseen }) : t("log.bottom")}
          <Icon name="down" small />
        </button>
      )}
      <Said visit={visit} />
      <Acts visit={visit} topic={topic} onClose={() => open(null)} />
      {viewed && <Gallery visit={visit} log={log} {...viewed} onClose={() => view(null)} />}
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
function Gallery({ visit, log, chat, index, onClose }: { visit: Visit; log: Log; chat: Chat; index: number; onClose(): void }) {
  const [pictures] = useState(() =>
    withPictures(log.items, chat, visit.hidden)
      .flatMap((m) => shotsOf(m, visit.post.previews.get(m.cid ?? "")).map((shot, i) => ({ ...shot, name: nameOf(m, language.now), at: m.createdAt, first: m === chat && i === index }))),
  );
  return <Viewer pictures={pictures} start={pictures.findIndex((p) => p.first)} onClose={onClose} />;
}

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
