// What the connection is up to: nothing for two seconds, then one slim line; at once when the server
// has said that it restarts.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "./failure";
import { sayFailure, t } from "./i18n";
import { Icon } from "./icons";
import { net } from "./page";
import { Told } from "./told";
import { useWatched } from "./watch";

const quiet = 2000;
/** A line that says what was missed is read for this long. */
const told = 4000;
const long = 60_000;

export function Banner() {
  useWatched(net);
  const { downSince, known, refused, turned, restarting, missed, returns } = net;
  const now = useNow(downSince ? [downSince + quiet, downSince + long] : []);
  const slow = downSince > 0 && now >= downSince + quiet;
  const shown = slow || restarting;
  const [back, say] = useBack();
  useEffect(() => {
    if (!shown) return;
    // Runs when the line that was shown goes away.
    return () => {
      if (net.downSince || !known) return;
      say(quiet);
    };
  }, [shown, known]);
  // What was missed is known a moment later, and told in the same line.
  useEffect(() => {
    if (missed) say(told);
  }, [returns]);

  return (
    <div class="banner-place" role="status">
      {refused ? (
        <p class="banner bad">
          <Icon name="alert" small />
          <span>{refused.code === "BANNED" ? sayFailure(refused) : t("conn.refused")}</span>
          <button class="link" type="button" onClick={() => location.reload()}>
            {t("app.reload")}
          </button>
        </p>
      ) : turned ? (
        <Turned failure={turned} />
      ) : shown ? (
        <p class="banner">
          <i class="pulse" aria-hidden="true" />
          <span>
            {t(restarting ? "conn.restart" : known ? "conn.lost" : "conn.first")} {slow && now >= downSince + long && t("conn.kept")}
          </span>
          {slow && (
            <button class="link" type="button" onClick={() => net.now()}>
              {t("conn.now")}
            </button>
          )}
        </p>
      ) : (
        back && (
          <p class="banner good">
            <Icon name="check" small />
            <span>{missed < 0 ? t("conn.reset") : missed ? t("conn.back", { n: missed }) : t("conn.ok")}</span>
          </p>
        )
      )}
    </div>
  );
}

// Whether the line of the return is shown, and what shows it for a while.
function useBack(): [boolean, (ms: number) => void] {
  const [back, setBack] = useState(false);
  const timer = useRef(0);
  const say = (ms: number) => {
    clearTimeout(timer.current);
    setBack(true);
    timer.current = window.setTimeout(() => setBack(false), ms);
  };
  return [back, say];
}

// The server said no for now: why, and until when.
function Turned({ failure }: { failure: Failure }) {
  return (
    <p class={failure.code === "LOCKED_OUT" ? "banner told bad" : "banner told"}>
      <Icon name="alert" small />
      <span>
        <Told of={failure} />
      </span>
      {!failure.until && (
        <button class="link" type="button" onClick={() => net.now()}>
          {t("conn.now")}
        </button>
      )}
    </p>
  );
}

/** The time, rendered again when it passes one of the given moments. */
function useNow(moments: number[]): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timers = moments.map((at) => setTimeout(() => setNow(Date.now()), Math.max(0, at - Date.now() + 20)));
    return () => timers.forEach(clearTimeout);
  }, [moments.join()]);
  return Math.max(now, Date.now());
}
