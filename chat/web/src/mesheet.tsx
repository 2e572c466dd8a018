// What I am to others, and how to change it: the name, its tag, my devices.

import { useState } from "preact/hooks";
import { DevicesSheet } from "./devices";
import { Dialog } from "./dialog";
import { ForgetSheet } from "./forget";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { NameForm } from "./nameform";
import { me } from "./page";
import { Proof } from "./proof";
import { TagSheet } from "./tagsheet";
import { useWatched } from "./watch";

/** The sheet that changes it. */
export function MeSheet({ onClose }: { onClose(): void }) {
  useWatched(me, language);
  const [inner, show] = useState<"tag" | "devices" | "forget" | null>(null);
  const back = () => show(null);
  return (
    <Dialog title={t("me.head")} onClose={onClose}>
      <NameForm onDone={onClose} />
      <div class="me-more">
        <button class="menu-item" type="button" onClick={() => show("tag")}>
          <Icon name="tag" small />
          {t("me.tag.head")}
          <Proof tag={me.now.tag} />
        </button>
        <button class="menu-item" type="button" onClick={() => show("devices")}>
          <Icon name="device" small />
          {t("me.devices")}
        </button>
        <button class="menu-item danger" type="button" onClick={() => show("forget")}>
          <Icon name="trash" small />
          {t("me.forget")}
        </button>
      </div>
      {inner === "tag" && <TagSheet onClose={back} />}
      {inner === "devices" && <DevicesSheet onClose={back} />}
      {inner === "forget" && <ForgetSheet onClose={back} />}
    </Dialog>
  );
}
