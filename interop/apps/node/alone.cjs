// Loaded before the server of private-messaging, which is made for a cluster of processes around a
// Redis: it runs alone, with a Redis in its memory.
const Module = require("node:module");
const load = Module._load;

const instead = {
  ioredis: (parent) => load("ioredis-mock", parent),
  "socket.io-redis": () => () => undefined, // the adapter of one process
  "@socket.io/sticky": () => ({ setupWorker: (io) => io.httpServer.listen(3000) }),
};

Module._load = (name, parent, ...rest) => (instead[name] ?? ((parent) => load(name, parent, ...rest)))(parent);
