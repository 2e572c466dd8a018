// What the owner, and the moderators in part, decide about a room.

import { useRef, useState } from "preact/hooks";
import { exportPath, mayExport, patchRoom, type RoomChange } from "./api";
import { Dialog } from "./dialog";
import { endingText } from "./ending";
import type { Failure } from "./failure";
import { Field, Password } from "./field";
import { sayFailure, t } from "./i18n";
import { data } from "./page";
import { Spans } from "./spans";
import type { Key } from "./texts";
import type { Visit } from "./visit";
import { slows, type Room } from "./wire";

export function SettingsSheet({ visit, room, onClose }: { visit: Visit; room: Room; onClose(): void }) {
  const [wanted, want] = useState<RoomChange>({});
  const [busy, setBusy] = useState(false);
  const [failure, fail] = useState<Failure | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const password = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const { limits } = data;
  const life = wanted.life ?? room.life!;
  const history = wanted.history ?? room.history!;
  const { lives, histories } = data.terms;
  const shorter = histories.indexOf(history) < histories.indexOf(room.history!);

  const save = async (e: Event) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    fail(null);
    try {
      const { value } = password.current ?? { value: "" };
      const changed = await patchRoom(room._id, { ...wanted, ...(value && !open ? { password: value } : {}), ...(open ? { password: "" } : {}) });
      visit.take(changed.room);
      onClose();
    } catch (e) {
      fail(e as Failure);
      setBusy(false);
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    }
  };
  const wrong = (field: string) => (failure?.field === field ? sayFailure(failure) : undefined);

  return (
    <Dialog title={t("settings.head")} onClose={onClose}>
      <form ref={form} class="form" onSubmit={save} noValidate>
        {visit.owns && (
          <>
            <Field label={t("lobby.title.ph")} error={wrong("title")}>
              {(a) => <input class="input" value={wanted.title ?? room.title} autoComplete="off" data-first onInput={(e) => want({ ...wanted, title: e.currentTarget.value })} {...a} />}
            </Field>
            <Field label={t("create.max")} error={wrong("max")}>
              {(a) => (
                <input class="input" type="number" inputMode="numeric" min={Math.max(limits.max[0], visit.count)} max={limits.max[1]} value={wanted.max ?? room.max} onInput={(e) => want({ ...wanted, max: Math.trunc(Number(e.currentTarget.value)) })} {...a} />
              )}
            </Field>
            <Field label={t("create.password")} note={room.password ? t("settings.password.set") : t("create.optional")} hint={t("settings.password.hint")} error={wrong("password")}>
              {(a) => <Password input={password} autoComplete="new-password" attributes={a} />}
            </Field>
            {room.password && <Switch label={t("settings.password.off")} hint={t("settings.password.off.hint")} on={open} onTurn={setOpen} />}
            <Switch label={t("create.listed")} hint={t("create.listed.hint")} on={wanted.listed ?? room.listed ?? false} onTurn={(listed) => want({ ...wanted, listed })} />
        <Field label={t("settings.life")} hint={lifeHint(room, life, wanted)} error={wrong("life")}>
          {(a) => <Spans kind="life" spans={lives} now={life} onChoose={(life) => want({ ...wanted, life })} attributes={a} />}
        </Field>
        <Field label={t("settings.history")} hint={shorter ? t("settings.history.shorter") : history === "always" ? undefined : t("settings.history.hint")} error={wrong("history")}>
          {(a) => <Spans kind="history" spans={histories} now={history} onChoose={(history) => want({ ...wanted, history })} attributes={a} />}
        </Field>
          </>
        )}
        <Switch label={t("settings.quiet")} hint={t("settings.quiet.hint")} on={wanted.quiet ?? room.quiet ?? false} onTurn={(quiet) => want({ ...wanted, quiet })} />
        <Field label={t("settings.slow")} hint={t("settings.slow.hint")} error={wrong("slow")}>
          {(a) => (
            <select class="input" value={wanted.slow ?? room.slow ?? 0} onChange={(e) => want({ ...wanted, slow: Number(e.currentTarget.value) })} {...a}>
              {slows.map((n) => (
                <option key={n} value={n}>
                  {n ? t("settings.slow.n", { n }) : t("settings.slow.off")}
                </option>
              ))}
            </select>
          )}
        </Field>
        {visit.owns && <Export id={room._id} />}
        <p class="error" role="alert">
          {failure && !failure.field && sayFailure(failure)}
        </p>
        <button class="button primary wide" type="submit" disabled={busy}>
          {t("settings.save")}
        </button>
      </form>
    </Dialog>
  );
}

// The browser saves the file by itself, so what could be refused is asked before.
function Export({ id }: { id: string }) {
  const [failure, fail] = useState<Failure | null>(null);
  const take = () =>
    mayExport(id).then(
      () => (fail(null), location.assign(exportPath(id))),
      (e: Failure) => fail(e),
    );
  return (
    <Field label={t("settings.export")} hint={t("settings.export.hint")} error={failure ? sayFailure(failure) : undefined}>
      {(a) => (
        <button class="button" type="button" onClick={take} {...a}>
          {t("settings.export.do")}
        </button>
      )}
    </Field>
  );
}

function Switch({ label, hint, on, onTurn }: { label: string; hint: string; on: boolean; onTurn(on: boolean): void }) {
  return (
    <label class="switch">
      <span>
        <b>{label}</b>
        <small>{hint}</small>
      </span>
      <input type="checkbox" role="switch" checked={on} onChange={(e) => onTurn(e.currentTarget.checked)} />
    </label>
  );
}

// What happens with the life that is chosen.
function lifeHint(room: Room, life: string, wanted: RoomChange): string {
  if (room.kept) return t("settings.life.kept");
  if (life === room.life && !wanted.life && room.ends && life !== "empty") return endingText(room, Date.now());
  return t(`settings.life.${life}` as Key);
}
