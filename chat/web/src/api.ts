// Requests to the server outside the socket.

import { Failure, settle } from "./failure";
import type { Picture } from "./outbox";
import type { Lang, Me, Posted, Room, Theme } from "./wire";

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
export const exportPath = (id: string) => `/room/${encodeURIComponent(id)}/export?zone=${-new Date().getTimezoneOffset()}`;
/** Asks whether one may export a room now. */
export const mayExport = (id: string) => request<object>("GET", `/room/${encodeURIComponent(id)}/export?ask=1`);
export const rename = (nickname: string) => request<{ me: Me }>("PATCH", "/api/v1/me", { nickname });
export const check = (nickname: string) => request<object>("PATCH", "/api/v1/me", { nickname, check: true });
export const putTag = (passphrase: string) => request<{ me: Me }>("PUT", "/api/v1/me/tag", { passphrase });
export const getMe = () => request<{ me: Me }>("GET", "/api/v1/me");

export interface Device {
  id: string;
  label: string;
  this: boolean;
  seen: number;
}

export interface Link {
  url: string;
  qr: string[];
  expires: number;
}

export interface Linked {
  me: Me;
  same: boolean;
}

export const getDevices = async () => (await request<{ devices: Device[] }>("GET", "/api/v1/me/devices")).devices;
export const endDevice = (id: string) => request<object>("DELETE", `/api/v1/me/devices/${encodeURIComponent(id)}`);
export const postLink = () => request<Link>("POST", "/api/v1/me/link", {});
export const lookLink = (secret: string) => request<Linked>("POST", "/api/v1/link", { secret });
export const takeLink = (secret: string) => request<Linked>("POST", "/api/v1/link", { secret, take: true });
export const postForget = (all: boolean) => request<object>("POST", "/api/v1/me/forget", { all });
export const postLang = (lang: Lang) => request<object>("POST", "/lang", { lang });
/** How much of pictures one may still send, in bytes; a most of 0 is no limit. All of it comes back within a day, evenly. */
export interface Allowance {
  left: number;
  most: number;
}

export const getAllowance = () => request<Allowance>("GET", "/api/v1/me/pictures");
export const postTheme = (theme: Theme) => request<object>("POST", "/theme", { theme });

/** No byte moved for this long: the upload is given up and tried again. */
const stall = 30_000;

/**
 * Sends pictures, as one message. It is an XMLHttpRequest because fetch doesn't tell how much has left.
 * A signal that aborts makes the promise reject with the code ABORTED.
 */
export function upload(room: string, pictures: Picture[], cid: string, signal: AbortSignal, progress: (part: number) => void): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("cid", cid);
    for (const { file, alt } of pictures) {
      form.append("gif", file, file.name);
      form.append("alt", alt);
    }
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
