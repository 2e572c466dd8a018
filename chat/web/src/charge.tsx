// The sheets of those in charge and of reporting: banning somebody, what was reported, who is banned;
// and whom one has hidden.

import { useEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import type { Failure } from "./failure";
import { Field } from "./field";
import { language, sayFailure, t } from "./i18n";
import { fullName, nameOf } from "./names";
import { Proof } from "./proof";
import { moment } from "./time";
import type { Person } from "./topic";
import type { Visit } from "./visit";
import type { Banned, Chat, Named, Reported } from "./wire";

const times = ["hour", "day", "good"] as const;

interface AskProps {
  title: string;
  text: string;
  yes: string;
  run(reason: string): Promise<unknown>;
  onClose(): void;
  children?: preact.ComponentChildren;
}

// A sheet with a reason, which needn't be given.
function WithReason({ title, text, yes, run, onClose, children }: AskProps) {
  const reason = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [failure, fail] = useState<Failure | null>(null);
  const send = async (e: Event) => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await run(reason.current!.value.trim());
      onClose();
    } catch (e) {
      fail(e as Failure);
      setBusy(false);
    }
  };
  const inField = failure?.field === "reason";
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={send} noValidate>
        <p class="sure">{text}</p>
        {children}
        <Field label={t("charge.reason")} note={t("create.optional")} error={inField && failure ? sayFailure(failure) : undefined}>
          {(a) => <input ref={reason} class="input" autoComplete="off" {...a} />}
        </Field>
        <p class="error" role="alert">
          {failure && !inField && sayFailure(failure)}
        </p>
        <div class="choices">
          <button class="button" type="button" onClick={onClose}>
            {t("app.cancel")}
          </button>
          <button class="button danger" type="submit" disabled={busy}>
            {yes}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function BanSheet({ visit, person, onClose }: { visit: Visit; person: Person; onClose(): void }) {
  const [time, setTime] = useState<(typeof times)[number]>("hour");
  const address = useRef<HTMLInputElement>(null);
  const here = visit.members.some((m) => m.user === person.user);
  const name = nameOf(person, language.now);
  const labels = { hour: t("charge.ban.hour"), day: t("charge.ban.day"), good: t("charge.ban.good") };
  return (
    <WithReason
      title={t("act.ban")}
      text={t("charge.ban.text", { name })}
      yes={t("act.ban.yes")}
      onClose={onClose}
      run={(reason) => visit.act("ban", { user: person.user, for: time, address: address.current?.checked ?? false, reason })}
    >
      <fieldset class="radios">
        <legend>{t("charge.ban.for")}</legend>
        {times.map((value, i) => (
          <label key={value} class="radio">
            <input type="radio" name="for" value={value} checked={value === time} data-first={i === 0 || undefined} onChange={() => setTime(value)} />
            <span>{labels[value]}</span>
          </label>
        ))}
      </fieldset>
      {here && (
        <label class="switch">
          <span>
            <b>{t("charge.ban.address")}</b>
            <small>{t("charge.ban.address.hint")}</small>
          </span>
          <input ref={address} type="checkbox" role="switch" />
        </label>
      )}
    </WithReason>
  );
}

export function ReportSheet({ visit, person, chat, onClose }: { visit: Visit; person: Person; chat?: Chat; onClose(): void }) {
  const name = nameOf(person, language.now);
  return (
    <WithReason
      title={t("act.report")}
      text={t(chat ? "charge.report.message" : "charge.report.person", { name })}
      yes={t("act.report")}
      onClose={onClose}
      run={async (reason) => {
        await visit.act("report", chat ? { seq: chat.seq, reason } : { user: person.user, reason });
        visit.show({ level: "info", message: t("charge.reported") });
      }}
    />
  );
}

// Somebody in a list, with the tag that tells that one from others of the name.
function Called({ who }: { who: Named }) {
  return (
    <b>
      <span dir="auto">{nameOf(who, language.now)}</span> <Proof tag={who.tag} />
    </b>
  );
}

/** What was reported and who is banned, for those in charge. */
export function ChargeSheet({ visit, onClose }: { visit: Visit; onClose(): void }) {
  const [bans, setBans] = useState<Banned[] | null>(null);
  const [error, setError] = useState("");
  const failed = (e: Failure) => setError(sayFailure(e));
  useEffect(() => {
    void visit.reports.read();
    visit.act<{ bans: Banned[] }>("bans", {}).then(({ bans }) => setBans(bans), failed);
  }, []);
  const lift = ({ member }: Banned) => visit.act("unban", { user: member.user }).then(() => setBans((all) => all!.filter((b) => b.member.user !== member.user)), failed);
  const dismiss = (r: Reported) => visit.act("dismiss", { user: r.about.user, seq: r.message?.seq ?? 0 }).then(() => visit.reports.read(), failed);
  const reports = visit.reports.list;
  return (
    <Dialog title={t("charge.open")} onClose={onClose}>
      <p class="error" role="alert">
        {error}
      </p>
      <h3 class="list-head">{t("charge.reports")}</h3>
      {reports?.length === 0 && <p class="list-none">{t("charge.reports.none")}</p>}
      <ul class="list">
        {reports?.map((r) => (
          <li key={`${r.about.user}/${r.message?.seq ?? 0}`} class="list-row">
            <span class="list-text">
              <Called who={r.about} />
              {r.message && <q>{r.message.kind === "media" ? t("charge.reports.picture") : (r.message.chat ?? "").slice(0, 200)}</q>}
              <small>{[t("charge.reports.by", { n: r.count }), ...r.reasons].join(" · ")}</small>
            </span>
            <button class="link" type="button" onClick={() => void dismiss(r)}>
              {t("charge.reports.done")}
            </button>
          </li>
        ))}
      </ul>
      <h3 class="list-head">{t("charge.bans")}</h3>
      {bans?.length === 0 && <p class="list-none">{t("charge.bans.none")}</p>}
      <ul class="list">
        {bans?.map((b) => (
          <li key={b.member.user} class="list-row">
            <span class="list-text">
              <Called who={b.member} />
              <small>
                {[
                  b.until ? t("charge.bans.until", { when: moment(b.until, Date.now(), language.now) }) : t("charge.ban.good"),
                  b.by && t("charge.bans.by", { name: fullName(b.by, language.now) }),
                  b.address && t("charge.bans.address"),
                  b.reason,
                ]
                  .filter(Boolean)
                  .join(" · ")}
              </small>
            </span>
            <button class="link" type="button" onClick={() => void lift(b)}>
              {t("charge.bans.lift")}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** Whom one has hidden. */
export function HiddenSheet({ visit, onClose }: { visit: Visit; onClose(): void }) {
  const { people } = visit.hidden;
  return (
    <Dialog title={t("hide.list")} onClose={onClose}>
      <p class="sure">{t("hide.hint")}</p>
      {people.length === 0 && <p class="list-none">{t("hide.none")}</p>}
      <ul class="list">
        {people.map((p) => (
          <li key={p.user} class="list-row">
            <span class="list-text">
              <Called who={visit.members.find((m) => m.user === p.user) ?? p} />
            </span>
            <button class="link" type="button" onClick={() => visit.hidden.show(p.user)}>
              {t("hide.show")}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
