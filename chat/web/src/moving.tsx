// A picture that moves: it runs only while it is seen, everyone can stop it, and with less motion
// asked for it begins with its first frame.

import { useEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import type { Media } from "./wire";

/** Whether somebody asked the device for less motion. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const moves = (media: Media | undefined) => (media?.frames ?? 1) > 1;

/** Whether it waits for somebody to start it: where less motion is asked for, and where nobody knows whether it flashes. */
export const waits = (media: Media | undefined) => moves(media) && (calm() || media?.flash === "unknown");

/** How far a picture is: far away nothing of it is loaded, near its first frame is there. */
export type Sight = "far" | "near" | "seen";

export function useSight(of: RefObject<Element | null>, wanted: boolean): Sight {
  const [near, setNear] = useState(false);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const el = of.current;
    if (!wanted || !el) return;
    const watch = (set: (there: boolean) => void, rootMargin: string) => {
      const watcher = new IntersectionObserver((all) => set(all.at(-1)!.isIntersecting), { rootMargin });
      watcher.observe(el);
      return watcher;
    };
    const watchers = [watch(setNear, "600px 0px"), watch(setSeen, "0px")];
    return () => watchers.forEach((w) => w.disconnect());
  }, [wanted]);
  return seen ? "seen" : near ? "near" : "far";
}

/** The first frame alone, drawn as large as it is shown. */
export function Still({ src, w, h, onError }: { src: string; w: number; h: number; onError?(): void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const img = new Image();
    img.onload = () => canvas.current?.getContext("2d")?.drawImage(img, 0, 0, canvas.current.width, canvas.current.height);
    img.onerror = () => onError?.();
    img.src = src;
    return () => {
      img.onload = img.onerror = null;
    };
  }, [src]);
  return <canvas ref={canvas} width={w} height={h} />;
}
