// The tag behind a name. It is an element of its own, so no name can look like it.

import { t } from "./i18n";

export function Proof({ tag }: { tag: string | undefined }) {
  if (!tag) return null;
  const label = t("me.tag", { tag });
  return (
    <span class="proof" title={label}>
      <span class="sr">{label}</span>
      <span aria-hidden="true">{tag}</span>
    </span>
  );
}
