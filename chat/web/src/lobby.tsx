// The lobby: one big field that opens a room, and the rooms that are open.

import { useRef, useState } from "preact/hooks";
import { hasText, t } from "./i18n";
import { Icon } from "./icons";
import { CreateSheet } from "./later";
import { Mine } from "./mine";
import { tooMany, useCreate } from "./opening";
import { data, net, rooms } from "./page";
import { RoomList } from "./roomlist";
import { Told } from "./told";
import { Top } from "./top";
import { useWatched } from "./watch";
import { Failure } from "./wire";

export function Lobby({ create, flash }: { create?: boolean; flash?: string }) {
  useWatched(net, rooms);
  const [sheet, setSheet] = useState(create ?? false);
  const title = useRef<HTMLInputElement>(null);
  const quick = useCreate();
  const [typed, setTyped] = useState(false);
  // They are about the name as it was, except for a limit.
  const errors = typed && !quick.errors.all?.limit ? {} : quick.errors;
  const offline = net.known && net.downSince > 0;

  const open = (e: Event) => {
    e.preventDefault();
    const name = title.current!.value.trim();
    if (name) void quick.post({ title: name, max: data.limits.usual, listed: true }).then(() => setTyped(false));
    else title.current!.focus();
  };

  return (
    <div class="page">
      <Top />
      <main id="content" class="lobby" tabIndex={-1}>
        <Flash code={flash} />
        <section class="hero">
          <h1>{t("lobby.head")}</h1>
          <p>{t("lobby.sub")}</p>
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
            <button class="button primary" type="submit" disabled={quick.busy || offline}>
              {t("lobby.create")}
            </button>
          </form>
          <div class="opener-under">
            <p id="opener-error" class="error" role="alert">
              {errors.title ?? <Told of={errors.all} />}
            </p>
            <button class="link" type="button" onClick={() => setSheet(true)}>
              <Icon name="sliders" small />
              {t("lobby.options")}
            </button>
          </div>
          {tooMany(errors.all) && <Mine />}
        </section>
        <section class={offline ? "open-rooms stale" : "open-rooms"} aria-labelledby="rooms-head">
          <header class="section-head">
            <h2 id="rooms-head">{t("lobby.rooms")}</h2>
            {rooms.count > 0 && <span class="section-count">{t("lobby.count", { n: rooms.count })}</span>}
          </header>
          <RoomList />
        </section>
      </main>
      {sheet && <CreateSheet title={title.current?.value ?? ""} onClose={() => setSheet(false)} />}
    </div>
  );
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
