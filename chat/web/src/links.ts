// Web addresses inside a message.

export interface Piece {
  text: string;
  href?: string;
}

const address = /https?:\/\/[^\s<>"'`\u3000-\u303f]+/gi;

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

// A sentence's own punctuation, a closing bracket without its partner and the Korean particle
// that follows a host without a space (example.com에서) are no part of the address.
function trim(found: string): string {
  let s = found.replace(/[.,:;!?…]+$/, "").replace(/^(https?:\/\/[^/]*[a-z0-9])[가-힣]+$/i, "$1");
  while (/[)\]}]$/.test(s)) {
    const close = s.at(-1)!;
    const open = { ")": "(", "]": "[", "}": "{" }[close]!;
    if (s.split(open).length >= s.split(close).length) break;
    s = s.slice(0, -1);
  }
  return s;
}
