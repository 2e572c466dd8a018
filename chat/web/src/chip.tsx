// How I am called, as a button that opens more of it.

import { useState } from "preact/hooks";
import { Avatar } from "./avatar";
import { language, t } from "./i18n";
import { MeSheet } from "./later";
import { nameOf } from "./names";
import { me } from "./page";
import { Proof } from "./proof";
import { useWatched } from "./watch";

export function Chip() {
  useWatched(me, language);
  const [open, setOpen] = useState(false);
  if (!me.now.id) return null;
  const name = nameOf(me.now, language.now);
  const label = t("me.open", { name });
  return (
    <>
      <button class="me" type="button" title={label} onClick={() => setOpen(true)}>
        <span class="sr">{label}</span>
        <Avatar name={name} hue={me.now.hue} />
        <span class="me-name" aria-hidden="true">
          {name}
        </span>
        <span aria-hidden="true">
          <Proof tag={me.now.tag} />
        </span>
      </button>
      {open && <MeSheet onClose={() => setOpen(false)} />}
    </>
  );
}
