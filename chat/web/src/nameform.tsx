// Choosing a name, with a live check whether it is to be had.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "./failure";
import { Field } from "./field";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { excess, generated, length, nameOf } from "./names";
import { data, me } from "./page";
import { visible } from "./sight";
import { Told, useLeft } from "./told";

const pause = 300;

export function NameForm({ onDone }: { onDone(): void }) {
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
      {me.chosen && first && (
        <button class="link" type="button" disabled={busy || waits} onClick={() => void change("")}>
          <Icon name="back" small />
          {t("me.back", { name: first })}
        </button>
      )}
    </form>
  );
}
