// The pictures of a message: one, or up to four in a frame of fixed size. Their boxes are reserved
// before the bytes come, so nothing jumps.

import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { t } from "./i18n";
import { Icon } from "./icons";
import { moves, Still, useSight, waits } from "./moving";
import type { Media } from "./wire";

const side = 320;
/** What is smaller one way is drawn on a ground of this size, in CSS pixels, so that a finger finds it. */
const touch = 44;

/** A picture as the page shows it. */
export interface Shot {
  src: string;
  media: Media | undefined;
}

interface Props {
  shots: Shot[];
  /** Who sent them. */
  name: string;
  /** Opens one over the whole window; absent: they aren't there yet. */
  onOpen?(index: number): void;
  /** What stands over one on its way. */
  over?(index: number): ComponentChildren;
}

export function Pictures({ shots, name, onOpen, over }: Props) {
  const many = shots.length > 1;
  return (
    <div class={`pictures n${shots.length}`} role={many ? "group" : undefined} aria-label={many ? t("msg.pictures", { name, n: shots.length }) : undefined}>
      {shots.map((shot, i) => (
        <Picture key={i} {...shot} name={name} within={many} onOpen={onOpen && (() => onOpen(i))}>
          {over?.(i)}
        </Picture>
      ))}
    </div>
  );
}

/** What a picture is called for those who don't see it. */
export const altOf = (media: Media | undefined, name: string) => media?.alt || t(media?.mime === "image/gif" ? "msg.gif" : "msg.picture", { name });

interface PictureProps extends Shot {
  name: string;
  within: boolean;
  onOpen?: (() => void) | undefined;
  children?: ComponentChildren;
}

function Picture({ src, media, name, within, onOpen, children }: PictureProps) {
  const [gone, setGone] = useState(false);
  const [still, setStill] = useState(() => waits(media));
  const [bare, setBare] = useState(media?.flash !== "strong");
  const box = useRef<HTMLDivElement>(null);
  const open = useRef<HTMLButtonElement>(null);
  const moving = moves(media);
  const sight = useSight(box, moving && bare);
  const { w, h } = fit(media);
  const small = !within && Math.min(w, h) < touch;
  const alt = altOf(media, name);
  if (gone) return <p class="bubble picture-gone">{t("msg.gone")}</p>;
  if (!bare) {
    return (
      <div class="picture flashing">
        <button class="flashing-show" type="button" aria-label={`${alt}. ${t("msg.flash")} ${t("msg.flash.show")}`} onClick={() => setBare(true)}>
          <Icon name="eyeOff" />
          <span>{t("msg.flash")}</span>
          <strong>{t("msg.flash.show")}</strong>
        </button>
        {children}
      </div>
    );
  }
  const fail = () => setGone(true);
  const pause = () => {
    setStill(true);
    open.current!.focus(); // the other button goes away
  };
  const runs = moving && !still && sight === "seen";
  return (
    <div ref={box} class={`picture${small ? " small" : ""}${onOpen ? "" : " veiled"}${moving ? " moving" : ""}`}>
      <button ref={open} class="picture-open" type="button" aria-label={`${alt}. ${t(still ? "msg.play" : "msg.open")}`} disabled={!onOpen} onClick={() => (still ? setStill(false) : onOpen?.())}>
        {!moving ? (
          <img src={src} alt="" width={w} height={h} loading="lazy" decoding="async" onError={fail} />
        ) : (
          <>
            {sight === "far" ? <canvas width={w} height={h} /> : <Still src={src} w={w} h={h} onError={fail} />}
            {runs && <img src={src} alt="" width={w} height={h} />}
          </>
        )}
        {still && (
          <span class="play">
            <Icon name="play" />
          </span>
        )}
      </button>
      {moving && !still && onOpen && (
        <button class="pause" type="button" aria-label={`${alt}. ${t("msg.pause")}`} onClick={pause}>
          <Icon name="pause" />
        </button>
      )}
      {children}
    </div>
  );
}

/** How large it is shown, in CSS pixels. */
export function fit(media: { w: number; h: number } | undefined): { w: number; h: number } {
  if (!media?.w || !media.h) return { w: 240, h: 180 };
  const scale = Math.min(1, side / media.w, side / media.h);
  return { w: Math.max(1, Math.round(media.w * scale)), h: Math.max(1, Math.round(media.h * scale)) };
}
