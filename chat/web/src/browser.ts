// What browsers offer to pages from HTTPS and localhost only, done so that it also works when
// somebody opens http://192.168.0.7:8005 on a phone.

/** A new id that nobody else makes. */
export function newID(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** The storage of the tab or of the browser; some forbid it. */
export function storage(kind: "sessionStorage" | "localStorage"): Storage | null {
  try {
    return globalThis[kind];
  } catch {
    return null;
  }
}

/** Puts text on the clipboard; tells whether that went well. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

/** The old way: the browser copies what is selected. */
function copySelected(text: string): boolean {
  const focus = document.activeElement as HTMLElement | null;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "sr";
  document.body.append(field);
  field.select();
  try {
    return document.execCommand("copy");
  } finally {
    field.remove();
    focus?.focus();
  }
}
