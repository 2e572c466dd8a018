// Pictures over the whole window, one at a time. Arrows and swipes go to the next; the wheel, two
// fingers and two taps make one larger; Esc, Back, and a finger that goes down close it.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { addressOf } from "./copy";
import { language, t } from "./i18n";
import { Icon } from "./icons";
import { moves, Still, waits } from "./moving";
import { sheets } from "./page";
import { altOf, type Shot } from "./picture";
import { full } from "./time";
import { held, step, swiped, whole, zoomed, type Place } from "./zoom";

/** A picture with what is told of it. */
export interface Viewed extends Shot {
  name: string;
  at: number;
}

interface Props {
  /** One at least. */
  pictures: Viewed[];
  start: number;
  onClose(): void;
}

export function Viewer({ pictures, start, onClose }: Props) {
  const [index, go] = useState(start);
  const box = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const d = box.current!;
    d.showModal();
    const gone = sheets.add(() => close.current());
    return () => {
      d.close();
      gone();
    };
  }, []);
  const to = (i: number) => go(Math.min(pictures.length - 1, Math.max(0, i)));
  const shown = pictures[index]!;
  const { media, name, at } = shown;
  const lang = language.now;
  useEffect(() => {
    for (const i of [index - 1, index + 1]) if (pictures[i]) new Image().src = pictures[i].src;
  }, [index]);
  const pressed = (e: KeyboardEvent) => {
    const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: pictures.length - 1 }[e.key];
    if (next === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    to(next);
  };
  const many = pictures.length > 1;
  return (
    <dialog
      ref={box}
      class="viewer"
      aria-label={t("view.label")}
      onKeyDown={pressed}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
    >
      <header class="viewer-bar">
        <p class="viewer-about">
          <strong dir="auto">{name}</strong>
          <time dateTime={new Date(at).toISOString()}>{full(at, lang)}</time>
        </p>
        {many && (
          <span class="viewer-count num" aria-hidden="true">
            {index + 1} / {pictures.length}
          </span>
        )}
        <a class="tool" href={media ? addressOf(media) : shown.src} download={media?.name ?? ""} aria-label={t("view.save")} title={t("view.save")}>
          <Icon name="save" />
        </a>
        <button class="tool" type="button" aria-label={t("app.close")} title={t("app.close")} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <Stage key={index} of={shown} open={index === start} onNext={() => to(index + 1)} onPrevious={() => to(index - 1)} onClose={onClose} />
      {many && (
        <>
          <button class="tool viewer-step previous" type="button" aria-label={t("view.previous")} aria-disabled={index === 0} onClick={() => to(index - 1)}>
            <Icon name="back" />
          </button>
          <button class="tool viewer-step next" type="button" aria-label={t("view.next")} aria-disabled={index === pictures.length - 1} onClick={() => to(index + 1)}>
            <Icon name="back" />
          </button>
        </>
      )}
      {media?.alt && (
        <p class="viewer-alt" dir="auto">
          {media.alt}
        </p>
      )}
      <p class="sr" role="status">
        {many && t("view.now", { n: index + 1, all: pictures.length })} {altOf(media, name)}
      </p>
    </dialog>
  );
}

interface StageProps {
  of: Viewed;
  /** It was looked at in the conversation already, so nothing of it is hidden. */
  open: boolean;
  onNext(): void;
  onPrevious(): void;
  onClose(): void;
}

/** The place of one picture. */
function Stage({ of: { src, media, name }, open, onNext, onPrevious, onClose }: StageProps) {
  const [gone, setGone] = useState(false);
  const [bare, setBare] = useState(open || media?.flash !== "strong");
  const [still, setStill] = useState(!open && waits(media));
  const stage = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const by = hands(stage.current!, frame.current!, { next: onNext, previous: onPrevious, close: onClose });
    return by;
  });
  const alt = altOf(media, name);
  const { w, h } = { w: media?.w || 240, h: media?.h || 180 };
  return (
    <div ref={stage} class="viewer-stage">
      <div ref={frame} class={Math.min(w, h) < 44 ? "viewer-frame small" : "viewer-frame"}>
        {gone ? (
          <p>{t("msg.gone")}</p>
        ) : !bare ? (
          <button class="flashing-show" type="button" onClick={() => setBare(true)}>
            <Icon name="eyeOff" />
            <span>{t("msg.flash")}</span>
            <strong>{t("msg.flash.show")}</strong>
          </button>
        ) : still ? (
          <Still src={src} w={w} h={h} onError={() => setGone(true)} />
        ) : (
          <img src={src} alt={alt} width={w} height={h} draggable={false} onError={() => setGone(true)} />
        )}
      </div>
      {moves(media) && bare && !gone && (
        <button class="tool viewer-play" type="button" aria-label={t(still ? "msg.play" : "msg.pause")} onClick={() => setStill(!still)}>
          <Icon name={still ? "play" : "pause"} />
        </button>
      )}
    </div>
  );
}

