// The address of the room, to be sent to others.

import { useState } from "preact/hooks";
import { copyText } from "./browser";
import { t } from "./i18n";
import { Icon } from "./icons";
import { pathOf } from "./page";

type Addressed = { _id?: string; slug?: string };

/** A room's address, as it is copied and as it is read. */
export function addressOf(room: Addressed): { href: string; shown: string } {
  const path = pathOf(room);
  return { href: location.origin + path, shown: location.host + decodeURIComponent(path) };
}

function useCopied(href: string): [boolean, () => void] {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(href))) return;
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return [copied, () => void copy()];
}

export function Share({ room }: { room: Addressed }) {
  const [copied, copy] = useCopied(addressOf(room).href);
  const label = t(copied ? "room.shared" : "room.share");
  return (
    <button class={copied ? "tool done" : "tool"} type="button" aria-label={label} title={label} onClick={copy}>
      <Icon name={copied ? "check" : "link"} />
    </button>
  );
}

export function ShareCard({ room }: { room: Addressed }) {
  const { href, shown } = addressOf(room);
  const [copied, copy] = useCopied(href);
  return (
    <div class="share">
      <code class="share-url">{shown}</code>
      <button class="button" type="button" onClick={copy}>
        <Icon name={copied ? "check" : "link"} small />
        <span role="status">{t(copied ? "room.shared" : "room.share")}</span>
      </button>
    </div>
  );
}
