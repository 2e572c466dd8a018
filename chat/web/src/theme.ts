// Light, dark or as the device: an attribute of <html>, which the server writes first, so that no
// page flashes in the wrong colour.

import { postTheme } from "./api";
import { Watched } from "./watch";
import type { Theme } from "./wire";

const bars = { light: "#ffffff", dark: "#15171a" };

class Look extends Watched {
  now = (document.documentElement.dataset.theme ?? "auto") as Theme;

  constructor() {
    super();
    this.paintBar();
  }

  next(): void {
    const order: Theme[] = ["auto", "light", "dark"];
    this.now = order[(order.indexOf(this.now) + 1) % order.length]!;
    document.documentElement.dataset.theme = this.now;
    this.paintBar();
    this.changed();
    postTheme(this.now).catch(() => {});
  }

  // The browser's own bar follows the device unless a theme was chosen.
  private paintBar(): void {
    for (const meta of document.querySelectorAll<HTMLMetaElement>("meta[name=theme-color]")) {
      const own = meta.media.includes("dark") ? "dark" : "light";
      meta.content = bars[this.now === "auto" ? own : this.now];
    }
  }
}

export const look = new Look();
