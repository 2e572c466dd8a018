// The peer on Bun: the events of bench/server on the engine that Socket.IO has for it.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { offer, pingInterval } from "../node/events.mjs";

const io = new Server();
const engine = new Engine({ path: "/socket.io/", pingInterval });
io.bind(engine);
offer(io);

const server = Bun.serve({ hostname: "127.0.0.1", port: Number(process.env.PORT ?? 0), ...engine.handler() });
console.log("ready", server.port);
