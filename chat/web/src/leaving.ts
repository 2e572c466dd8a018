// Leaving this browser for good: nothing of the person stays in it.

import { visits } from "./page";

/** Forgets what the browser keeps, and begins as somebody new. The session has ended already. */
export async function gone(): Promise<never> {
  visits.abandon();
  for (const storage of [sessionStorage, localStorage]) {
    try {
      storage.clear();
    } catch {
      // What is forbidden keeps nothing.
    }
  }
  try {
    for (const { name } of await indexedDB.databases()) if (name) indexedDB.deleteDatabase(name);
  } catch {
    // As above.
  }
  location.replace("/");
  return new Promise(() => {});
}
