// What INTEROP says of two servers in a cluster, with the official client: the ports are arguments.
import { deepStrictEqual as same, ok } from "node:assert";
import { once } from "node:events";
import { io } from "socket.io-client";

const ports = process.argv.slice(2);
const join = async (port, nsp = "/") => {
  const s = io(`http://127.0.0.1:${port}${nsp}`, { transports: ["websocket"], forceNew: true, reconnection: false });
  s.seen = [];
  s.onAny((...event) => s.seen.push(event));
  s.on("question", (...args) => args.at(-1)("of " + s.id, "more"));
  await once(s, "connect");
  return s;
};
const ask = (s, ...event) => s.timeout(30_000).emitWithAck(...event);
const until = async (what, f) => {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((r) => setTimeout(r, 10))) if (await f()) return;
  throw new Error("not in time: " + what);
};
const saw = (s, ...event) => until(`${event} of ${s.seen.map((e) => JSON.stringify(e))}`, () => s.seen.some((e) => JSON.stringify(e) === JSON.stringify(event)));

for (const nsp of ["/", "/chat", "/dyn-7"]) {
  const [a, b] = await Promise.all(ports.map((p) => join(p, nsp)));
  await until("both know each other", async () => (await ask(a, "servers")).length === 1 && (await ask(b, "servers")).length === 1);
  same([await ask(a, "where"), await ask(b, "where")], ["a", "b"]);
  same([await ask(a, "servers"), await ask(b, "servers")], [["b"], ["a"]]);
  await ask(a, "join", "r");
  await ask(b, "join", "r");
  const seats = [a, b].map((s) => ({ id: s.id, rooms: [s.id, "r"].sort() })).sort((x, y) => (x.id < y.id ? -1 : 1));
  same(await ask(a, "fetch", "r"), seats);
  a.emit("say", "r", "한", 1);
  await saw(b, "said", "한", 1);
  b.emit("shout", "r", "all");
  await saw(a, "said", "all");
  await saw(b, "said", "all");
  ok(!a.seen.some((e) => e[1] === "한"));
  same(await ask(a, "pull", b.id, "other"), true);
  await until("it is pulled", async () => (await ask(a, "fetch", "other")).length === 1);
  same(await ask(a, "push", "r", "other"), true);
  await until("it is pushed", async () => (await ask(a, "fetch", "other")).length === 0);
  const { answers, missing } = await ask(a, "askAll", "r", "x");
  same([answers.sort(), missing], [["of " + a.id, "of " + b.id].sort(), 0]);
  a.emit("tell", "x", 2);
  await saw(b, "told", "b", "x", 2);
  const gone = once(b, "disconnect");
  same(await ask(a, "drop", b.id, true), true);
  same((await gone)[0], "io server disconnect");
  a.disconnect();
}
