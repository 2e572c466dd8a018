// The door of a room with a password.

import { useEffect, useRef, useState } from "preact/hooks";
import { postEnter } from "./api";
import type { Failure } from "./failure";
import { Field, Password } from "./field";
import { t } from "./i18n";
import { Icon } from "./icons";
import { pathOf, route } from "./page";
import { prove } from "./prove";
import { Told, useLeft } from "./told";
import { Top } from "./top";
import type { Room } from "./wire";

export function Gate({ id, room }: { id: string; room: Room | null }) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  const left = useLeft(error?.until ?? 0);
  useEffect(() => {
    document.title = room?.title ?? t("app.name");
    input.current?.focus();
  }, []);

  // Where many come, a newcomer works first.
  const enterWith = (password: string) =>
    postEnter(id, password).catch(async (e: Failure) => {
      if (!e.proof) throw e;
      setError(e);
      const proof = await prove(e.proof);
      setError(null);
      if (!proof) throw e;
      return postEnter(id, password, proof);
    });
  const enter = async (e: Event) => {
    e.preventDefault();
    if (busy || left) return;
    const password = input.current!.value;
    if (!password) return input.current!.focus();
    setBusy(true);
    try {
      const { url } = await enterWith(password);
      // The server reads the grant from the cookies of a new connection, so the page starts anew.
      location.replace(url);
    } catch (e) {
      const f = e as Failure;
      // The password was right, and the server gave the grant with this answer: the room waits for
      // a seat.
      if (f.code === "ROOM_FULL") return location.replace(pathOf(room ?? { _id: id }));
      setBusy(false);
      setError(f);
      input.current!.focus();
      input.current!.select();
    }
  };

  return (
    <div class="page">
      <Top />
      <main id="content" class="gate">
        <form class="card form" onSubmit={enter}>
          <div class="gate-lock" aria-hidden="true">
            <Icon name="lock" />
          </div>
          <h1>{room?.title ?? t("room.locked")}</h1>
          <p class="gate-say">{t("gate.title")}</p>
          <Field label={t("create.password")} error={error && <Told of={error} />}>
            {(a) => <Password input={input} autoComplete="current-password" attributes={{ ...a, "data-skip": true }} />}
          </Field>
          <button class="button primary wide" type="submit" disabled={busy || left > 0}>
            {t("gate.submit")}
          </button>
          <button class="link" type="button" onClick={() => route.go({ view: "lobby" })}>
            {t("app.home")}
          </button>
        </form>
      </main>
    </div>
  );
}
