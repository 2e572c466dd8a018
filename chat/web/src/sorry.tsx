// A page that has one thing to say and one thing to do.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "./i18n";
import { Top } from "./top";

interface Props {
  head: string;
  /** What is to be said of it first. */
  line?: string;
  sub?: ComponentChildren;
  code?: number;
  action: string;
  onAction(): void;
  /** For pages whose action leads elsewhere. */
  onHome?(): void;
  busy?: boolean;
}

export function Sorry({ head: said, line, sub: more, code, action, onAction, onHome, busy }: Props) {
  const title = useRef<HTMLHeadingElement>(null);
  // Of two sentences the first is the head.
  const [, head = said, sub = more] = (!more && /^(.+?[.?!]) (.+)$/.exec(said)) || [];
  useEffect(() => title.current?.focus(), []);
  return (
    <div class="page">
      <Top />
      <main id="content" class="sorry">
        <div class={busy ? "yard busy" : "yard"} aria-hidden="true">
          <i />
          <i />
          <i />
        </div>
        {code && <p class="sorry-code">{code}</p>}
        <h1 ref={title} tabIndex={-1}>
          {head}
        </h1>
        {line && <p class="sorry-line">{line}</p>}
        {sub && <p class="sorry-sub">{sub}</p>}
        <button class="button primary" type="button" onClick={onAction}>
          {action}
        </button>
        {onHome && (
          <button class="link" type="button" onClick={onHome}>
            {t("app.home")}
          </button>
        )}
      </main>
    </div>
  );
}
