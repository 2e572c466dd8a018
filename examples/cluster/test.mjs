// What a visitor of the cluster sees, through nginx, and when go-1 is killed: the front's port and
// the process are arguments.
import { deepStrictEqual as same } from "node:assert";
import { once } from "node:events";
import { io } from "socket.io-client";

const [port, victim] = process.argv.slice(2);
const all = [];
for (let i = 0; i < 6; i++) {
  const s = io(`http://127.0.0.1:${port}`, { transports: ["websocket"], forceNew: true, auth: { name: "visitor " + i }, reconnectionDelay: 100 });
  s.said = [];
  s.on("here", (name) => { s.server = name; });
  s.on("said", (line) => s.said.push(line));
  await once(s, "here");
  all.push(s);
}
const until = async (what, f) => {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((r) => setTimeout(r, 50))) if (await f()) return;
  throw new Error(`not in time: ${what}: ${JSON.stringify(await Promise.all(all.map(seen)))}, not ${JSON.stringify(there())}`);
};
const servers = () => [...new Set(all.map((s) => s.server))].sort();
same(servers(), ["go-1", "go-2", "node-1"]);

const seen = async (s) => (await s.timeout(30_000).emitWithAck("who")).people.map((p) => p.name + " on " + p.server).sort();
const there = () => all.map((s, i) => `visitor ${i} on ${s.server}`).sort();
for (const s of all) await until("all see all", async () => JSON.stringify(await seen(s)) === JSON.stringify(there()));
for (const s of all) s.emit("say", "hello from " + s.server);
await until("all hear all", () => all.every((s) => s.said.length === 6));

process.kill(Number(victim), "SIGKILL");
await until("they have found another server", () => all.every((s) => s.connected && s.server !== "go-1"));
for (const s of all) await until("all see all again", async () => JSON.stringify(await seen(s)) === JSON.stringify(there()));
for (const s of all) s.disconnect();
