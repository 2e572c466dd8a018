// Files dragged over a room may be dropped anywhere on the page.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "./i18n";
import { Icon } from "./icons";
import type { Tray } from "./tray";

const hasFiles = (e: DragEvent) => !!e.dataTransfer?.types.includes("Files");

/** Refuses the files that nobody takes: the browser would leave the page to show them. */
export function refuseDrops(page: EventTarget): void {
  const refuse = (event: Event) => {
    const e = event as DragEvent;
    if (e.defaultPrevented || !hasFiles(e)) return;
    e.preventDefault();
    e.dataTransfer!.dropEffect = "none";
  };
  page.addEventListener("dragover", refuse);
  page.addEventListener("drop", refuse);
}

export function Drop({ tray, within }: { tray: Tray; within: RefObject<HTMLElement | null> }) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const files = (e: DragEvent) => hasFiles(e) && !!within.current;
    const hover = (e: DragEvent) => {
      if (!files(e)) return;
      e.preventDefault();
      setOver(true);
    };
    // Leaving one element for another has a related target; leaving the window has none.
    const leave = (e: DragEvent) => !e.relatedTarget && setOver(false);
    const drop = (e: DragEvent) => {
      if (!files(e)) return;
      e.preventDefault();
      setOver(false);
      void tray.add([...e.dataTransfer!.files]);
      within.current!.querySelector<HTMLElement>("[data-skip]")?.focus();
    };
    document.addEventListener("dragover", hover);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", hover);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, [tray]);
  if (!over) return null;
  return (
    <div class="drop">
      <p>
        <Icon name="image" />
        {t("up.drop")}
      </p>
    </div>
  );
}
