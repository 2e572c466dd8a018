// What lines of BEHAVIOURS.md say of the client's side, with arguments and output as in matrix.mjs.
// The server doesn't admit clients of versions 1 and 2 here.
import { deepStrictEqual as same, ok } from "node:assert";
import { Client, ask, connected, engineOf, inbox, report } from "./client.mjs";

const [packageName, transport, url] = process.argv.slice(2);
const client = new Client(packageName, transport, url);
const both = new Client(packageName, "upgrade", url);
const old = new Client("client-2.5.0", transport, url);

await report(
  {
    async "first transport"() {
      const names = [];
      for (const one of [client, both]) {
        const socket = one.socket();
        socket.io.once("open", () => names.push(engineOf(socket).transport.name));
        await connected(socket);
      }
      same(names, [transport, "polling"]);
    },

    // A client that exceeds the limit is disconnected, and nothing of the message is seen.
    async "too large"() {
      const socket = await client.connect();
      const echo = inbox(socket, "echo");
      const gone = inbox(socket, "disconnect");
      socket.emit("echo", "x".repeat(1_000_001));
      const [reason] = await gone.next();
      ok(["transport error", "transport close"].includes(reason), reason);
      same(echo.seen, []);
      const again = await client.connect();
      same(await ask(again, "ack", 1), [1]);
    },

    async "written before the connection"() {
      const socket = client.socket("/chat", { autoConnect: false });
      const echo = inbox(socket, "echo");
      for (let i = 0; i < 100; i++) socket.emit("echo", i);
      socket.connect();
      for (let i = 0; i < 100; i++) same(await echo.next(), [i]);
    },

    async "old client"() {
      const socket = old.socket();
      await inbox(socket, "connect_error").next();
      ok(!socket.connected);
    },
  },
  [client, both, old],
);
