// A picture in the conversation: its box is reserved before the bytes come, so nothing jumps.

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { t } from "./i18n";
import { Icon } from "./icons";
import type { Media } from "./wire";

const side = 320;
/** What is smaller one way is drawn on a ground of this size, in CSS pixels, so that a finger finds it. */
const touch = 44;

type Sides = { w: number; h: number };

interface Props {
  src: string;
  media: Media | undefined;
  name: string;
  veil?: boolean;
  children?: ComponentChildren;
}

export function Picture({ src, media, name, veil, children }: Props) {
  const [large, setLarge] = useState(false);
  const [gone, setGone] = useState(false);
  const [still, setStill] = useState(calm);
  const open = useRef<HTMLButtonElement>(null);
  const gif = media?.mime === "image/gif";
  const stopped = gif && still;
  const { w, h } = fit(media);
  const small = Math.min(w, h) < touch && "small";
  const kind = small ? `picture ${small}` : "picture";
  const alt = t(gif ? "msg.gif" : "msg.picture", { name });
  if (gone) return <p class="bubble picture-gone">{t("msg.gone")}</p>;
  const pause = () => {
    setStill(true);
    open.current!.focus(); // the other button goes away
  };
  return (
    <div class={veil ? `${kind} veiled` : kind}>
      <button
        ref={open}
        class="picture-open"
        type="button"
        aria-label={`${alt}. ${t(stopped ? "msg.play" : "msg.open")}`}
        disabled={veil}
        onClick={() => (stopped ? setStill(false) : setLarge(true))}
      >
        {stopped ? (
          <>
            <Still src={src} media={media} />
            <span class="play">
              <Icon name="play" />
            </span>
          </>
        ) : (
          <img src={src} alt="" width={w} height={h} loading="lazy" decoding="async" onError={() => setGone(true)} />
        )}
      </button>
      {gif && !stopped && calm() && (
        <button class="pause" type="button" aria-label={`${alt}. ${t("msg.pause")}`} onClick={pause}>
          <Icon name="pause" />
        </button>
      )}
      {children}
      {large && (
        <Dialog title={alt} kind="lightbox" onClose={() => setLarge(false)}>
          <img class={small || undefined} src={src} alt={alt} width={media?.w} height={media?.h} />
        </Dialog>
      )}
    </div>
  );
}

/** Whether somebody asked the device for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** The first frame alone. */
export function Still({ src, media }: { src: string; media: Sides | undefined }) {
  const { w, h } = fit(media);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const img = new Image();
    img.onload = () => canvas.current?.getContext("2d")?.drawImage(img, 0, 0, w, h);
    img.src = src;
  }, [src]);
  return <canvas ref={canvas} width={w} height={h} />;
}

function fit(media: Sides | undefined): { w: number; h: number } {
  if (!media?.w || !media.h) return { w: 240, h: 180 };
  const scale = Math.min(1, side / media.w, side / media.h);
  return { w: Math.max(1, Math.round(media.w * scale)), h: Math.max(1, Math.round(media.h * scale)) };
}
