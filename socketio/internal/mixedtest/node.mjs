// A server of Node with an official adapter, and clients of it. The module "broker" makes adapter and
// emitter, and may have options for the server. It is told what to do by lines of JSON and answers with
// lines.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [root, broker, name, ...args] = process.argv.slice(2);
const require = createRequire(root + "/package.json");
const { Server } = require("socket.io");
const { Manager } = require("socket.io-client");

const encode = (v) => JSON.stringify(v, function (k, x) {
  const raw = this[k];
  return Buffer.isBuffer(raw) || raw instanceof Uint8Array ? { $binary: Buffer.from(raw).toString("base64") } : x;
});
const decode = (text) => JSON.parse(text, (_, v) => (v && v.$binary !== undefined ? Buffer.from(v.$binary, "base64") : v));
const write = (v) => process.stdout.write(encode(v) + "\n");

const { adapter, emitter, options } = await (await import(pathToFileURL(broker))).default(require, ...args);

const http = createServer();
const io = new Server(http, { pingInterval: 60000, pingTimeout: 60000, ...options });
io.adapter(adapter);
const told = new Set();
const ready = (nsp) => {
  const n = io.of(nsp);
  if (told.has(nsp)) return n;
  told.add(nsp);
  n.on("connection", (s) => {
    if (s.recovered) return;
    s.data.user = name;
    s.data.photo = Buffer.from([1, 2]);
    s.join(["all", name]);
  });
  n.on("tell", (...args) => write({ told: ["tell", ...args] }));
  n.on("name", (ack) => ack(name));
  n.on("echo", (v, ack) => ack(v));
  return n;
};
ready("/");
await new Promise((done) => http.listen(0, "127.0.0.1", done));
const url = "http://127.0.0.1:" + http.address().port;
const clients = new Map();

const aim = (q, of) => {
  let t = of;
  for (const r of q.rooms ?? []) t = t.to(r);
  for (const r of q.except ?? []) t = t.except(r);
  if (q.volatile) t = t.volatile;
  if (q.uncompressed) t = t.compress(false);
  return t;
};

const ops = {
  connect: (q) => new Promise((done, fail) => {
    ready(q.nsp);
    const c = new Manager(url, { transports: ["websocket"], reconnection: false, query: { from: name } }).socket(q.nsp, { auth: { of: name } });
    c.on("connect", () => { clients.set(q.nsp, c); done(c.id); });
    c.on("connect_error", fail);
    c.on("disconnect", (why) => write({ gone: why, nsp: q.nsp }));
    c.onAny((event, ...args) => {
      if (typeof args.at(-1) === "function") {
        args.pop()(event === "bytes" ? Buffer.from(name) : name, "more");
      } else {
        write({ event: [event, ...args], nsp: q.nsp });
      }
    });
  }),
  lose: (q) => void clients.get(q.nsp).io.engine.close(),
  move: (q) => new Promise((done) => {
    const c = clients.get(q.nsp);
    c.io.uri = q.url;
    c.once("connect", () => done({ id: c.id, recovered: c.recovered }));
    c.connect();
  }),
  data: (q) => [...ready(q.nsp).sockets.values()].map((s) => ({ id: s.id, rooms: [...s.rooms], data: s.data })),
  emit: (q) => aim(q, q.emitter ? emitter.of(q.nsp) : ready(q.nsp)).emit(...q.args),
  join: (q) => aim(q, q.emitter ? emitter.of(q.nsp) : ready(q.nsp)).socketsJoin(q.args),
  leave: (q) => aim(q, q.emitter ? emitter.of(q.nsp) : ready(q.nsp)).socketsLeave(q.args),
  drop: (q) => aim(q, q.emitter ? emitter.of(q.nsp) : ready(q.nsp)).disconnectSockets(q.whole),
  tell: (q) => (q.emitter ? emitter.of(q.nsp) : ready(q.nsp)).serverSideEmit("tell", ...q.args),
  askServers: (q) => ready(q.nsp).serverSideEmitWithAck(...q.args),
  ask: (q) => aim(q, ready(q.nsp)).timeout(q.timeout ?? 30_000).emitWithAck(...q.args),
  fetch: async (q) => (await aim(q, ready(q.nsp)).fetchSockets()).map((s) => ({ id: s.id, rooms: [...s.rooms], data: s.data, handshake: s.handshake })),
  rooms: async (q) => [...((await ready(q.nsp).adapter.allRooms?.()) ?? [])],
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const q = decode(line);
  try {
    const result = await ops[q.op](q);
    write({ id: q.id, result: typeof result === "object" || typeof result === "string" ? result : null });
  } catch (e) {
    write({ id: q.id, error: String(e?.message ?? e), responses: e?.responses });
  }
}).on("close", () => process.exit(0));
write({ ready: url });
