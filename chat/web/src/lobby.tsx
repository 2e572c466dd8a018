// The lobby: one big field that opens a room, and the rooms that are open.

import { useEffect, useRef, useState } from "preact/hooks";
import { useBegun } from "./begin";
import { Failure } from "./failure";
import { hasText, t } from "./i18n";
import { Icon } from "./icons";
import { CreateSheet } from "./later";
import { Mine } from "./mine";
import { tooMany, useCreate } from "./opening";
import { data, net, rooms } from "./page";
import { Filter, filterFrom, RoomList } from "./roomlist";
import { Told } from "./told";
import { Top } from "./top";
import { useWatched } from "./watch";

export function Lobby({ create, flash }: { create?: boolean; flash?: string }) {
  useWatched(net, rooms);
  const begun = useBegun();
  const [sheet, setSheet] = useState(create ?? false);
  const title = useRef<HTMLInputElement>(null);
  const quick = useCreate();
  const [typed, setTyped] = useState(false);
  // They are about the name as it was, except for a limit.
  const errors = typed && !quick.errors.all?.limit ? {} : quick.errors;
  const offline = net.known && net.downSince > 0;
  const settled = useSettled(title);

  const open = (e: Event) => {
    e.preventDefault();
    const name = title.current!.value.trim();
    if (name) void quick.post({ title: name, max: data.limits.usual, listed: true }).then(() => setTyped(false));
    else title.current!.focus();
  };

  return (
    <div class="page">
      <Top />
      <main id="content" class={settled ? "lobby settled" : "lobby"} tabIndex={-1}>
        <Flash code={flash} />
        <section class="hero">
          <div class={settled ? "sr" : undefined}>
            <h1>{t("lobby.head")}</h1>
            <p>{t("lobby.sub")}</p>
          </div>
          <form class="opener" onSubmit={open}>
            <input
              ref={title}
              class="opener-title"
              aria-label={t("lobby.title.ph")}
              placeholder={t("lobby.title.ph")}
              autoComplete="off"
              enterkeyhint="go"
              data-skip
              onInput={() => setTyped(true)}
              aria-invalid={!!errors.title}
              aria-describedby="opener-error"
            />
            <button class="tool opener-options" type="button" aria-label={t("lobby.options")} title={t("lobby.options")} onClick={() => setSheet(true)}>
              <Icon name="sliders" />
            </button>
            <button class="button primary" type="submit" disabled={quick.busy || offline}>
              {t("lobby.create")}
            </button>
          </form>
          <p id="opener-error" class="error" role="alert">
            {errors.title ?? <Told of={errors.all} />}
          </p>
          {tooMany(errors.all) && <Mine />}
        </section>
        {begun && (
          <section class={offline ? "open-rooms stale" : "open-rooms"} aria-labelledby="rooms-head">
            <header class="section-head">
              <h2 id="rooms-head">{t("lobby.rooms")}</h2>
              {rooms.count > 0 && (
                <span class="section-count">
                  <span class="sr">{t("lobby.count", { n: rooms.count })}</span>
                  <span class="num" aria-hidden="true">{rooms.count}</span>
                </span>
              )}
              {rooms.count >= filterFrom && <Filter />}
            </header>
            <RoomList />
          </section>
        )}
      </main>
      {sheet && <CreateSheet title={title.current?.value ?? ""} onClose={() => setSheet(false)} />}
    </div>
  );
}

// With rooms in the list its question is one line, but not while somebody writes in it: nothing moves
// under the fingers.
function useSettled(title: { current: HTMLInputElement | null }): boolean {
  const some = rooms.all ? rooms.count > 0 : true;
  const [settled, settle] = useState(some);
  useEffect(() => {
    if (settled === some) return;
    const look = () => !title.current?.value && title.current !== document.activeElement && settle(some);
    look();
    title.current?.addEventListener("blur", look);
    return () => title.current?.removeEventListener("blur", look);
  }, [settled, some]);
  return settled;
}

// What the address said in a code, once, until it is put away.
function Flash({ code }: { code: string | undefined }) {
  const [shown, show] = useState(true);
  const [failure] = useState(() => new Failure({ ...data.error, code: code ?? "" }));
  if (!shown || !hasText(`err.${code ?? ""}`)) return null;
  return (
    <p class="flash" role="alert">
      <Icon name="alert" small />
      <span>
        <Told of={failure} />
      </span>
      <button class="tool" type="button" aria-label={t("app.close")} onClick={() => show(false)}>
        <Icon name="close" small />
      </button>
    </p>
  );
}
