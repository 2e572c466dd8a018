// The tag: what a passphrase proves about who I am.

import { useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import type { Failure } from "./failure";
import { Field, Password } from "./field";
import { t } from "./i18n";
import { length } from "./names";
import { data, me } from "./page";
import { Proof } from "./proof";
import { Told, useLeft } from "./told";
import { useWatched } from "./watch";

export function TagSheet({ onClose }: { onClose(): void }) {
  useWatched(me);
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | string | null>(null);
  const left = useLeft(typeof error === "object" ? (error?.until ?? 0) : 0);
  const [min, max] = data.limits.password;
  const set = async (word: string) => {
    setBusy(true);
    try {
      await me.prove(word);
      onClose();
    } catch (f) {
      setError(f as Failure);
      setBusy(false);
      input.current?.focus();
    }
  };
  const submit = (e: Event) => {
    e.preventDefault();
    if (busy || left) return;
    const word = input.current!.value;
    if (length(word) >= min && length(word) <= max) return void set(word);
    setError(t("create.password.bad", { min, max }));
    input.current!.focus();
  };
  const { tag } = me.now;
  return (
    <Dialog title={t("me.tag.head")} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        <p>
          {tag && <Proof tag={tag} />} {t(tag ? "me.tag.is" : "me.tag.none")}
        </p>
        <Field label={t("me.tag.word")} hint={t("me.tag.hint", { min, max })} error={error && (typeof error === "string" ? error : <Told of={error} />)}>
          {(a) => <Password input={input} autoComplete="off" attributes={{ ...a, "data-first": true }} />}
        </Field>
        <button class="button primary wide" type="submit" disabled={busy || left > 0}>
          {t(tag ? "me.tag.change" : "me.tag.set")}
        </button>
        {tag && (
          <button class="link danger" type="button" disabled={busy} onClick={() => void set("")}>
            {t("me.tag.drop")}
          </button>
        )}
      </form>
    </Dialog>
  );
}
