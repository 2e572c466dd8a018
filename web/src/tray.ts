// The pictures chosen and not yet sent.

import { t } from "./i18n";
import { data } from "./page";
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
    const errors = [];
    for (const file of files) {
      const wrong = this.pictures.length >= most ? t("up.many", { n: most }) : check(file);
      if (wrong) {
        errors.push(wrong);
        continue;
      }
      const url = URL.createObjectURL(file);
      const size = await measure(url);
      if (size && Math.max(size.w, size.h) <= longest) {
        this.pictures = [...this.pictures, { file, url, ...size }];
      } else {
        URL.revokeObjectURL(url);
        errors.push(t(size ? "up.bomb" : "err.BAD_IMAGE"));
      }
    }
    this.error = errors[0] ?? "";
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

function check(file: File): string {
  if (!types.includes(file.type)) return t("up.badType");
  if (file.size > data.limits.upload) return t("up.tooBig", { max: size(data.limits.upload), size: size(file.size) });
  return "";
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
