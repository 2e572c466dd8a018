// Where a link from another device leads: it asks first, and uses the link up only then.

import { useEffect, useRef, useState } from "preact/hooks";
import { lookLink, takeLink, type Linked } from "./api";
import { Avatar } from "./avatar";
import { Failure } from "./failure";
import { language, sayFailure, t } from "./i18n";
import { nameOf } from "./names";
import { me, route } from "./page";
import { Proof } from "./proof";
import { Sorry } from "./sorry";
import { Told, useLeft } from "./told";

export function LinkPage({ secret }: { secret: string }) {
  const [to, setTo] = useState<Linked | null>(null);
  const [error, setError] = useState<Failure | null>(null);
  const [busy, setBusy] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const left = useLeft(error?.until ?? 0);
  useEffect(() => {
    document.title = t("app.name");
    if (secret) lookLink(secret).then(setTo, setError);
  }, []);
  useEffect(() => button.current?.focus(), [to]);
  const home = () => location.replace("/");
  if (!secret) return <Sorry head={t("link.none")} action={t("app.home")} onAction={home} />;
  if (error) return <Sorry head={error.until ? t("page.429") : sayFailure(error)} sub={error.until ? <Told of={error} /> : undefined} action={t("app.home")} onAction={home} />;
  if (!to) return null;
  const name = nameOf(to.me, language.now);
  if (to.same) return <Sorry head={name} sub={t("link.same")} action={t("app.home")} onAction={home} />;
  const take = async () => {
    setBusy(true);
    try {
      await takeLink(secret);
      home();
    } catch (f) {
      setError(f as Failure);
    }
  };
  return (
    <div class="page">
      <main id="content" class="gate">
        <div class="card form">
          <div class="link-who">
            <Avatar name={name} hue={to.me.hue} />
            <Proof tag={to.me.tag} />
          </div>
          <h1>{t("link.head", { name })}</h1>
          <p class="gate-say">{t("link.sub")}</p>
          {me.now.id && <p class="gate-say">{t("link.instead", { name: nameOf(me.now, language.now) })}</p>}
          <button ref={button} class="button primary wide" type="button" disabled={busy || left > 0} onClick={() => void take()}>
            {t("link.do")}
          </button>
          <button class="link" type="button" onClick={() => route.go({ view: "lobby" })}>
            {t("app.cancel")}
          </button>
        </div>
      </main>
    </div>
  );
}
