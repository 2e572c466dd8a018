// Web addresses inside a message.

export interface Piece {
  text: string;
  href?: string;
}

// Quotation marks and full-width punctuation end an address, an apostrophe within a word doesn't.
const address = /https?:\/\/(?:'(?=\w)|[^\s<>"'`«»‹›\u2018-\u201f\u2026\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65])+/gi;

/** Cuts a text into plain pieces and addresses. Only http and https become links. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  address.lastIndex = 0;
  for (let m; (m = address.exec(text)); ) {
    const found = trim(m[0]);
    const end = (address.lastIndex = m.index + found.length); // what was cut off may hold another one
    if (!URL.canParse(found)) continue;
    if (m.index > from) out.push({ text: text.slice(from, m.index) });
    out.push({ text: found, href: found });
    from = end;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

// A sentence's own punctuation, a closing bracket without its partner with all behind it, and the
// Korean that follows a host or a bracket without a space (example.com에서) are no part of the address.
function trim(found: string): string {
  return partnered(found)
    .replace(/[.,:;!?~]+$/, "")
    .replace(/^(https?:\/\/[^/]*[a-z0-9]|.*[)\]}])[ㄱ-ㅣ가-힣]+$/i, "$1");
}

const partner: Record<string, string> = { ")": "(", "]": "[", "}": "{" };

function partnered(found: string): string {
  const open: Record<string, number> = {};
  for (let i = 0; i < found.length; i++) {
    const c = found[i]!;
    const p = partner[c];
    if (p && !open[p]) return found.slice(0, i);
    if (p) open[p]!--;
    else open[c] = (open[c] ?? 0) + 1;
  }
  return found;
}
