// What the checks need of a client, whatever its version: load it, open sockets, wait for
// events, compare values with bytes in them.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

// Longest wait for one thing that has to happen; generous, because machines are noisy.
const patience = 30_000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export function within(promise, what, ms = patience) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Collects every occurrence of an event from now on; next() hands them out one by one.
export function inbox(emitter, event) {
  const seen = [];
  const waiting = [];
  emitter.on(event, (...args) => {
    if (waiting.length > 0) waiting.shift()(args);
    else seen.push(args);
  });
  return {
    seen,
    next() {
      if (seen.length > 0) return Promise.resolve(seen.shift());
      return within(new Promise((done) => waiting.push(done)), `event "${event}"`);
    },
  };
}

// The arguments of the acknowledgement.
export function ask(socket, event, ...args) {
  return within(
    new Promise((done) => socket.emit(event, ...args, (...reply) => done(reply))),
    `ack of "${event}"`,
  );
}

// Asks the client side of a connection for its engine, which every version keeps here.
export const engineOf = (socket) => socket.io.engine;

// The same value with all bytes written as text, so that Buffer and ArrayBuffer compare equal.
export function plain(value) {
  if (value instanceof ArrayBuffer) return `bytes:${Buffer.from(value).toString("hex")}`;
  if (ArrayBuffer.isView(value)) {
    return `bytes:${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
  }
  return value;
}

// One version of the official client, using one kind of transport against one server.
export class Client {
  #io;
  #url;
  #transports;
  #open = [];

  constructor(packageName, transport, url) {
    this.#io = require(packageName);
    this.version = require(`${packageName}/package.json`).version;
    // Versions 1 and 2 speak Engine.IO 3.
    this.old = Number(this.version.split(".")[0]) < 3;
    this.transport = transport;
    this.#url = url;
    this.#transports = transport === "upgrade" ? ["polling", "websocket"] : [transport];
  }

  // A socket on a connection of its own. Listeners can be added before it connects.
  socket(nsp = "/", options = {}) {
    const socket = this.#io(this.#url + nsp, {
      transports: this.#transports,
      forceNew: true,
      reconnection: false,
      ...options,
    });
    this.#open.push(socket);
    return socket;
  }

  // A connected socket. With settled, its upgrade is over.
  async connect(nsp = "/", options = {}) {
    const { settled, ...rest } = options;
    const socket = this.socket(nsp, rest);
    const upgraded = settled && this.upgraded(socket);
    await connected(socket);
    await upgraded;
    return socket;
  }

  // Waits until the connection uses its last transport.
  async upgraded(socket) {
    if (this.transport !== "upgrade") return;
    const upgrade = () => inbox(engineOf(socket), "upgrade").next();
    if (engineOf(socket)) {
      if (engineOf(socket).transport.name !== "websocket") await upgrade();
      return;
    }
    await within(new Promise((done) => socket.once("connect", done)), "connection");
    if (engineOf(socket).transport.name !== "websocket") await upgrade();
  }

  closeAll() {
    for (const socket of this.#open.splice(0)) {
      const engine = engineOf(socket);
      socket.disconnect();
      if (engine && engine.readyState !== "closed") engine.close();
    }
  }
}

export function connected(socket) {
  if (socket.connected) return Promise.resolve();
  return within(
    new Promise((done, fail) => {
      socket.once("connect", done);
      socket.once("connect_error", (error) => fail(new Error(`connect_error: ${error}`)));
      socket.once("error", (error) => fail(new Error(`error: ${error}`)));
    }),
    "connection",
  );
}

export const print = (line) => process.stdout.write(JSON.stringify(line) + "\n");

// Runs the checks one after the other and prints a line of JSON for each, then ends the process.
export async function report(checks, clients) {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await within(check(), "end of the check", 60_000);
      print({ name, ok: true });
    } catch (error) {
      print({ name, ok: false, error: String(error?.stack ?? error) });
    }
    for (const client of clients) client.closeAll();
  }
  print({ done: Object.keys(checks).length });
  process.exit(0);
}
