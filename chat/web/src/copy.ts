// What is copied out of the conversation.

import { nameOf } from "./names";
import { stamp } from "./time";
import type { Chat, Lang, Media } from "./wire";

/** One line for each message: name, time, text. A picture is its address. */
export function transcript(messages: Chat[], lang: Lang, origin: string): string {
  const lines = messages.map((m) => {
    const text = m.kind === "media" ? pictures(m, origin, " ") : (m.chat ?? "").trim().replace(/\s*\n\s*/g, " ");
    return `${nameOf(m, lang)}, ${stamp(m.createdAt)}, ${text}`;
  });
  return lines.join("\n");
}

export const addressOf = (media: Media) => `/gif/${encodeURIComponent(media.name ?? "")}`;

/** The addresses of a message's pictures, and its text where it has one. */
export const pictures = (m: Chat, origin: string, between: string) => [...(m.media ?? []).map((p) => origin + addressOf(p)), m.chat].filter(Boolean).join(between);

/**
 * Writes what is selected of the lines of the log: of several messages the transcript, of one the
 * part of its text, or the address of its picture. Otherwise the browser copies as it always does.
 */
export function copySelected(e: ClipboardEvent, list: HTMLElement, messages: Chat[], lang: Lang): void {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !e.clipboardData || (e.target as Element).closest?.("input, textarea")) return;
  const range = selection.getRangeAt(0);
  const parts: { m: Chat; text: string }[] = [];
  for (const said of list.querySelectorAll("[id] :is(.bubble > p, p.bubble, .pictures)")) {
    const part = range.intersectsNode(said) && cut(range, said);
    const id = part && said.closest("li")!.id;
    const m = id && messages.find((m) => `m-${m.seq}` === id);
    if (m) parts.push({ m, text: m.kind === "media" ? pictures(m, location.origin, "\n") : part.toString() });
  }
  const [one] = parts;
  if (!one || (parts.length === 1 && !list.contains(range.commonAncestorContainer))) return;
  e.clipboardData.setData("text/plain", parts.length === 1 ? one.text : transcript(parts.map((p) => p.m), lang, location.origin));
  e.preventDefault();
}

// The part of a range within an element, or null when nothing to see is in it.
function cut(range: Range, within: Element): Range | null {
  const part = document.createRange();
  part.selectNodeContents(within);
  if (range.compareBoundaryPoints(Range.START_TO_START, part) > 0) part.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, part) < 0) part.setEnd(range.endContainer, range.endOffset);
  if (part.collapsed) return null;
  return part.toString() || within.classList.contains("pictures") ? part : null;
}
