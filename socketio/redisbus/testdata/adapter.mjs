// The official adapters and the emitter for Redis.
export default async function (require, url, key, way, recovery) {
  const { createAdapter, createShardedAdapter } = require("@socket.io/redis-adapter");
  const { Emitter } = require("@socket.io/redis-emitter");
  const streams = require("@socket.io/redis-streams-adapter");
  const { createClient } = require("redis");
  const pub = createClient({ url });
  const sub = pub.duplicate();
  for (const c of [pub, sub]) c.on("error", () => {});
  await Promise.all([pub.connect(), sub.connect()]);
  const adapter = {
    classic: () => createAdapter(pub, sub, { key, requestsTimeout: 5000 }),
    sharded: () => createShardedAdapter(pub, sub, { channelPrefix: key }),
    streams: () => streams.createAdapter(pub, { streamName: key, channelPrefix: key, sessionKeyPrefix: key + ":" }),
  }[way]();
  return { adapter, emitter: new Emitter(pub, { key }), options: recovery ? { connectionStateRecovery: {} } : {} };
}
