// The official client in a room, behind a proxy: prints what happens to it, a line each.
//
//   node proxied.mjs URL ROOM polling|websocket|upgrade
//
// The cookies are in COOKIE, and each name is this machine.
import https from "node:https";
import { io } from "socket.io-client";

const [url, room, transport] = process.argv.slice(2);
const lookup = (name, options, done) =>
  options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
const socket = io(`${url}/chat`, {
  transports: transport === "upgrade" ? ["polling", "websocket"] : [transport],
  agent: new https.Agent({ lookup, keepAlive: true }),
  extraHeaders: { cookie: process.env.COOKIE, origin: url },
  reconnectionDelay: 100,
  reconnectionDelayMax: 500,
});
const say = (...words) => console.log(...words);

socket.on("connect_error", (error) => say("refused", error.message, error.description ?? ""));
socket.on("disconnect", (reason) => say("lost", reason));
socket.on("chat", (message) => say("heard", message.chat));
socket.on("connect", async () => {
  const engine = socket.io.engine;
  if (transport === "upgrade" && engine.transport.name !== "websocket") {
    await new Promise((done) => engine.once("upgrade", done));
  }
  const reply = await socket.timeout(30_000).emitWithAck("join", { room });
  say("joined", reply.ok, engine.transport.name);
});
process.stdin.on("end", () => process.exit(0)).resume();
