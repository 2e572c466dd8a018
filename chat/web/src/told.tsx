// A failure in words, and how long it lasts.

import { useEffect, useReducer, useRef } from "preact/hooks";
import type { Failure } from "./failure";
import { language, sayFailure, t } from "./i18n";
import type { Key } from "./texts";
import { till } from "./time";

/** Its own words, or others with the time in {s}. */
export function Told({ of, as }: { of: Failure | null | undefined; as?: Key }) {
  const left = useLeft(of?.until ?? 0);
  const first = useRef({ of, lang: language.now, text: "" });
  if (!of) return null;
  const text = as ? t(as, { s: till(of.until, Date.now(), language.now) }) : sayFailure(of);
  if (!left) return <>{text}</>;
  const f = first.current;
  if (f.of !== of || f.lang !== language.now || !f.text) first.current = { of, lang: language.now, text };
  // A screen reader reads it once, and not again with every second.
  return (
    <>
      <span class="sr">{first.current.text}</span>
      <span aria-hidden="true">{text}</span>
    </>
  );
}

/** Seconds left until a moment. */
export function useLeft(until: number): number {
  const [, tick] = useReducer((n: number) => n + 1, 0);
  const ms = until - Date.now();
  useEffect(() => {
    if (ms <= 0) return;
    const timer = setTimeout(() => tick(undefined), ms % 1000 || 1000);
    return () => clearTimeout(timer);
  });
  return Math.max(0, Math.ceil(ms / 1000));
}
