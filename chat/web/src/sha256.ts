// SHA-256 of a text that fits one block. The browser's own is asynchronous, which costs more than the
// hash, and isn't there over plain HTTP.

const k = new Int32Array(64);
const start = new Int32Array(8);

// The first bits of the fractions of roots of primes.
for (let n = 2, i = 0; i < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) prime &&= n % d !== 0;
  if (!prime) continue;
  if (i < 8) start[i] = fraction(Math.sqrt(n));
  k[i++] = fraction(Math.cbrt(n));
}

function fraction(root: number): number {
  return ((root - Math.floor(root)) * 2 ** 32) | 0;
}

/** The most bytes of a text. */
export const most = 55;

/** How many zero bits the hash of the first n bytes begins with; 32 and more are 32. The rest of the block is written over. */
export function zeros(block: Uint8Array, n: number): number {
  block.fill(0, n);
  block[n] = 0x80;
  block[62] = (n * 8) >> 8;
  block[63] = n * 8;
  return Math.clz32(first(block));
}

const w = new Int32Array(64);

// The first word of the hash.
function first(block: Uint8Array): number {
  for (let i = 0; i < 16; i++) w[i] = (block[4 * i]! << 24) | (block[4 * i + 1]! << 16) | (block[4 * i + 2]! << 8) | block[4 * i + 3]!;
  for (let i = 16; i < 64; i++) {
    const a = w[i - 15]!;
    const b = w[i - 2]!;
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = start as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + k[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  return (a + start[0]!) | 0;
}
