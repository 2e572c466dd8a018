// Requests to the server outside the socket.

import { Failure, settle, type Lang, type Posted, type Room, type Theme } from "./wire";

const patience = 20_000;

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let answer: unknown;
  try {
    const response = await fetch(path, {
      method,
      headers: { Accept: "application/json", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
    answer = await response.json().catch(() => null);
  } catch {
    throw new Failure({ code: "OFFLINE", retryable: true });
  }
  return settle<T>(answer);
}

export interface NewRoom {
  slug?: string;
  title: string;
  max: number;
  password?: string;
  listed: boolean;
  life?: string;
  history?: string;
  cid: string;
}

/** What isn't there stays as it is. */
export interface RoomChange {
  life?: string;
  history?: string;
  /** Begins to close it, or takes that back. */
  closing?: boolean;
  doorLocked?: boolean;
  title?: string;
  max?: number;
  /** "": none any more. */
  password?: string;
  listed?: boolean;
  quiet?: boolean;
  slow?: number;
}

export const postRoom = (room: NewRoom) => request<{ room: Room; url: string }>("POST", "/room", room);
export const postEnter = (id: string, password: string, proof?: string) =>
  request<{ url: string }>("POST", `/room/${encodeURIComponent(id)}/enter`, { password, proof });
export const patchRoom = (id: string, change: RoomChange) => request<{ room: Room }>("PATCH", `/room/${encodeURIComponent(id)}`, change);
export const deleteRoom = (id: string) => request<object>("DELETE", `/room/${encodeURIComponent(id)}`);
export const postLang = (lang: Lang) => request<object>("POST", "/lang", { lang });
export const postTheme = (theme: Theme) => request<object>("POST", "/theme", { theme });

/** No byte moved for this long: the upload is given up and tried again. */
const stall = 30_000;

/**
 * Sends a picture. It is an XMLHttpRequest because fetch doesn't tell how much has left.
 * A signal that aborts makes the promise reject with the code ABORTED.
 */
export function upload(room: string, file: Blob, name: string, cid: string, signal: AbortSignal, progress: (part: number) => void): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("cid", cid);
    form.append("gif", file, name);
    const x = new XMLHttpRequest();
    let timer = 0;
    const alive = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => x.abort(), stall);
    };
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    };
    const stop = () => x.abort();
    const fail = (code: string) => () => {
      end();
      reject(new Failure(signal.aborted ? { code: "ABORTED" } : { code, retryable: true }));
    };
    x.upload.onprogress = (e) => {
      alive();
      if (e.lengthComputable) progress(e.loaded / e.total);
    };
    x.onload = () => {
      end();
      try {
        resolve(settle<Posted>(parse(x.responseText, x.status)));
      } catch (e) {
        reject(e);
      }
    };
    x.onerror = fail("OFFLINE");
    x.onabort = fail("TIMEOUT");
    signal.addEventListener("abort", stop);
    x.open("POST", `/room/${encodeURIComponent(room)}/gif`);
    x.setRequestHeader("Accept", "application/json");
    alive();
    x.send(form);
  });
}

// A proxy in front of the server answers in its own words.
function parse(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { ok: false, error: { code: status === 413 ? "TOO_LARGE" : "INTERNAL", retryable: status >= 500, message: "" } };
  }
}
