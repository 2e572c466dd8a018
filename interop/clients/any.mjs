// A client of some version behind a balancer that doesn't know sessions: five connections at once,
// each with echoes, bytes and 100 messages each way, and through some heartbeats. Nothing may fail.
//
//   node any.mjs PACKAGE polling|websocket|upgrade URL PORTS
import { deepStrictEqual as same } from "node:assert";
import { Client, ask, engineOf, inbox, plain, sleep, within } from "./client.mjs";

const [packageName, transport, url, ports] = process.argv.slice(2);
const client = new Client(packageName, transport, url);
const bytes = (length) => Buffer.from(Array.from({ length }, (_, i) => (i * 31) & 255));

async function talk(n) {
  const socket = await client.connect(n % 2 ? "/chat" : "/", { settled: true });
  let ended;
  socket.on("disconnect", (why) => (ended = why));
  for (const args of [["text", n], [{ b: bytes(300) }, [bytes(0)], "끝"], ["x".repeat(200_000)], [bytes(200_000)]]) {
    same(plain(await ask(socket, "ack", ...args)), plain(args));
  }
  const echo = inbox(socket, "echo");
  for (let i = 0; i < 100; i++) socket.emit("echo", i, i % 10 ? "m" : bytes(10));
  for (let i = 0; i < 100; i++) same((await echo.next())[0], i);
  await sleep(2500);
  same(await ask(socket, "ack", "still here"), ["still here"]);
  same(ended, undefined);
  same(engineOf(socket).transport.name, transport === "polling" ? "polling" : "websocket");
}

// All servers know each other.
for (const port of ports.split(",")) {
  const one = new Client("socket.io-client", "websocket", `http://127.0.0.1:${port}`);
  const socket = await one.connect();
  const all = async () => {
    while ((await ask(socket, "servers"))[0].length < 2) await sleep(50);
  };
  await within(all(), "cluster");
  one.closeAll();
}
await Promise.all([...Array(5).keys()].map(talk));
client.closeAll();
process.exit(0);
