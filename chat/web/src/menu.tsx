// A menu over the page: on a wide screen beside what opened it, on a phone at the lower edge. It is a
// modal dialog, so that it stands over sheets too, closes with Esc and Back, and gives the focus back.

import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "./i18n";
import { Icon, type IconName } from "./icons";
import { sheets } from "./page";

export interface Item {
  label: string;
  icon: IconName;
  danger?: boolean;
  act(): void;
}

interface Props {
  label: string;
  /** What the menu is about, in a line over it. */
  head?: string;
  /** What opened it; it stands beside that. */
  at: Element;
  items: Item[];
  onClose(): void;
}

export function Menu({ label, head, at, items, onClose }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  // The finger that opened it by a long press goes up over it, and would choose what lies there.
  const pressed = useRef(false);
  const lifted = (e: MouseEvent) => {
    if (pressed.current || !e.detail) return;
    e.preventDefault();
    e.stopPropagation();
  };
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const d = box.current!;
    d.showModal();
    place(d, at.getBoundingClientRect());
    buttons(d)[0]?.focus();
    const gone = sheets.add(() => close.current());
    const away = () => close.current();
    addEventListener("resize", away);
    return () => {
      removeEventListener("resize", away);
      d.close();
      gone();
    };
  }, []);
  const moved = (e: KeyboardEvent) => {
    const all = buttons(box.current!);
    const now = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: -1 }[e.key];
    if (e.key === "Tab") {
      e.preventDefault();
      onClose();
    } else if (to !== undefined) {
      e.preventDefault();
      all.at(to % all.length)?.focus();
    }
  };
  return (
    <dialog
      ref={box}
      class="menu"
      aria-label={label}
      onKeyDown={moved}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      onPointerDownCapture={() => (pressed.current = true)}
      onClickCapture={lifted}
      onClick={(e) => e.target === box.current && onClose()}
      onContextMenu={(e) => e.preventDefault()}
    >
      {head && <p class="menu-head">{head}</p>}
      <ul role="menu" aria-label={label}>
        {items.map((item) => (
          <li key={item.label} role="none">
            <button
              class={item.danger ? "menu-item danger" : "menu-item"}
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={() => {
                onClose();
                item.act();
              }}
            >
              <Icon name={item.icon} small />
              <span>{item.label}</span>
            </button>
          </li>
        ))}
      </ul>
      <button class="button menu-cancel" type="button" tabIndex={-1} onClick={onClose}>
        {t("app.cancel")}
      </button>
    </dialog>
  );
}

const buttons = (d: HTMLElement) => [...d.querySelectorAll<HTMLElement>("[role=menuitem]")];

// Below what opened it, or above where there is no space, and inside the window.
function place(d: HTMLElement, by: DOMRect): void {
  const { offsetWidth: w, offsetHeight: h } = d;
  const x = Math.max(8, Math.min(by.left, innerWidth - w - 8));
  const below = by.bottom + 4;
  const y = below + h + 8 <= innerHeight ? below : Math.max(8, Math.min(by.top - h - 4, innerHeight - h - 8));
  d.style.setProperty("--x", `${x}px`);
  d.style.setProperty("--y", `${y}px`);
}
