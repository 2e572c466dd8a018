// One message: arrived, or still on its way.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Avatar } from "./avatar";
import { copyText } from "./browser";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import type { Line } from "./lines";
import { pieces } from "./links";
import { nameOf } from "./names";
import type { Entry } from "./outbox";
import { Pictures } from "./picture";
import { Proof } from "./proof";
import { partOf, shotOf, shotsOf } from "./shots";
import { jumbo } from "./sight";
import { clock, full } from "./time";
import { Told, useLeft } from "./told";
import type { Person, Topic } from "./topic";
import type { Visit } from "./visit";

// A finger presses long instead.
const hovers = matchMedia("(any-hover: hover)").matches;

interface MessageProps {
  line: Extract<Line, { type: "message" }>;
  previews: string[] | undefined;
  /** Opens the menu of the message, or of who wrote it. */
  onMenu(topic: Topic): void;
  /** Opens one of its pictures over the whole window. */
  onView(index: number): void;
  author: Person;
  /** Whether one has hidden who wrote it. */
  hidden: boolean;
  /** Whether one sees it come. */
  fresh: boolean;
}

export function MessageLine({ line, previews, author, hidden, fresh, onMenu, onView }: MessageProps) {
  const [open, show] = useState(false);
  const { chat, mine, first, last } = line;
  const lang = language.now;
  const name = nameOf(chat, lang);
  const kind = `msg ${mine ? "mine" : "theirs"}${first ? " first" : ""}${last ? " last" : ""}${fresh ? " fresh" : ""}`;
  return (
    <li class={kind} id={`m-${chat.seq}`} tabIndex={-1}>
      {!mine && first && (
        <button class="avatar-button" type="button" aria-haspopup="menu" aria-label={t("act.person", { name })} onClick={(e) => onMenu({ person: author, at: e.currentTarget })}>
          <Avatar name={name} hue={chat.hue} shape={chat.shape} />
        </button>
      )}
      {!mine && first ? <p class={`msg-name h${(chat.hue ?? 0) % 12}`}><span dir="auto">{name}</span> <Proof tag={chat.tag} /></p> : <span class="sr">{mine ? t("app.you") : name}</span>}
      <div class="msg-row">
        {hidden && !open && !chat.deleted ? (
          <p class="gone">
            {t("hide.line", { name })}{" "}
            <button class="link" type="button" onClick={() => show(true)}>
              {t("hide.once")}
            </button>
          </p>
        ) : chat.deleted ? (
          <p class="gone">{t(chat.deleted === "charge" ? "msg.deleted.charge" : "msg.deleted")}</p>
        ) : chat.kind === "media" ? (
          <div class="msg-stack">
            <Pictures shots={shotsOf(chat, previews)} name={name} onOpen={onView} />
            {chat.chat && <Said text={chat.chat} />}
          </div>
        ) : (
          <Said text={chat.chat ?? ""} />
        )}
        <time class={last ? "msg-time" : "sr"} dateTime={new Date(chat.createdAt).toISOString()} title={full(chat.createdAt, lang)}>
          {clock(chat.createdAt, lang)}
        </time>
        {hovers && (
          <button class="msg-more" type="button" tabIndex={-1} aria-haspopup="menu" aria-label={t("act.message", { name: mine ? t("app.you") : name })} onClick={(e) => onMenu({ chat, at: e.currentTarget })}>
            <Icon name="more" small />
          </button>
        )}
      </div>
    </li>
  );
}

export function EntryLine({ entry, first, visit }: { entry: Entry; first: boolean; visit: Visit }) {
  const { state, pictures, failure, cid } = entry;
  const bad = state === "failed" || state === "rejected";
  const left = useLeft(failure?.until ?? 0);
  return (
    <li class={`msg mine sent${first ? " first" : ""} last ${state}`}>
      <span class="sr">{t("app.you")}</span>
      <div class="msg-row">
        {pictures ? (
          <Pictures shots={pictures.map(shotOf)} name={t("app.you")} over={(i) => <OnItsWay entry={entry} index={i} onDrop={() => visit.post.discardPicture(cid, pictures[i]!)} />} />
        ) : (
          <Said text={entry.text} brief={bad} />
        )}
        {!bad && (
          <span class="msg-wait">
            <Icon name="clock" small />
            <span class={state === "queued" ? "" : "sr"}>{t(state === "queued" ? "msg.queued" : "msg.sending")}</span>
          </span>
        )}
      </div>
      {bad && (
        <div class="msg-failed" role="alert">
          <span class="msg-why">
            <Icon name="alert" small />
            <span>{failure && (state === "rejected" || failure.limit || failure.code === "NO_SPACE") ? <Told of={failure} /> : t("msg.failed")}</span>
          </span>
          <span class="msg-acts">
            {state === "failed" && (
              <Act onPress={() => visit.post.outbox.retry(cid)} off={left > 0}>
                {t("msg.retry")}
              </Act>
            )}
            {state === "rejected" && !pictures && <Act onPress={() => visit.post.takeBack(cid)}>{t("msg.edit")}</Act>}
            {!pictures && <Act onPress={() => void copyText(entry.text)}>{t("msg.copy")}</Act>}
            <Act onPress={() => visit.post.discard(cid)}>{t("msg.discard")}</Act>
          </span>
        </div>
      )}
      {pictures && !bad && (
        <div class="msg-failed">
          <Act onPress={() => visit.post.discard(cid)}>{t("app.cancel")}</Act>
        </div>
      )}
    </li>
  );
}

/** How far one of several pictures is, and what drops it alone. */
function OnItsWay({ entry: { pictures = [], state, progress = 0 }, index, onDrop }: { entry: Entry; index: number; onDrop(): void }) {
  const { name } = pictures[index]!.file;
  return (
    <>
      {state === "sending" && <progress class="upload" aria-label={t("msg.upload")} max={1} value={partOf(pictures.map((p) => p.file.size), index, progress)} />}
      {pictures.length > 1 && (
        <button class="tool picture-drop" type="button" aria-label={t("up.remove", { name })} onClick={onDrop}>
          <Icon name="close" small />
        </button>
      )}
    </>
  );
}

function Act({ onPress, off, children }: { onPress(): void; off?: boolean; children: ComponentChildren }) {
  return (
    <button class="link" type="button" disabled={off} onClick={onPress}>
      {children}
    </button>
  );
}

// A message that was not sent stays for long and shows only what it was.
const folds = {
  whole: { lines: 15, length: 900, kind: "folded" },
  brief: { lines: 3, length: 160, kind: "folded brief" },
};

function Said({ text, brief }: { text: string; brief?: boolean }) {
  const [open, setOpen] = useState(false);
  const fold = folds[brief ? "brief" : "whole"];
  const long = text.length > fold.length || text.split("\n").length > fold.lines;
  if (jumbo(text)) return <p class="bubble jumbo">{text}</p>;
  return (
    <div class="bubble">
      <p class={long && !open ? fold.kind : undefined} dir="auto">
        {pieces(text).map((p) =>
          p.href ? (
            <a href={p.href} target="_blank" rel="noopener noreferrer nofollow ugc">
              {p.text}
            </a>
          ) : (
            p.text
          ),
        )}
      </p>
      {long && (
        <button class="link" type="button" onClick={() => setOpen(!open)}>
          {t(open ? "log.fold" : "log.unfold")}
        </button>
      )}
    </div>
  );
}
