// The styles of what opens later than the first view.

import url from "./style/later.css?url";

let loading: Promise<void> | null = null;

/** Loads them, once. Rejects when they can't be had, and may be asked again. */
export function loadStyles(): Promise<void> {
  loading ??= new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = url;
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      loading = null;
      reject(new Error(url));
    };
    document.head.append(link);
  });
  return loading;
}
