// A choice of spans of time: how long a room lasts, how long its messages do.

import { t } from "./i18n";
import type { Key } from "./texts";

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
