// Has the work of a newcomer done, beside the page.

import url from "./worker?worker&url";
import type { Proof } from "./wire";

type Policy = { createScriptURL(url: string): string };
type Types = { createPolicy(name: string, rules: Policy): Policy };

// The page's policy takes addresses of scripts from here alone, where the browser knows such.
const { trustedTypes } = globalThis as { trustedTypes?: Types };
const policy = trustedTypes?.createPolicy("worker", { createScriptURL: (u) => u });

/** The proof, or "" where there is none: then one may wait instead. */
export function prove(proof: Proof): Promise<string> {
  return new Promise((resolve) => {
    let worker: Worker;
    try {
      worker = new Worker(policy ? policy.createScriptURL(url) : url, { type: "module" });
    } catch {
      return resolve("");
    }
    const done = (answer: string) => {
      worker.terminate();
      resolve(answer);
    };
    worker.onmessage = (e: MessageEvent<string>) => done(e.data);
    worker.onerror = () => done("");
    worker.postMessage(proof);
  });
}
