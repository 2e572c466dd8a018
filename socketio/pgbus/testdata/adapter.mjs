// The official adapter and emitter for PostgreSQL.
export default async function (require, connectionString, channelPrefix, tableName) {
  const { createAdapter } = require("@socket.io/postgres-adapter");
  const { Emitter } = require("@socket.io/postgres-emitter");
  const { Pool } = require("pg");
  const pool = new Pool({ connectionString });
  pool.on("error", () => {});
  await pool.query(`CREATE TABLE IF NOT EXISTS ${tableName} (id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)`);
  return { adapter: createAdapter(pool, { channelPrefix, tableName }), emitter: new Emitter(pool, "/", { channelPrefix, tableName }) };
}
