// Requests that fail, and why.

import type { Proof, WireError } from "./wire";

/** A request that failed: the server's error, or one of the page's own codes OFFLINE and TIMEOUT. */
export class Failure extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number;
  /** When it passes by itself; 0: nobody knows. */
  readonly until: number;
  readonly limit: string | undefined;
  readonly n: number | undefined;
  readonly field: string | undefined;
  readonly ref: string | undefined;
  readonly proof: Proof | undefined;

  constructor(e: Partial<WireError> & { code: string }) {
    super(e.message ?? e.code);
    this.code = e.code;
    this.retryable = e.retryable ?? false;
    this.retryAfterMs = e.retryAfterMs ?? 0;
    this.until = this.retryAfterMs > 0 ? Date.now() + this.retryAfterMs : 0;
    this.limit = e.limit;
    this.n = e.n;
    this.field = e.field;
    this.ref = e.ref;
    this.proof = e.proof;
  }
}

let lockedOut = (_: Failure): void => {};

/** Names who is told of a lock-out or a ban, whichever answer brings it: it closes every door. */
export function onLockOut(f: (failure: Failure) => void): void {
  lockedOut = f;
}

/** The value of an answer, or its error thrown as a Failure. */
export function settle<T>(answer: unknown): T {
  const a = answer as { ok?: boolean; error?: WireError } | null;
  if (a?.ok) return a as T;
  const failure = new Failure(a?.error?.code ? a.error : { code: "INTERNAL", retryable: true });
  if (failure.code === "LOCKED_OUT" || failure.code === "BANNED") lockedOut(failure);
  throw failure;
}
