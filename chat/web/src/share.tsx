// The address of the room, to be sent to others.

import { useState } from "preact/hooks";
import { copyText } from "./browser";
import { t } from "./i18n";
import { Icon } from "./icons";

function useCopied(): [boolean, () => void] {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(location.href))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return [copied, () => void copy()];
}

export function Share() {
  const [copied, copy] = useCopied();
  const label = t(copied ? "room.shared" : "room.share");
  return (
    <button class={copied ? "tool done" : "tool"} type="button" aria-label={label} title={label} onClick={copy}>
      <Icon name={copied ? "check" : "link"} />
    </button>
  );
}

export function ShareCard() {
  const [copied, copy] = useCopied();
  return (
    <div class="share">
      <code class="share-url">{location.host + location.pathname}</code>
      <button class="button" type="button" onClick={copy}>
        <Icon name={copied ? "check" : "link"} small />
        <span role="status">{t(copied ? "room.shared" : "room.share")}</span>
      </button>
    </div>
  );
}
