// A bare official client for tests of what goes over the wire, run by Node.
import { deepStrictEqual as same } from "node:assert";
import { io } from "socket.io-client";

export const [url, ...more] = process.argv.slice(2);

const late = (what) => new Promise((_, reject) => setTimeout(reject, 60_000, new Error(`late: ${what}`)).unref());

// connect opens a socket in a namespace and records what arrives as [event, ...arguments].
export function connect(namespace = "/", options = {}, server = url) {
  const socket = io(server + namespace, { forceNew: true, reconnection: false, ...options });
  const log = [];
  let arrived = () => {};
  const note = (entry) => {
    log.push(entry);
    arrived();
  };
  socket.onAny((...entry) => note(entry));
  socket.on("connect_error", (error) => note(["connect_error", error.message]));
  socket.on("disconnect", (reason) => note(["disconnect", reason]));
  // until waits for what arrives to fulfil a condition.
  const until = async (done) => {
    while (!done()) await Promise.race([new Promise((resolve) => { arrived = resolve; }), late(`${done} of ${JSON.stringify(log)}`)]);
  };
  return {
    socket,
    log,
    until,
    emit: (...args) => { socket.emit(...args); },
    ask: (...args) => socket.timeout(60_000).emitWithAck(...args),
    connected: () => Promise.race([
      socket.connected || new Promise((resolve) => socket.once("connect", resolve)), late("connect"),
    ]),
    // got waits for as many entries as are given, compares all that arrived and forgets them.
    async got(...entries) {
      await until(() => log.length >= entries.length);
      same(log.splice(0), entries);
    },
    close: () => { socket.disconnect(); },
  };
}
