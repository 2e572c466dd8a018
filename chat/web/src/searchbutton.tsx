// The button of the search, and the key that opens it.

import { useEffect, useState } from "preact/hooks";
import { t } from "./i18n";
import { Icon } from "./icons";
import { SearchSheet } from "./later";
import type { Visit } from "./visit";

export function Search({ visit }: { visit: Visit }) {
  const [open, show] = useState(false);
  const ready = visit.stage === "live" || visit.stage === "away";
  useEffect(() => {
    // Ctrl+F stays the browser's.
    const pressed = (e: KeyboardEvent) => {
      if (e.key !== "/" || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing(e.target) || document.querySelector("dialog[open]")) return;
      e.preventDefault();
      show(true);
    };
    if (!ready) return;
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [ready]);
  const label = t("search.head");
  return (
    <>
      <button class="tool search-button" type="button" aria-label={label} title={`${label} (/)`} aria-keyshortcuts="/" disabled={!ready} onClick={() => show(true)}>
        <Icon name="search" />
      </button>
      {open && <SearchSheet visit={visit} onClose={() => show(false)} />}
    </>
  );
}

const typing = (at: EventTarget | null) => at instanceof HTMLElement && (at.isContentEditable || at.matches("input, textarea, select"));
