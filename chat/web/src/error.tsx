// The page that the server sends instead of the one that was asked for.

import { useEffect, useState } from "preact/hooks";
import { Failure } from "./failure";
import { sayFailure, t } from "./i18n";
import { data } from "./page";
import { Sorry } from "./sorry";
import type { Key } from "./texts";
import { Told } from "./told";

/** What passes by itself, and after how long it is worth another try when the server doesn't say. */
const passing: Record<number, number> = { 429: 10_000, 503: 10_000, 507: 60_000 };

const heads: Record<number, Key> = { 403: "page.403", 404: "page.404", 410: "err.CLOSED", 429: "page.429", 503: "page.503", 507: "page.503" };
const subs: Record<number, Key> = { 404: "room.missing.sub", 410: "room.closed.sub" };

const home = () => location.assign("/");
// Not reload: that would send a form once more.
const again = () => location.replace(location.pathname + location.search);

export function ErrorPage() {
  const { error } = data;
  const status = error?.status ?? 0;
  const wait = passing[status];
  const [failure] = useState(() => new Failure({ retryAfterMs: wait, code: "INTERNAL", ...error }));
  useEffect(() => {
    if (!wait) return;
    const timer = setTimeout(again, Math.max(2000, failure.retryAfterMs) + 1000 * Math.random());
    return () => clearTimeout(timer);
  }, []);

  if (error?.code === "BANNED") return <Sorry head={sayFailure(failure)} code={status} action={t("app.reload")} onAction={again} />;
  const head = t(heads[status] ?? "page.error");
  if (wait) {
    const sub = failure.limit ? (
      <>
        <Told of={failure} /> {t("page.then")}
      </>
    ) : (
      <Told of={failure} as="page.soon" />
    );
    return <Sorry head={head} sub={sub} code={status} action={t("page.now")} onAction={again} onHome={home} busy />;
  }
  if (status >= 500 || !status) {
    const sub = error?.ref ? t("page.500", { id: error.ref }) : t("page.500.sub");
    return <Sorry head={head} sub={sub} code={status || undefined} action={t("app.reload")} onAction={again} onHome={home} />;
  }
  const sub = subs[status];
  return <Sorry head={head} sub={sub ? t(sub) : sayFailure(failure)} code={status} action={t("app.home")} onAction={home} />;
}
