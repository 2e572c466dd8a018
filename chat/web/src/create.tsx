// The sheet that opens a room, with all fields.

import { useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { Field, Password } from "./field";
import { t } from "./i18n";
import { Icon } from "./icons";
import { Mine } from "./mine";
import { tooMany, useCreate } from "./opening";
import { data } from "./page";
import { Spans } from "./spans";
import type { Key } from "./texts";
import { Told } from "./told";

export function CreateSheet({ title, slug, onClose }: { title: string; slug?: string; onClose(): void }) {
  const { limits } = data;
  const { terms } = data;
  const [max, setMax] = useState(limits.usual);
  const [life, setLife] = useState(terms.life);
  const [history, setHistory] = useState(terms.history);
  const form = useRef<HTMLFormElement>(null);
  const name = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const listed = useRef<HTMLInputElement>(null);
  const { busy, errors, post } = useCreate();
  const [min, most] = limits.password;
  const [few, many] = limits.max;

  const submit = async (e: Event) => {
    e.preventDefault();
    const wrong = await post({
      slug,
      title: name.current!.value.trim(),
      max,
      password: password.current!.value || undefined,
      listed: listed.current!.checked,
      life: life || undefined,
      history: history || undefined,
    });
    if (Object.keys(wrong).length) requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
  };
  const step = (by: number) => setMax((n) => Math.min(many, Math.max(few, (n || few) + by)));

  return (
    <Dialog title={t("create.head")} onClose={onClose}>
      <form ref={form} class="form" onSubmit={submit} noValidate>
        <Field label={t("lobby.title.ph")} error={errors.title}>
          {(a) => <input ref={name} class="input large" defaultValue={title} autoComplete="off" required data-first {...a} />}
        </Field>
        <Field label={t("create.max")} error={errors.max}>
          {(a) => (
            <div class="stepper">
              <button type="button" class="tool" aria-label={t("create.less")} disabled={max <= few} onClick={() => step(-1)}>
                <Icon name="minus" />
              </button>
              <input
                class="stepper-value"
                type="number"
                inputMode="numeric"
                min={few}
                max={many}
                value={max || ""}
                onInput={(e) => setMax(Math.trunc(Number(e.currentTarget.value)))}
                {...a}
              />
              <button type="button" class="tool" aria-label={t("create.more")} disabled={max >= many} onClick={() => step(1)}>
                <Icon name="plus" />
              </button>
            </div>
          )}
        </Field>
        <Field label={t("create.password")} note={t("create.optional")} hint={t("create.password.hint", { min, max: most })} error={errors.password}>
          {(a) => <Password input={password} autoComplete="new-password" attributes={a} />}
        </Field>
        <Field label={t("settings.life")} hint={t(`settings.life.${life}` as Key)}>
          {(a) => <Spans kind="life" spans={terms.lives} now={life} onChoose={setLife} attributes={a} />}
        </Field>
        <Field label={t("settings.history")}>
          {(a) => <Spans kind="history" spans={terms.histories} now={history} onChoose={setHistory} attributes={a} />}
        </Field>
        <label class="switch">
          <span>
            <b>{t("create.listed")}</b>
            <small>{t("create.listed.hint")}</small>
          </span>
          <input ref={listed} type="checkbox" role="switch" defaultChecked />
        </label>
        <p class="error" role="alert">
          <Told of={errors.all} />
        </p>
        {tooMany(errors.all) && <Mine />}
        <button class="button primary wide" type="submit" disabled={busy}>
          {t("lobby.create")}
        </button>
      </form>
    </Dialog>
  );
}
