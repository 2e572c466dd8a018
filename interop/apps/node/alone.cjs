// Loaded before the server of private-messaging, which is made for a cluster of processes around a
// Redis: it runs alone, with a Redis in its memory.
const Module = require("node:module");
const load = Module._load;

const instead = {
  ioredis: () => load("ioredis-mock", require.main),
  "socket.io-redis": () => () => undefined, // the adapter of one process
  "@socket.io/sticky": () => ({ setupWorker: (io) => io.httpServer.listen(3000) }),
};

Module._load = (name, ...rest) => (instead[name] ?? (() => load(name, ...rest)))();
