// The seconds in which the owner may take back that a room closes.

import { useState } from "preact/hooks";
import { patchRoom } from "./api";
import type { Failure } from "./failure";
import { language, sayFailure, t } from "./i18n";
import { till } from "./time";
import { useLeft } from "./told";
import type { Visit } from "./visit";

/** What is more than this is a clock that goes wrong. */
const longest = 60;

export function ClosingLine({ visit }: { visit: Visit }) {
  const at = visit.room?.closing ?? 0;
  const left = useLeft(at);
  const [failure, fail] = useState<Failure | null>(null);
  if (!at || visit.stage === "closed") return null;
  const undo = async () => {
    fail(null);
    try {
      visit.take((await patchRoom(visit.id, { closing: false })).room);
    } catch (e) {
      fail(e as Failure);
    }
  };
  const s = till(left > 0 && left <= longest ? at : 0, Date.now(), language.now);
  return (
    <div class="bar">
      <p>
        <span class="sr" role="alert">
          {t(visit.owns ? "closing.mine" : "closing.theirs", { s: "" })}
        </span>
        <span aria-hidden="true">{failure ? sayFailure(failure) : t(visit.owns ? "closing.mine" : "closing.theirs", { s })}</span>
      </p>
      {visit.owns && (
        <button class="button" type="button" onClick={() => void undo()}>
          {t("closing.undo")}
        </button>
      )}
    </div>
  );
}
