// The address of a room that nobody has opened yet.

import { useEffect, useRef, useState } from "preact/hooks";
import { Field } from "./field";
import { t } from "./i18n";
import { Icon } from "./icons";
import { CreateSheet } from "./later";
import { useCreate } from "./opening";
import { data, route } from "./page";
import { addressOf } from "./share";
import { Told } from "./told";
import { Top } from "./top";

export function Offer({ slug }: { slug: string }) {
  const { busy, errors, post } = useCreate();
  const [sheet, setSheet] = useState(false);
  const title = useRef<HTMLInputElement>(null);
  const name = slug.replace(/[-_]+/g, " ").trim();
  useEffect(() => {
    document.title = `${name} · ${t("app.name")}`;
  }, []);
  const open = (e: Event) => {
    e.preventDefault();
    void post({ slug, title: title.current!.value.trim(), max: data.limits.usual, listed: true });
  };
  return (
    <div class="page">
      <Top />
      <main id="content" class="gate" tabIndex={-1}>
        <form class="card form" onSubmit={open} noValidate>
          <div class="gate-lock" aria-hidden="true">
            <Icon name="plus" />
          </div>
          <h1>{t("offer.head")}</h1>
          <p class="gate-say">{t("offer.sub")}</p>
          <code class="share-url">{addressOf({ slug }).shown}</code>
          <Field label={t("lobby.title.ph")} error={errors.title ?? (errors.all && <Told of={errors.all} />)}>
            {(a) => <input ref={title} class="input" defaultValue={name} autoComplete="off" data-skip {...a} />}
          </Field>
          <button class="button primary wide" type="submit" disabled={busy}>
            {t("lobby.create")}
          </button>
          <button class="link" type="button" onClick={() => setSheet(true)}>
            <Icon name="sliders" small />
            {t("lobby.options")}
          </button>
          <button class="link" type="button" onClick={() => route.go({ view: "lobby" })}>
            {t("app.home")}
          </button>
        </form>
      </main>
      {sheet && <CreateSheet title={title.current?.value ?? name} slug={slug} onClose={() => setSheet(false)} />}
    </div>
  );
}