/** The place of each frame, kept over what is drawn anew. */
const places = new WeakMap<Element, Place>();

/** Lets fingers, mouse, wheel and keys move a picture. Returns what ends that. */
function hands(stage: HTMLElement, frame: HTMLElement, done: Record<"next" | "previous" | "close", () => void>): () => void {
  const end = new AbortController();
  const on = <K extends keyof HTMLElementEventMap>(name: K, f: (e: HTMLElementEventMap[K]) => void, at: EventTarget = stage) => at.addEventListener(name, f as EventListener, { signal: end.signal, passive: false });
  const down = new Map<number, { x: number; y: number }>();
  let from = { x: 0, y: 0 };
  let moved = false;
  let pinched = false;
  let tapped = { x: 0, y: 0, at: 0 };
  const place = () => places.get(frame) ?? whole;
  const put = (p: Place, pulled = 0) => {
    const next = p.scale > 1 ? held(p, { w: frame.offsetWidth, h: frame.offsetHeight }, { w: stage.clientWidth, h: stage.clientHeight }) : p;
    places.set(frame, next);
    frame.style.transform = `translate(${next.x}px, ${next.y}px) scale(${next.scale})`;
    stage.classList.toggle("large", next.scale > 1);
    stage.closest<HTMLElement>("dialog")!.style.opacity = pulled > 0 ? String(Math.max(0.4, 1 - pulled / 600)) : "";
  };
  const middle = (x: number, y: number) => {
    const r = stage.getBoundingClientRect();
    return { x: x - r.left - r.width / 2, y: y - r.top - r.height / 2 };
  };
  const toggle = (at: { x: number; y: number }) => put(place().scale > 1 ? whole : zoomed(place(), step, at));
  const onButton = (e: Event) => !!(e.target as Element).closest("button");
  on("pointerdown", (e) => {
    if (onButton(e) || e.button > 0) return;
    stage.setPointerCapture(e.pointerId);
    down.set(e.pointerId, { x: e.clientX, y: e.clientY });
    if (down.size > 1) pinched = true;
    else {
      from = { x: e.clientX, y: e.clientY };
      moved = pinched = false;
    }
  });
  on("pointermove", (e) => {
    const was = down.get(e.pointerId);
    if (!was) return;
    const now = { x: e.clientX, y: e.clientY };
    const other = [...down].find(([id]) => id !== e.pointerId)?.[1];
    down.set(e.pointerId, now);
    moved ||= Math.hypot(now.x - from.x, now.y - from.y) > 8;
    const p = place();
    if (other) {
      const factor = Math.hypot(now.x - other.x, now.y - other.y) / (Math.hypot(was.x - other.x, was.y - other.y) || 1);
      put(zoomed(p, factor, middle((now.x + other.x) / 2, (now.y + other.y) / 2)));
    } else if (p.scale > 1) {
      put({ ...p, x: p.x + now.x - was.x, y: p.y + now.y - was.y });
    } else if (!pinched && e.pointerType !== "mouse") {
      put({ scale: 1, x: now.x - from.x, y: Math.max(0, now.y - from.y) }, now.y - from.y);
    }
  });
  const up = (e: PointerEvent) => {
    if (!down.delete(e.pointerId) || down.size > 0) return;
    if (place().scale <= 1) {
      put(whole);
      const meant = moved && !pinched && e.type === "pointerup" && e.pointerType !== "mouse" && swiped(e.clientX - from.x, e.clientY - from.y);
      if (meant) return done[meant]();
    }
    if (moved || pinched || e.type !== "pointerup") return;
    const twice = e.timeStamp - tapped.at < 350 && Math.hypot(e.clientX - tapped.x, e.clientY - tapped.y) < 30;
    tapped = { x: e.clientX, y: e.clientY, at: twice ? 0 : e.timeStamp };
    if (twice) return toggle(middle(e.clientX, e.clientY));
    // The ground beside the picture.
    const r = frame.getBoundingClientRect();
    if (e.clientX < r.left || e.clientX > r.right || e.clientY < r.top || e.clientY > r.bottom) done.close();
  };
  on("pointerup", up);
  on("pointercancel", up);
  on("wheel", (e) => {
    e.preventDefault();
    put(zoomed(place(), Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.002)), middle(e.clientX, e.clientY)));
  });
  on(
    "keydown",
    (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      const factor = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, _: 1 / 1.5 }[e.key];
      if (factor) put(zoomed(place(), factor, { x: 0, y: 0 }));
      else if (e.key === "0") put(whole);
    },
    stage.closest("dialog")!,
  );
  return () => end.abort();
}
