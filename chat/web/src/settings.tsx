// What the owner decides about a room.

import { useRef, useState } from "preact/hooks";
import { patchRoom, type RoomChange } from "./api";
import { Dialog } from "./dialog";
import { endingText } from "./ending";
import { Field } from "./field";
import { sayFailure, t } from "./i18n";
import { Icon } from "./icons";
import { data } from "./page";
import type { Key } from "./texts";
import type { Visit } from "./visit";
import type { Failure, Room } from "./wire";

/** The button, in the header where there is space for it; text is that of the people. */
export function Settings({ visit, text }: { visit: Visit; text?: boolean }) {
  const [open, show] = useState(false);
  const { room } = visit;
  if (!visit.owns || !room || visit.stage === "closed") return null;
  return (
    <>
      <button class={text ? "link" : "tool settings-button"} type="button" aria-label={t("settings.open")} title={t("settings.open")} onClick={() => show(true)}>
        <Icon name="sliders" small={text} />
        {text && t("settings.open")}
      </button>
      {open && <SettingsSheet visit={visit} room={room} onClose={() => show(false)} />}
    </>
  );
}

function SettingsSheet({ visit, room, onClose }: { visit: Visit; room: Room; onClose(): void }) {
  const [wanted, want] = useState<RoomChange>({});
  const [busy, setBusy] = useState(false);
  const [failure, fail] = useState<Failure | null>(null);
  const form = useRef<HTMLFormElement>(null);
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
      const changed = await patchRoom(room._id, wanted);
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
        <Field label={t("settings.life")} hint={lifeHint(room, life, wanted)} error={wrong("life")}>
          {(a) => <Spans kind="life" spans={lives} now={life} onChoose={(life) => want({ ...wanted, life })} attributes={{ ...a, "data-first": true }} />}
        </Field>
        <Field label={t("settings.history")} hint={shorter ? t("settings.history.shorter") : history === "always" ? undefined : t("settings.history.hint")} error={wrong("history")}>
          {(a) => <Spans kind="history" spans={histories} now={history} onChoose={(history) => want({ ...wanted, history })} attributes={a} />}
        </Field>
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

// What happens with the life that is chosen.
function lifeHint(room: Room, life: string, wanted: RoomChange): string {
  if (room.kept) return t("settings.life.kept");
  if (life === room.life && !wanted.life && room.ends && life !== "empty") return endingText(room, Date.now());
  return t(`settings.life.${life}` as Key);
}

interface SpansProps {
  kind: "life" | "history";
  spans: string[];
  now: string;
  onChoose(span: string): void;
  attributes: object;
}

/** A choice of spans of time. */
export function Spans({ kind, spans, now, onChoose, attributes }: SpansProps) {
  return (
    <select class="input" value={now} onChange={(e) => onChoose(e.currentTarget.value)} {...attributes}>
      {spans.map((span) => (
        <option key={span} value={span}>
          {t(`${kind}.${span}` as Key)}
        </option>
      ))}
    </select>
  );
}
