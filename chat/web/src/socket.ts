// The connection: one engine with two namespaces, /room for the list and /chat for rooms, opened
// when first used and kept. It says what the banner shows and brings itself back.

import { Manager, type Socket } from "socket.io-client";
import { Watched } from "./watch";
import { Failure, settle } from "./wire";

const ackTimeout = 10_000;
/** After this many attempts in vain the longest pause grows from 5 to 30 seconds. */
const eager = 12;

export class Net extends Watched {
  /** When the connection was lost, or first asked for; 0 while it is there. */
  downSince = 0;
  /** Whether it was ever there. */
  known = false;
  /** Why the server doesn't want us, when trying again is no use. */
  refused: Failure | null = null;

  readonly rooms: Socket;
  readonly chat: Socket;
  private manager: Manager;
  private used = new Set<Socket>();

  constructor() {
    super();
    this.manager = new Manager({
      path: "/socket.io/",
      autoConnect: false,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 1000,
      reconnectionDelayMax: 5000,
      randomizationFactor: 0.5,
    });
    this.manager.on("reconnect_attempt", (n: number) => {
      this.manager.reconnectionDelayMax(n > eager ? 30_000 : 5000);
    });
    this.rooms = this.add("/room");
    this.chat = this.add("/chat");
  }

  /** Opens a namespace; a second call does nothing. */
  use(socket: Socket): void {
    if (this.used.has(socket)) return;
    this.used.add(socket);
    if (!this.downSince) this.downSince = Date.now();
    if (this.used.size === 1) this.listen();
    socket.connect();
  }

  /** Tries at once instead of waiting for the next attempt. */
  now(): void {
    if (this.refused || !this.downSince) return;
    const all = [...this.used];
    if (all.some((s) => s.connected)) return;
    // Leaving all of them ends the pause between two attempts; coming back starts one.
    for (const s of all) s.disconnect();
    for (const s of all) s.connect();
  }

  private add(name: string): Socket {
    const socket = this.manager.socket(name);
    socket.on("connect", () => this.check());
    socket.on("disconnect", (reason) => {
      this.check();
      // The client stays away by itself when the server sent it away.
      if (reason === "io server disconnect") this.later(socket, 10_000);
    });
    socket.on("connect_error", (e: Error & { data?: Partial<{ code: string; retryAfterMs: number }> }) => {
      if (socket.active) return;
      if (e.data?.code === "UNAUTHORIZED") {
        this.refused = new Failure({ code: "UNAUTHORIZED", message: e.message });
        this.changed();
      } else {
        this.later(socket, e.data?.retryAfterMs ?? 5000);
      }
    });
    return socket;
  }

  private later(socket: Socket, ms: number): void {
    setTimeout(() => {
      if (!socket.active) socket.connect();
    }, ms * (1 + Math.random() / 2));
  }

  private check(): void {
    const up = [...this.used].every((s) => s.connected);
    if (up === !this.downSince) return;
    this.downSince = up ? 0 : Date.now();
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
