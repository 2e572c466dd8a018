// Web addresses inside a message.

export interface Piece {
  text: string;
  href?: string;
}

// Quotation marks and full-width punctuation end an address; an apostrophe within a word doesn't, nor
// do brackets that are closed again, as in wiki/Go_(game).
const part = String.raw`(?:'(?=\w)|[^\s<>"'\x60«»‹›\u2018-\u201f\u2026\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65()[\]{}])`;
const bracketed = (inner: string) => String.raw`[([{]${inner}*[)\]}]`;
const address = new RegExp(`https?://(?:${part}|${bracketed(`(?:${part}|${bracketed(part)})`)})+`, "gi");

/** Cuts a text into plain pieces and addresses. Only http and https become links. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const m of text.matchAll(address)) {
    const found = trim(m[0]);
    if (!URL.canParse(found)) continue;
    if (m.index > from) out.push({ text: text.slice(from, m.index) });
    out.push({ text: found, href: found });
    from = m.index + found.length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

// A sentence's own punctuation and the Korean that follows a host or a bracket without a space
// (example.com에서) are no part of the address.
const trim = (found: string): string =>
  found.replace(/[.,:;!?~]+$/, "").replace(/^(https?:\/\/[^/]*[a-z0-9]|.*[)\]}])[ㄱ-ㅣ가-힣]+$/i, "$1");
