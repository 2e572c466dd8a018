// A sheet over the page: the browser's own modal dialog, which keeps the focus inside, closes with
// Esc and gives the focus back.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "./i18n";
import { Icon } from "./icons";

interface Props {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  kind?: string;
}

export function Dialog({ title, onClose, children, kind = "" }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = box.current!;
    d.showModal();
    d.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => d.close();
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
