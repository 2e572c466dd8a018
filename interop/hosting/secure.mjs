// The official client by HTTPS and WSS, each transport, and a request by HTTP/2 of Node's own make.
// Arguments: the name, the port, the cookies of a session. Prints a line when all is well.
import dns from "node:dns";
import http2 from "node:http2";
import { createRequire } from "node:module";

const [name, port, Cookie] = process.argv.slice(2);
const here = "127.0.0.1";
dns.lookup = (host, options, done) => {
  const all = typeof options === "object" && options.all;
  return all ? done(null, [{ address: here, family: 4 }]) : (done ?? options)(null, here, 4);
};
const { io } = createRequire(import.meta.url)("socket.io-client");
setTimeout(() => fail("nothing happens"), 40_000).unref();

function fail(why) {
  console.error(why);
  process.exit(1);
}

const origin = `https://${name}:${port}`;
for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  await new Promise((done) => {
    const socket = io(`${origin}/chat`, {
      transports,
      forceNew: true,
      reconnection: false,
      extraHeaders: { Cookie, Origin: origin },
    });
    socket.on("connect_error", (err) => fail(`${transports}: ${err.message}: ${err.description}`));
    socket.on("connect", () => {
      const engine = socket.io.engine;
      const last = transports.at(-1);
      const end = () => {
        if (engine.transport.name !== last) fail(`${transports}: by ${engine.transport.name}`);
        socket.disconnect();
        done();
      };
      if (engine.transport.name === last) end();
      else engine.once("upgrade", end);
    });
  });
}

const session = http2.connect(origin);
session.on("error", (err) => fail(err));
const request = session.request({ ":path": "/healthz" });
request.on("response", (headers) => {
  if (headers[":status"] !== 200) fail(`status ${headers[":status"]}`);
  session.close();
  console.log("all is well");
  process.exit(0);
});
request.resume();
request.end();
