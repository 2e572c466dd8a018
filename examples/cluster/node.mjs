// The server of Node in the cluster: it does what server.go does.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const name = process.env.NAME;
const pub = createClient({ url: process.env.REDIS });
const sub = pub.duplicate();
for (const client of [pub, sub]) client.on("error", (err) => console.error(err.message));
await Promise.all([pub.connect(), sub.connect()]);

const page = readFileSync(new URL("page.html", import.meta.url));
const http = createServer((req, res) => {
  if (req.url !== "/") return res.writeHead(404).end();
  res.setHeader("Content-Type", "text/html; charset=utf-8").end(page);
});
const io = new Server(http, { adapter: createAdapter(pub, sub) });

io.on("connection", (socket) => {
  socket.data = { name: String(socket.handshake.auth.name ?? ""), server: name };
  socket.emit("here", name);
  io.emit("changed");
  socket.on("disconnect", () => io.emit("changed"));
  socket.on("say", (text) => {
    if (typeof text === "string" && text.length <= 500) io.emit("said", { server: name, name: socket.data.name, text });
  });
  socket.on("who", async (answer) => {
    let people = [], missing = "";
    try {
      people = (await io.fetchSockets()).map((s) => ({ id: s.id, name: s.data.name, server: s.data.server }));
    } catch (err) {
      missing = err.message; // all or nothing
    }
    answer?.({ servers: [name], people, missing });
  });
});

http.listen(Number(process.env.PORT), "127.0.0.1");
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit());
