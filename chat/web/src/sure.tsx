// Asks before what can't be undone, and says when it didn't work.

import { useState } from "preact/hooks";
import { Dialog } from "./dialog";
import type { Failure } from "./failure";
import { sayFailure, t } from "./i18n";

interface Props {
  title: string;
  text: string;
  /** What the button says. */
  yes: string;
  run(): Promise<unknown>;
  onClose(): void;
}

export function Sure({ title, text, yes, run, onClose }: Props) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const go = async () => {
    setBusy(true);
    try {
      await run();
      onClose();
    } catch (e) {
      setError(sayFailure(e as Failure));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="sure">{text}</p>
      <p class="error" role="alert">
        {error}
      </p>
      <div class="choices">
        <button class="button" type="button" data-first onClick={onClose}>
          {t("app.cancel")}
        </button>
        <button class="button danger" type="button" disabled={busy} onClick={() => void go()}>
          {yes}
        </button>
      </div>
    </Dialog>
  );
}
