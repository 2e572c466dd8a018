// The peer on Node: the events of bench/server, with the library's defaults, and with BUS and
// BUS_URL one of a cluster.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { offer, pingInterval } from "./events.mjs";

const url = process.env.BUS_URL;

// redis makes as many connected clients as an adapter needs.
async function redis(n) {
  const { createClient } = await import("redis");
  const clients = Array.from({ length: n }, () => createClient({ url }));
  for (const client of clients) client.on("error", (err) => console.error(err.message));
  await Promise.all(clients.map((client) => client.connect()));
  return clients;
}

const buses = {
  "": () => undefined,
  redis: async () => (await import("@socket.io/redis-adapter")).createAdapter(...(await redis(2))),
  "redis-sharded": async () => (await import("@socket.io/redis-adapter")).createShardedAdapter(...(await redis(2))),
  "redis-streams": async () => (await import("@socket.io/redis-streams-adapter")).createAdapter(...(await redis(1))),
  postgres: async () => {
    const { createAdapter } = await import("@socket.io/postgres-adapter");
    const { default: pg } = await import("pg");
    // One connection listens and one publishes: with more of them messages overtake each other.
    const pool = new pg.Pool({ connectionString: url, max: 2 });
    pool.on("error", (err) => console.error(err.message));
    await pool.query("CREATE TABLE IF NOT EXISTS socket_io_attachments (id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)");
    return createAdapter(pool);
  },
};

const http = createServer();
const io = new Server(http, { pingInterval, adapter: await buses[process.env.BUS ?? ""]() });

offer(io);
http.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => console.log("ready", http.address().port));
