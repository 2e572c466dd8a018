// Looking for what was said in the room: by any part of a word, or by the first consonants of
// Hangul. The list is gone through with the arrows while the focus stays in the field.

import { useEffect, useRef } from "preact/hooks";
import { Avatar } from "./avatar";
import { Dialog } from "./dialog";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { nameOf } from "./names";
import { marks, seekOf, type Hit } from "./seek";
import { clock, day, full } from "./time";
import { Told } from "./told";
import type { Visit } from "./visit";
import { useWatched } from "./watch";

export function SearchSheet({ visit, onClose }: { visit: Visit; onClose(): void }) {
  const seek = seekOf(visit);
  useWatched(seek, visit);
  const list = useRef<HTMLUListElement>(null);
  const { hits, chosen, text, of, busy, failure } = seek;
  useEffect(() => {
    seek.resume();
    return () => seek.stop();
  }, []);
  useEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [chosen, hits]);

  const go = (hit: Hit | undefined) => {
    if (!hit) return;
    onClose();
    void visit.earlier.go(hit.message.seq);
  };
  const pressed = (e: KeyboardEvent) => {
    if (e.isComposing || e.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[e.key];
    if (step) {
      if (step > 0 && chosen + step >= hits.length) seek.readMore();
      seek.choose(chosen + step);
    } else if (e.key === "Enter") {
      if (of === text.trim()) go(hits[chosen]);
      else seek.want(text, "once");
    } else {
      return;
    }
    e.preventDefault();
  };
  const none = !!of && of === text.trim() && !hits.length && !busy && !failure;
  return (
    <Dialog title={t("search.head")} kind="search-sheet" onClose={onClose}>
      <form class="search" role="search" onSubmit={(e) => e.preventDefault()}>
        <label class="search-field">
          <Icon name="search" small />
          <input
            class="input"
            type="text"
            inputMode="search"
            value={text}
            maxLength={100}
            enterKeyHint="search"
            autoComplete="off"
            spellcheck={false}
            role="combobox"
            aria-label={t("search.head")}
            aria-expanded={hits.length > 0}
            aria-controls="hits"
            aria-autocomplete="list"
            aria-activedescendant={hits.length ? `hit-${chosen}` : undefined}
            placeholder={t("search.ph")}
            data-first
            onInput={(e) => seek.want(e.currentTarget.value)}
            onCompositionEnd={(e) => seek.want(e.currentTarget.value, "once")}
            onKeyDown={pressed}
            onFocus={(e) => e.currentTarget.select()}
          />
        </label>
      </form>
      <ul ref={list} id="hits" class={busy ? "hits busy" : "hits"} role="listbox" aria-label={t("search.head")}>
        {hits.map((hit, i) => (
          <HitLine key={hit.message.seq} hit={hit} place={i} chosen={i === chosen} onGo={go} />
        ))}
      </ul>
      <div class="search-state" role="status">
        {failure ? (
          <p class="error">
            <Told of={failure} />
          </p>
        ) : busy ? (
          <p class="older">
            <i class="pulse" aria-hidden="true" />
            <span>{t("search.busy")}</span>
          </p>
        ) : none ? (
          <p class="search-none">{t(seek.more ? "search.noneYet" : "search.none", { q: of })}</p>
        ) : (
          !of && <p class="search-none">{t("search.hint")}</p>
        )}
        {!!hits.length && !busy && <p class="sr">{t("search.found", { n: hits.length })}</p>}
      </div>
      {seek.more && !busy && !failure && (
        <button class="button wide" type="button" onClick={() => seek.readMore()}>
          {t("search.more")}
        </button>
      )}
    </Dialog>
  );
}

function HitLine({ hit, place, chosen, onGo }: { hit: Hit; place: number; chosen: boolean; onGo(hit: Hit): void }) {
  const { message: m, text, ranges } = hit;
  const lang = language.now;
  const name = nameOf(m, lang);
  return (
    <li id={`hit-${place}`} class="hit" role="option" aria-selected={chosen} onClick={() => onGo(hit)}>
      <Avatar name={name} hue={m.hue} shape={m.shape} />
      <span class="hit-head">
        <b class={`h${(m.hue ?? 0) % 12}`} dir="auto">
          {name}
        </b>
        <time dateTime={new Date(m.createdAt).toISOString()} title={full(m.createdAt, lang)}>
          {sameDay(m.createdAt) ? clock(m.createdAt, lang) : day(m.createdAt, lang)}
        </time>
      </span>
      <span class="hit-text" dir="auto">
        {m.kind === "media" && <Icon name="image" small />}
        {marks(text, ranges).map((part) => (part.found ? <mark>{part.text}</mark> : part.text))}
      </span>
    </li>
  );
}

const sameDay = (ms: number) => new Date(ms).toDateString() === new Date().toDateString();
