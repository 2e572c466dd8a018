// How I am called: the chip that shows it, and the sheet that changes it.

import { useEffect, useRef, useState } from "preact/hooks";
import { Avatar } from "./avatar";
import { Dialog } from "./dialog";
import { Field } from "./field";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { excess, generated, length, nameOf } from "./names";
import { data, me } from "./page";
import { Proof } from "./proof";
import { visible } from "./sight";
import { Told, useLeft } from "./told";
import { useWatched } from "./watch";
import type { Failure } from "./wire";

const pause = 300;

export function Chip({ short }: { short?: boolean }) {
  useWatched(me, language);
  const [open, setOpen] = useState(false);
  if (!me.now.id) return null;
  const name = nameOf(me.now, language.now);
  const label = t("me.open", { name });
  return (
    <>
      <button class={short ? "me short" : "me"} type="button" aria-label={label} title={label} onClick={() => setOpen(true)}>
        <Avatar name={name} hue={me.now.hue} />
        {!short && <span class="me-name">{name}</span>}
      </button>
      {open && <MeSheet onClose={() => setOpen(false)} />}
    </>
  );
}

export function MeSheet({ onClose }: { onClose(): void }) {
  useWatched(me, language);
  return (
    <Dialog title={t("me.head")} onClose={onClose}>
      <Name onDone={onClose} />
    </Dialog>
  );
}

function Name({ onDone }: { onDone(): void }) {
  const input = useRef<HTMLInputElement>(null);
  const limit = data.limits.nickname;
  const [error, setError] = useState<Failure | string | null>(null);
  const [free, setFree] = useState(false);
  const [busy, setBusy] = useState(false);
  const check = useRef({ timer: 0, turn: 0, composing: false }).current;
  const own = me.chosen ? nameOf(me.now, language.now) : "";
  const waits = useLeft(typeof error === "object" ? (error?.until ?? 0) : 0) > 0;
  const first = generated(me.now.generated ?? -1, language.now);

  const typed = () => {
    const name = input.current!.value.trim();
    const turn = ++check.turn;
    clearTimeout(check.timer);
    setFree(false);
    // Until it is left, a refusal for the time is no question of the name.
    if (waits) return;
    const over = excess(name, limit);
    setError(over > 0 ? t("me.long", { n: over }) : null);
    if (check.composing || over > 0 || !visible(name) || name === own) return;
    check.timer = window.setTimeout(() => {
      me.check(name).then(
        () => turn === check.turn && setFree(true),
        (f: Failure) => turn === check.turn && (f.field || f.limit) && setError(f),
      );
    }, pause);
  };
  const change = async (name: string) => {
    clearTimeout(check.timer);
    check.turn++;
    setBusy(true);
    setFree(false);
    try {
      await me.rename(name);
      onDone();
    } catch (f) {
      setError(f as Failure);
      setBusy(false);
      input.current?.focus();
    }
  };
  useEffect(() => {
    const el = input.current!;
    el.select();
    el.addEventListener("compositionstart", () => (check.composing = true));
    return () => clearTimeout(check.timer);
  }, []);
  const hear = useRef(typed);
  hear.current = typed;
  useEffect(() => {
    input.current!.addEventListener("compositionend", () => {
      check.composing = false;
      hear.current();
    });
  }, []);

  const submit = (e: Event) => {
    e.preventDefault();
    const name = input.current!.value.trim();
    if (busy || waits || check.composing) return;
    if (name === own) return onDone();
    if (!visible(name) || length(name) > limit) return input.current!.focus();
    void change(name);
  };
  return (
    <form class="form" onSubmit={submit} noValidate>
      <Field
        label={t("me.nick")}
        hint={free ? t("me.free") : t("me.hint", { n: limit })}
        error={error && (typeof error === "string" ? error : <Told of={error} />)}
      >
        {(a) => (
          <div class="with-button">
            <input
              ref={input}
              class="input large"
              defaultValue={own}
              placeholder={nameOf(me.now, language.now)}
              dir="auto"
              autoComplete="off"
              enterkeyhint="done"
              spellcheck={false}
              data-first
              onInput={typed}
              {...a}
            />
            <button class="button primary" type="submit" disabled={busy || waits}>
              {t("me.save")}
            </button>
          </div>
        )}
      </Field>
      {me.now.tag && (
        <p>
          <Proof tag={me.now.tag} />
        </p>
      )}
      {me.chosen && first && (
        <button class="link" type="button" disabled={busy || waits} onClick={() => void change("")}>
          <Icon name="back" small />
          {t("me.back", { name: first })}
        </button>
      )}
    </form>
  );
}
