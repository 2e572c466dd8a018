// The connection: one engine with two namespaces, /room for the list and /chat for rooms, opened
// when first used and kept. It says what the banner shows and brings itself back.

import { Manager, type Socket } from "socket.io-client";
import { Failure, onLockOut, settle } from "./failure";
import { Patience } from "./patience";
import { Watched } from "./watch";
import type { Notice, WireError } from "./wire";

const ackTimeout = 10_000;
/** After this many attempts in vain the longest pause grows from 5 to 30 seconds. */
const eager = 12;
/** The shortest pause before a connection is asked for again that was turned away, and that where the server names none. */
const [soon, away] = [1000, 10_000];
/** Within this long the pages come back after a restart that was told, or all would come at once. */
const spread = 3000;

export class Net extends Watched {
  /** When the connection was lost, or first asked for; 0 while it is there. */
  downSince = 0;
  /** Whether it was ever there. */
  known = false;
  /** Why the server doesn't want us, when trying again is no use. */
  refused: Failure | null = null;
  /** Why the last attempt was turned away; the next one comes by itself. */
  turned: Failure | null = null;
  /** Whether the server has said that it restarts, until it is back. */
  restarting = false;

  /** Messages missed during the last break; -1 when it was too long to tell. */
  missed = 0;
  /** How often a room was caught up with. */
  returns = 0;

  readonly rooms: Socket;
  readonly chat: Socket;
  private manager: Manager;
  private used = new Set<Socket>();
  private timer = 0;
  private held = false;
  private heldUntil = 0;
  private patience = new Patience(soon, away);

  constructor() {
    super();
    this.manager = new Manager({
      path: "/socket.io/",
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelayMax: 5000,
    });
    this.pace(1000, 0.5);
    this.manager.on("reconnect_attempt", (n: number) => {
      this.pace(1000, 0.5); // of the next ones
      this.manager.reconnectionDelayMax(n > eager ? 30_000 : 5000);
    });
    this.rooms = this.add("/room");
    this.chat = this.add("/chat");
    onLockOut((f) => (f.code === "BANNED" ? this.refuse(f) : this.hold(f)));
  }

  /** Opens a namespace; a second call does nothing. */
  use(socket: Socket): void {
    if (this.used.has(socket)) return;
    this.used.add(socket);
    if (!this.downSince) this.downSince = Date.now();
    if (this.used.size === 1) this.listen();
    if (!this.held) socket.connect();
  }

  /** Tries at once instead of waiting for the next attempt, unless the server named a time. */
  now(): void {
    if (this.refused || !this.downSince || (this.held && this.turned!.until > Date.now())) return;
    const all = [...this.used];
    if (all.some((s) => s.connected)) return;
    // Leaving all of them ends the pause between two attempts; coming back starts one.
    for (const s of all) s.disconnect();
    this.release();
  }

  /** Hears that a room has told what was missed. */
  caughtUp(missed: number): void {
    this.missed = missed;
    this.returns++;
    this.changed();
  }

  // Stays away until the page is loaded again.
  private refuse(f: Failure): void {
    clearTimeout(this.timer);
    this.held = true;
    this.turned = null;
    this.refused = f;
    for (const s of this.used) s.disconnect();
    this.downSince ||= Date.now();
    this.changed();
  }

  // Stays away for as long as the server says, or longer.
  private hold(f: Failure): void {
    // Both namespaces tell of one refusal.
    if (this.refused || (this.held && f.until <= this.heldUntil)) return;
    clearTimeout(this.timer);
    this.turned = f;
    this.held = true;
    for (const s of this.used) s.disconnect();
    this.downSince ||= Date.now();
    const ms = this.patience.next(f);
    this.heldUntil = Date.now() + ms;
    this.timer = window.setTimeout(() => this.release(), ms);
    this.changed();
  }

  private release(): void {
    clearTimeout(this.timer);
    this.held = false;
    for (const s of this.used) s.connect();
  }

  private add(name: string): Socket {
    const socket = this.manager.socket(name);
    socket.on("connect", () => this.check());
    socket.on("notice", (n: Notice) => n.code === "RESTART" && this.restart());
    socket.on("disconnect", (reason) => {
      this.check();
      // The client stays away by itself when the server sent it away.
      if (reason === "io server disconnect") this.later(socket, 10_000);
    });
    socket.on("connect_error", (e: Error) => {
      const f = refusal(e);
      if (f?.code === "BANNED") {
        this.refuse(f);
      } else if (f?.code === "UNAUTHORIZED") {
        this.refused = f;
        this.changed();
      } else if (f) {
        this.hold(f);
      } else {
        if (!socket.active) this.later(socket, 5000);
        if (this.turned) {
          this.turned = null;
          this.changed();
        }
      }
    });
    return socket;
  }

  private restart(): void {
    this.restarting = true;
    // The client's own chance prefers some moments.
    this.pace(Math.random() * spread, 0);
    this.changed();
  }

  // Sets the pause before the first attempt, and by how much of itself it differs.
  private pace(ms: number, part: number): void {
    this.manager.reconnectionDelay(ms);
    this.manager.randomizationFactor(part);
  }

  private later(socket: Socket, ms: number): void {
    setTimeout(() => {
      if (!socket.active && !this.held) socket.connect();
    }, ms * (1 + Math.random() / 2));
  }

  private check(): void {
    const up = [...this.used].every((s) => s.connected);
    if (up) {
      this.turned = null;
      this.patience.over();
    }
    if (up === !this.downSince) return;
    this.downSince = up ? 0 : Date.now();
    if (up) this.restarting = false;
    else this.missed = 0;
    this.known ||= up;
    this.changed();
  }

  private listen(): void {
    addEventListener("online", () => this.now());
    addEventListener("pageshow", (e) => e.persisted && this.now());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
  }
}

/**
 * Why the server turned a connection away, when it did: the error of a namespace, or of the
 * handshake, which only polling shows.
 */
function refusal(e: Error & { data?: WireError; description?: unknown; context?: unknown }): Failure | null {
  if (e.data?.code) return new Failure(e.data);
  const status = e.description;
  if (status !== 403 && status !== 429 && status !== 503) return null;
  const x = e.context as XMLHttpRequest;
  const said = read(x.responseText);
  if (status === 403) return said?.code === "BANNED" ? new Failure(said) : null;
  if (said) return new Failure(said);
  // A server that is only starting is asked again as after any lost connection.
  if (status === 503) return null;
  return new Failure({ code: "RATE_LIMITED", retryable: true, retryAfterMs: 1000 * Number(x.getResponseHeader("Retry-After")) });
}

function read(text: string): WireError | null {
  try {
    const { error } = JSON.parse(text) as { error?: WireError };
    return error?.code ? error : null;
  } catch {
    return null;
  }
}

/**
 * Asks over a socket. Rejects with a Failure: the server's, OFFLINE, or TIMEOUT after ten seconds.
 *
 * An answer and the events behind it may come in one payload, and those events are told before the
 * promise is: what has to see the answer first is handed in as `first`.
 */
export function ask<T>(socket: Socket, event: string, payload: object, first?: (answer: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    if (!socket.connected) throw new Failure({ code: "OFFLINE", retryable: true });
    socket.timeout(ackTimeout).emit(event, payload, (late: Error | null, answer: unknown) => {
      try {
        if (late) throw new Failure({ code: socket.connected ? "TIMEOUT" : "OFFLINE", retryable: true });
        const value = settle<T>(answer);
        first?.(value);
        resolve(value);
      } catch (e) {
        reject(e);
      }
    });
  });
}
