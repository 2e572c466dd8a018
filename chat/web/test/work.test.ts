import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { most, zeros } from "../src/sha256";
import { work } from "../src/work";

function leading(text: string): number {
  const n = createHash("sha256").update(text).digest().readUInt32BE(0);
  return Math.clz32(n);
}

test("the hash is that of others, whatever its length", () => {
  const block = new Uint8Array(64).fill(7);
  for (let round = 0; round < 40; round++) {
    for (let n = 0; n <= most; n++) {
      const text = Array.from({ length: n }, (_, i) => String.fromCharCode(33 + ((i * 31 + n * 7 + round * 13) % 90))).join("");
      block.set(new TextEncoder().encode(text));
      expect(zeros(block, n), text).toBe(leading(text));
    }
  }
});

test("work finds what it is asked for", () => {
  for (const bits of [0, 1, 8, 12]) {
    const challenge = `ajX92-_abcdefghijklmnopqrstuvwxyz012345${bits}`.slice(0, 39);
    const proof = work({ challenge, bits });
    expect(proof).toMatch(new RegExp(`^${challenge}:\\d+$`));
    expect(leading(proof)).toBeGreaterThanOrEqual(bits);
  }
});

test("a challenge that leaves no room for a number has no proof", () => {
  expect(work({ challenge: "x".repeat(60), bits: 0 })).toBe("");
});
