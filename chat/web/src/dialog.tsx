// A sheet over the page: the browser's own modal dialog, which keeps the focus inside, closes with
// Esc and gives the focus back. Back closes it too.

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "./i18n";
import { Icon } from "./icons";
import { sheets } from "./page";

interface Props {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  kind?: string;
}

export function Dialog({ title, onClose, children, kind = "" }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  // Before the browser paints, and closed while it is still in the document: else the focus would
  // be lost.
  useLayoutEffect(() => {
    const d = box.current!;
    d.showModal();
    d.querySelector<HTMLElement>("[data-first]")?.focus();
    const gone = sheets.add(() => close.current());
    return () => {
      d.close();
      gone();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class={`sheet ${kind}`}
      aria-label={title}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      onClick={(e) => e.target === box.current && onClose()}
    >
      <div class="sheet-body">
        <header class="sheet-head">
          <h2>{title}</h2>
          <button class="tool" type="button" aria-label={t("app.close")} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
