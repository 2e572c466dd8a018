// A page that has one thing to say and one thing to do.

import { useEffect, useRef } from "preact/hooks";
import { Top } from "./top";

interface Props {
  head: string;
  sub?: string;
  code?: number;
  action: string;
  onAction(): void;
  busy?: boolean;
}

export function Sorry({ head, sub, code, action, onAction, busy }: Props) {
  const title = useRef<HTMLHeadingElement>(null);
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
        {sub && <p class="sorry-sub">{sub}</p>}
        <button class="button primary" type="button" onClick={onAction}>
          {action}
        </button>
      </main>
    </div>
  );
}
