// The door of a room: that nobody new gets in, and the question whether to lock it.

import { useEffect, useState } from "preact/hooks";
import { t } from "./i18n";
import { Icon } from "./icons";
import type { Visit } from "./visit";

/** A crowd is told of for this long. */
const long = 60_000;

export function Door({ visit }: { visit: Visit }) {
  const [busy, setBusy] = useState(false);
  if (visit.stage === "closed" || !visit.room?.doorLocked) return null;
  const unlock = () => {
    setBusy(true);
    void visit.crowd.lock(false).finally(() => setBusy(false));
  };
  return (
    <div class="door">
      <p class="door-say">
        <Icon name="door" small />
        <span>{t("door.hint.locked")}</span>
      </p>
      {(visit.owns || visit.me?.role) && (
        <button class="button" type="button" disabled={busy} onClick={unlock}>
          {t("door.open")}
        </button>
      )}
    </div>
  );
}

/** Many are coming in. */
export function Crowd({ visit }: { visit: Visit }) {
  const crowd = visit.crowd.count;
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    if (!crowd) return;
    const timer = setTimeout(() => visit.crowd.tell(0), long);
    return () => clearTimeout(timer);
  }, [crowd]);
  const lock = () => {
    setBusy(true);
    void visit.crowd.lock(true).finally(() => setBusy(false));
  };
  return (
    <div role="status">
      {crowd > 0 && (
        <div class="bar crowd">
          <span>{t("door.crowd", { n: crowd })}</span>
          <button class="button" type="button" disabled={busy} onClick={lock}>
            {t("door.lock")}
          </button>
          <button class="tool" type="button" aria-label={t("app.close")} onClick={() => visit.crowd.tell(0)}>
            <Icon name="close" small />
          </button>
        </div>
      )}
    </div>
  );
}
