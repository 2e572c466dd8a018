// Being forgotten: by this browser, or altogether.

import { useEffect, useState } from "preact/hooks";
import { getDevices, postForget } from "./api";
import { Dialog } from "./dialog";
import type { Failure } from "./failure";
import { t } from "./i18n";
import { gone } from "./leaving";
import { Told } from "./told";

export function ForgetSheet({ onClose }: { onClose(): void }) {
  const [all, setAll] = useState(false);
  const [last, setLast] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure | null>(null);
  useEffect(() => {
    getDevices().then((devices) => setLast(devices.length < 2), () => {});
  }, []);
  const forget = async () => {
    setBusy(true);
    try {
      await postForget(all);
      await gone();
    } catch (f) {
      setError(f as Failure);
      setBusy(false);
    }
  };
  const choice = (value: boolean, head: string, sub: string) => (
    <label class="choice">
      <input type="radio" name="forget" checked={all === value} onChange={() => setAll(value)} />
      <span>
        <b>{head}</b>
        <small>{sub}</small>
      </span>
    </label>
  );
  return (
    <Dialog title={t("me.forget")} onClose={onClose}>
      <div class="form" role="radiogroup" aria-label={t("me.forget")}>
        {choice(false, t("me.forget.this"), t("me.forget.this.sub") + (last ? ` ${t("me.forget.last")}` : ""))}
        {choice(true, t("me.forget.all"), t("me.forget.all.sub"))}
      </div>
      <p class="error" role="alert">
        {error && <Told of={error} />}
      </p>
      <div class="choices">
        <button class="button" type="button" data-first onClick={onClose}>
          {t("app.cancel")}
        </button>
        <button class="button danger" type="button" disabled={busy} onClick={() => void forget()}>
          {t("me.forget.do")}
        </button>
      </div>
    </Dialog>
  );
}
