// The pictures in the tray: what each is, what is said of it, and how much may still be sent.

import { useEffect, useRef, useState } from "preact/hooks";
import { getAllowance, type Allowance } from "./api";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { calm, Still } from "./moving";
import type { Picture } from "./outbox";
import { data } from "./page";
import { fit } from "./picture";
import { size, till } from "./time";
import type { Tray } from "./tray";

export function Tiles({ tray, onRemoved }: { tray: Tray; onRemoved(): void }) {
  const remove = (p: Picture) => {
    tray.remove(p);
    onRemoved();
  };
  return (
    <>
      <ul class="tiles" aria-label={t("up.tray")}>
        {tray.pictures.map((p) => (
          <Tile key={p.url} picture={p} onSay={(alt) => tray.describe(p, alt)} onRemove={() => remove(p)} onDone={onRemoved} />
        ))}
      </ul>
      <Left bytes={tray.pictures.reduce((sum, p) => sum + p.file.size, 0)} />
    </>
  );
}

function Tile({ picture: { file, url, w, h, alt }, onSay, onRemove, onDone }: { picture: Picture; onSay(alt: string): void; onRemove(): void; onDone(): void }) {
  const [open, setOpen] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const { name } = file;
  useEffect(() => {
    if (open) field.current!.focus();
  }, [open]);
  const pressed = (e: KeyboardEvent) => {
    if (e.isComposing || e.keyCode === 229 || (e.key !== "Enter" && e.key !== "Escape")) return;
    e.preventDefault();
    setOpen(false);
    onDone();
  };
  return (
    <li class={open ? "tile open" : "tile"}>
      {calm() && file.type === "image/gif" ? <Still src={url} {...fit({ w, h })} /> : <img src={url} alt={alt} />}
      <span class="tile-about">
        {open ? (
          <input
            ref={field}
            class="tile-alt"
            type="text"
            dir="auto"
            value={alt}
            maxLength={data.limits.alt}
            aria-label={t("up.alt.of", { name })}
            placeholder={t("up.alt.ph")}
            autoComplete="off"
            onInput={(e) => onSay(e.currentTarget.value)}
            onKeyDown={pressed}
            onBlur={() => setOpen(false)}
          />
        ) : (
          <>
            <span class="tile-name">{name}</span>
            <span class="tile-more">
              {size(file.size)} ·{" "}
              <button class="link tile-say" type="button" aria-label={t("up.alt.of", { name })} onClick={() => setOpen(true)}>
                {alt || t("up.alt")}
              </button>
            </span>
          </>
        )}
      </span>
      <button class="tool" type="button" aria-label={t("up.remove", { name })} onClick={onRemove}>
        <Icon name="close" small />
      </button>
    </li>
  );
}

/** From this part of the day's pictures on it is told how much is left. */
const late = 0.8;
const day = 24 * 3_600_000;

/** What may still be sent today, once little is left of it. */
function Left({ bytes }: { bytes: number }) {
  const [of, know] = useState<Allowance | null>(null);
  useEffect(() => {
    let here = true;
    getAllowance().then(
      (a) => here && know(a),
      () => {}, // the server will say
    );
    return () => {
      here = false;
    };
  }, []);
  const text = of ? leftText(of, bytes, Date.now()) : "";
  return (
    <p class="composer-note" role="status">
      {text}
    </p>
  );
}

export function leftText({ left, most }: Allowance, bytes: number, now: number): string {
  if (!most || most - left + bytes < late * most) return "";
  if (bytes <= left) return t("up.left", { size: size(left - bytes) });
  const s = till(now + ((Math.min(bytes, most) - left) / most) * day, now, language.now);
  return t(left < 1024 ? "up.left.none" : "up.left.little", { size: size(left), s });
}
