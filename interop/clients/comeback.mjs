// A client whose connection has broken comes back to another server of the cluster: the ports are
// arguments.
import { deepStrictEqual as same } from "node:assert";
import { once } from "node:events";
import { io } from "socket.io-client";

const [here, there] = process.argv.slice(2).map((port) => `http://127.0.0.1:${port}`);
const join = async (url) => {
  const s = io(url, { transports: ["websocket"], forceNew: true, reconnection: false });
  s.seen = [];
  s.on("said", (...args) => s.seen.push(args.slice(0, -1))); // the last one is an offset
  await once(s, "connect");
  return s;
};
const ask = (s, ...event) => s.timeout(30_000).emitWithAck(...event);
const until = async (what, f) => {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((r) => setTimeout(r, 10))) if (await f()) return;
  throw new Error("not in time: " + what);
};

const other = await join(there);
await until("both know each other", async () => (await ask(other, "servers")).length === 1);
for (let round = 0, at = here; round < 4; round++) {
  const s = await join(at);
  await ask(s, "join", "r");
  other.emit("say", "r", "first");
  await until("the first one", () => s.seen.length === 1);
  const gone = once(s, "disconnect");
  const id = s.id;
  s.io.engine.close();
  await gone;
  for (let i = 0; i < 20; i++) other.emit("say", "r", i, Buffer.from([i]));
  other.emit("say", "elsewhere", "not for it");
  await ask(other, "ack");
  at = at === here ? there : here;
  s.io.uri = at;
  s.connect();
  await once(s, "connect");
  same([s.recovered, s.id], [true, id]);
  other.emit("say", "r", "last");
  await until("the last one", () => s.seen.at(-1)?.[0] === "last");
  same(s.seen.map(([value]) => value), ["first", ...Array(20).keys(), "last"]);
  same((await ask(other, "fetch", "r")).map((seat) => seat.id), [id]);
  s.disconnect();
}
other.disconnect();
