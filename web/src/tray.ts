// The pictures chosen and not yet sent.

import { t } from "./i18n";
import { data } from "./page";
import type { Key } from "./texts";
import { size } from "./time";
import { Watched } from "./watch";
import type { Picture } from "./outbox";

export const types = ["image/gif", "image/png", "image/jpeg", "image/webp"];
const most = 4;
const longest = 4096;

export class Tray extends Watched {
  pictures: Picture[] = [];
  error = "";

  /** Takes what can be sent, and says why the rest can't. The server checks again. */
  async add(files: Iterable<File>): Promise<void> {
    const errors = new Map<Key, string>(); // each reason once
    for (const file of files) {
      const wrong = check(file) ?? (this.pictures.length >= most ? "up.many" : null);
      if (wrong) {
        errors.set(wrong, errors.get(wrong) ?? t(wrong, { n: most, max: size(data.limits.upload), size: size(file.size) }));
        continue;
      }
      const url = URL.createObjectURL(file);
      const sides = await measure(url);
      if (sides && Math.max(sides.w, sides.h) <= longest) {
        this.pictures = [...this.pictures, { file, url, ...sides }];
      } else {
        URL.revokeObjectURL(url);
        const bad = sides ? "up.bomb" : "err.BAD_IMAGE";
        errors.set(bad, t(bad));
      }
    }
    this.error = [...errors.values()].join(" · ");
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

function check(file: File): Key | null {
  if (!types.includes(file.type)) return "up.badType";
  return file.size > data.limits.upload ? "up.tooBig" : null;
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

async function measure(url: string): Promise<{ w: number; h: number } | null> {
  const img = new Image();
  img.src = url;
  try {
    await img.decode();
  } catch {
    return null;
  }
  return { w: img.naturalWidth, h: img.naturalHeight };
}
