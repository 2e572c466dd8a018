// Writes golden.json: what the official adapters and emitters send, in the order of what is done
// here, each as [wire, name, kind, bytes]. Kind says where it stands: "whole" messages, "data" alone
// beside fields, "header" of an attachment; bytes are in hexadecimal. Run: node record.mjs ROOT
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";

const require = createRequire(process.argv[2] + "/package.json");
const { Server } = require("socket.io");
const { io: connect } = require("socket.io-client");
const { createShardedAdapter } = require("@socket.io/redis-adapter");
const streams = require("@socket.io/redis-streams-adapter");
const postgres = require("@socket.io/postgres-adapter");
const { Emitter } = require("@socket.io/postgres-emitter");

const records = [];
let wire, name;
const record = (kind, payload, more) =>
  records.push({ wire, name, kind, hex: Buffer.from(payload).toString("hex"), ...more });

// Clients of the brokers that bring nothing to anybody.
const redis = {
  sSubscribe() {},
  sUnsubscribe() {},
  subscribe() {},
  connect: async () => {},
  duplicate: () => redis,
  on() {},
  disconnect() {},
  sendCommand: async () => ["", "2"],
  xRead: () => new Promise(() => {}),
  publish: async (channel, payload) => record("whole", payload, { channel }),
  sPublish: async (channel, payload) => record("whole", payload, { channel }),
  xAdd: async (stream, id, { uid, nsp, type, data }) => (record("data", data, { uid, nsp, type }), "1-1"),
};
const pool = {
  connect: async () => ({ on() {}, query: async () => {}, removeAllListeners() {}, release() {} }),
  query: async (sql, [first, second] = []) => {
    if (sql.startsWith("INSERT")) record("whole", first);
    if (sql.includes("pg_notify")) record(second.includes("attachmentId") ? "header" : "whole", second, { channel: first });
    return { rows: [{ id: "7" }] };
  },
};

const text = (o) => o.emit("hello", "a", 1, "<한>");
const binary = (o) => o.emit("hello", Buffer.from([1, 2]), { at: Buffer.from([3]), undefined });
const orders = async (io) => {
  const does = async (n, f) => ((name = n), f(), await new Promise((done) => setTimeout(done, 20)));
  await does("to all", () => text(io));
  await does("binary", () => binary(io));
  await does("to rooms, with flags", () => binary(io.to(["r1", "r2"]).except("r3").volatile.compress(false)));
  await does("to numbers", () => text(io.to(1).except(1.5)));
  await does("join", () => io.to("r").socketsJoin(["a", "b"]));
  await does("leave", () => io.except("r").socketsLeave("a"));
  await does("disconnect", () => io.disconnectSockets());
  await does("close", () => io.to("r").disconnectSockets(true));
  await does("server event", () => io.serverSideEmit("x", 1, "한"));
  await does("large", () => io.emit("hello", "x".repeat(2000)));
  return does;
};

const uid = "0123456789abcdef";
const run = async (w, make, count) => {
  wire = w;
  name = "start";
  const http = createServer();
  const io = new Server(http);
  io.adapter(make);
  const adapter = io.of("/").adapter;
  adapter.uid = uid;
  adapter.serverCount = async () => 2;
  adapter.nodesMap?.set("fedcba9876543210", Date.now());
  const does = await orders(io);
  await does("beat", () => adapter.publish?.({ type: 2 }));
  await does("ask sockets", () => io.timeout(500).fetchSockets().catch(() => {}));
  await does("ask servers", () => io.serverSideEmit("x", 1, () => {}));
  await does("ask clients", () => io.to("r").timeout(500).emit("x", Buffer.from([1]), () => {}));
  // And what it answers.
  await new Promise((done) => http.listen(0, "127.0.0.1", done));
  const ready = new Promise((done) =>
    io.on("connection", (s) => {
      s.data.user = "kim";
      s.data.photo = Buffer.from([1, 2]);
      s.join("r");
      done();
    }),
  );
  const client = connect("http://127.0.0.1:" + http.address().port, {
    auth: { token: "t" }, query: { q: "한" }, extraHeaders: { "x-tenant": "a" }, transports: ["websocket"],
  });
  client.on("text", (ack) => ack("a", "b"));
  client.on("binary", (ack) => ack(Buffer.from([1, 2])));
  client.on("nothing", (ack) => ack());
  io.on("text", (ack) => ack("a"));
  io.on("binary", (ack) => ack(Buffer.from([1, 2])));
  io.on("nothing", (ack) => ack());
  await ready;
  const asks = (type, data) =>
    adapter.onMessage({ type, uid: "fedcba9876543210", nsp: "/", data: { requestId: "f0123456789abcdef", ...data } });
  const opts = { rooms: [], except: [], flags: { timeout: 1000 } };
  await does("sockets", () => asks(7, { opts, requestId: "f0123456789abcdef" }));
  for (const what of ["text", "binary", "nothing"]) {
    await does("reply of " + what, () => asks(9, { packet: [what], requestId: "s0123456789abcdef" }));
    await does("acks of " + what, () => asks(3, { packet: { type: 2, data: [what] }, opts, requestId: "e0123456789abcdef" }));
  }
  await does("bye", () => adapter.close());
  adapter.close = () => {};
  client.disconnect();
  io.close();
};

await run("sharded", createShardedAdapter(redis, redis, {}));
await run("streams", streams.createAdapter(redis, {}));
await run("postgres", postgres.createAdapter(pool, { payloadThreshold: 2000 }));
wire = "postgres-emitter";
await orders(new Emitter(pool, "/", { payloadThreshold: 2000 }));
writeFileSync(new URL("golden.json", import.meta.url), "[\n" + records.map((r) => JSON.stringify(r)).join(",\n") + "\n]\n");
process.exit(0);
