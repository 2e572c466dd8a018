// What stands where there are no messages, or not yet.

import { passing } from "./ending";
import type { Failure } from "./failure";
import { t } from "./i18n";
import { ShareCard } from "./share";
import { Told } from "./told";
import type { Visit } from "./visit";
import type { Room } from "./wire";

/** Nobody else is here. */
export const aloneText = ({ room }: Visit) => t("room.alone") + (room && passing(room) ? ` ${t("room.alone.passing")}` : "");

/** Nothing has been said, or nothing of it is left. */
export function Silent({ alone, gone, room }: { alone: string; gone: boolean; room: Room }) {
  return (
    <div class="silent">
      <div class="yard" aria-hidden="true">
        <i />
        <i />
        <i />
      </div>
      <p class="silent-say">{t(gone ? "room.forgotten" : "room.empty")}</p>
      {alone && <p class="silent-sub">{alone}</p>}
      {alone && <ShareCard room={room} />}
    </div>
  );
}

/** Older messages are on their way. */
export function Loading({ failure }: { failure: Failure | null }) {
  return (
    <p class="older" role="status">
      <i class="pulse" aria-hidden="true" />
      <span>{failure?.until ? <Told of={failure} /> : t("log.older")}</span>
    </p>
  );
}

/** One isn't in yet. Without a connection the banner tells why it takes so long. */
export function Entering({ failure }: { failure: Failure | null }) {
  if (failure && failure.code !== "OFFLINE") {
    return (
      <div class="silent" role="status">
        <div class="yard busy" aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
        <p class="silent-say">{failure.code === "TIMEOUT" ? t("room.slow") : <Told of={failure} />}</p>
      </div>
    );
  }
  return (
    <div class="skeleton talk-skeleton" role="status">
      <span class="sr">{t("room.entering")}</span>
      <i />
      <i />
      <i />
    </div>
  );
}
