// The work that a newcomer does where many come: a number so that the hash of "challenge:number"
// begins with enough zero bits.

import { most, zeros } from "./sha256";
import type { Proof } from "./wire";

/** The proof, or "" when there is none that is short enough. */
export function work({ challenge, bits }: Proof): string {
  const block = new Uint8Array(64);
  const head = new TextEncoder().encode(`${challenge}:`);
  if (head.length >= most) return "";
  block.set(head);
  for (let n = 0; n < 1e12; n++) {
    const digits = String(n);
    const length = head.length + digits.length;
    if (length > most) return "";
    for (let i = 0; i < digits.length; i++) block[head.length + i] = digits.charCodeAt(i);
    if (zeros(block, length) >= bits) return `${challenge}:${digits}`;
  }
  return "";
}
