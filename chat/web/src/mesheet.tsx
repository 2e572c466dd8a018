// How I am called: the chip that shows it, and the sheet that changes it.

import { useState } from "preact/hooks";
import { Avatar } from "./avatar";
import { DevicesSheet } from "./devices";
import { Dialog } from "./dialog";
import { ForgetSheet } from "./forget";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { NameForm } from "./nameform";
import { nameOf } from "./names";
import { me } from "./page";
import { Proof } from "./proof";
import { TagSheet } from "./tagsheet";
import { useWatched } from "./watch";

export function Chip({ short }: { short?: boolean }) {
  useWatched(me, language);
  const [open, setOpen] = useState(false);
  if (!me.now.id) return null;
  const name = nameOf(me.now, language.now);
  const label = t("me.open", { name });
  return (
    <>
      <button class={short ? "me short" : "me"} type="button" aria-label={label} title={label} onClick={() => setOpen(true)}>
        <Avatar name={name} hue={me.now.hue} />
        {!short && <span class="me-name">{name}</span>}
        {!short && <Proof tag={me.now.tag} />}
      </button>
      {open && <MeSheet onClose={() => setOpen(false)} />}
    </>
  );
}

/** The sheet that changes it. */
export function MeSheet({ onClose }: { onClose(): void }) {
  useWatched(me, language);
  const [inner, show] = useState<"tag" | "devices" | "forget" | null>(null);
  const back = () => show(null);
  return (
    <Dialog title={t("me.head")} onClose={onClose}>
      <NameForm onDone={onClose} />
      <div class="me-more">
        <button class="link" type="button" onClick={() => show("tag")}>
          <Icon name="check" small />
          {t("me.tag.head")}
          <Proof tag={me.now.tag} />
        </button>
        <button class="link" type="button" onClick={() => show("devices")}>
          <Icon name="device" small />
          {t("me.devices")}
        </button>
        <button class="link danger" type="button" onClick={() => show("forget")}>
          {t("me.forget")}
        </button>
      </div>
      {inner === "tag" && <TagSheet onClose={back} />}
      {inner === "devices" && <DevicesSheet onClose={back} />}
      {inner === "forget" && <ForgetSheet onClose={back} />}
    </Dialog>
  );
}
