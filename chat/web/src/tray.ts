// The pictures chosen and not yet sent.

import { t } from "./i18n";
import { data } from "./page";
import { shrink, shrinkable, type Sides } from "./shrink";
import type { Key } from "./texts";
import { size } from "./time";
import { Watched } from "./watch";
import type { Picture } from "./outbox";

export const types = ["image/gif", "image/png", "image/jpeg", "image/webp"];

export class Tray extends Watched {
  pictures: Picture[] = [];
  error = "";

  private adding = Promise.resolve();

  /** Takes what can be sent, and says why the rest can't. The server checks again. */
  add(files: Iterable<File>): Promise<void> {
    // One after the other: a large photo takes much memory while it's made smaller.
    const next = () => this.addAll(files);
    return (this.adding = this.adding.then(next, next));
  }

  private async addAll(files: Iterable<File>): Promise<void> {
    const errors = new Map<Key, string>(); // each reason once
    for (const file of files) {
      const got = (await check(file)) ?? (this.pictures.length >= data.limits.pictures ? "up.many" : await read(file));
      if (typeof got === "string") {
        errors.set(got, errors.get(got) ?? t(got, { n: data.limits.pictures, max: size(data.limits.upload), size: size(file.size), side: data.limits.side }));
      } else {
        this.pictures = [...this.pictures, got];
      }
    }
    this.error = [...errors.values()].join(" · ");
    this.changed();
  }

  /** Says what a picture shows, for those who don't see it. */
  describe(picture: Picture, alt: string): void {
    this.pictures = this.pictures.map((p) => (p === picture ? { ...p, alt } : p));
    this.changed();
  }

  remove(picture: Picture): void {
    URL.revokeObjectURL(picture.url);
    this.pictures = this.pictures.filter((p) => p !== picture);
    this.error = "";
    this.changed();
  }

  /** Hands over all pictures; their previews now belong to the caller. */
  take(): Picture[] {
    const taken = this.pictures;
    this.pictures = [];
    this.error = "";
    this.changed();
    return taken;
  }
}

async function check(file: File): Promise<Key | null> {
  if (!types.includes(file.type)) return "up.badType";
  // What is too heavy for good isn't even decoded.
  return file.size <= data.limits.upload || (await shrinkable(file)) ? null : "up.tooBig";
}

/** The picture as it will be sent, or why it can't be. */
async function read(file: File): Promise<Picture | Key> {
  const url = URL.createObjectURL(file);
  const sides = await measure(url);
  const heavy = file.size > data.limits.upload;
  if (sides && !heavy && Math.max(sides.w, sides.h) <= data.limits.side) return { file, url, ...sides, alt: "" };
  URL.revokeObjectURL(url);
  if (!sides) return "err.BAD_IMAGE";
  const small = await shrink(file, sides, data.limits);
  if (small) return { ...small, url: URL.createObjectURL(small.file), alt: "" };
  return heavy ? "up.tooBig" : "up.bomb";
}

/**
 * The files that a paste is about. Office programs add a picture of the text they copy: there the
 * text is meant. File managers add the names of the files: there the files are.
 */
export function pastedFiles(from: DataTransfer): File[] {
  const files = [...from.files];
  const lines = from.getData("text/plain").normalize().split(/[\r\n]+/).filter((line) => line.trim());
  const named = (line: string) => files.some((f) => line.trim().endsWith(f.name.normalize()));
  return lines.every(named) ? files : [];
}

async function measure(url: string): Promise<Sides | null> {
  const img = new Image();
  img.src = url;
  try {
    await img.decode();
  } catch {
    return null;
  }
  return { w: img.naturalWidth, h: img.naturalHeight };
}
