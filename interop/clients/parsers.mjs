// What the newest client does with another parser than the default one, arguments and output as in
// matrix.mjs. Recovery is on: each event carries an offset as its last argument, which the client
// leaves there.
import { deepStrictEqual as same, ok } from "node:assert";
import { Client, ask, connected, engineOf, inbox, plain, report } from "./client.mjs";

const [packageName, transport, url] = process.argv.slice(2);
const bytes = (length) => Buffer.from(Array.from({ length }, (_, i) => (i * 31) & 255));

const values = [
  ["text", "", "안녕하세요 👋", "x".repeat(70_000)],
  [null, true, false, [], {}, [[{ a: [{ b: [] }] }]]],
  [0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER],
  [-1, -32, -33, -128, -129, -32_768, -32_769, -2_147_483_648, -2_147_483_649, Number.MIN_SAFE_INTEGER],
  [1.5, -0.1, 5e-324, 1e15 + 0.5], // whole numbers beyond 64 bits are cut by the parser itself
  [bytes(0), bytes(1), bytes(255), bytes(256), bytes(70_000)],
  [{ deep: [{ er: [bytes(300)] }], text: "x" }, ...Array(20).fill(bytes(3))],
  [Array.from({ length: 70_000 }, (_, i) => i)],
  [Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key ${i}`, i]))],
];

export async function check(parser) {
  const client = new Client(packageName, transport, url);
  const connect = (nsp, options) => client.connect(nsp, { parser, settled: true, ...options });

  await report(
    {
      async "events and acks"() {
        const socket = await connect();
        const echo = inbox(socket, "echo");
        for (const args of values) {
          socket.emit("echo", ...args);
          same(plain((await echo.next()).slice(0, -1)), plain(args));
          same(plain(await ask(socket, "ack", ...args)), plain(args));
        }
      },

      async "questions of the server"() {
        const socket = await connect();
        const answer = inbox(socket, "answer");
        socket.on("question", (...args) => args.pop()(...args));
        for (const args of values) {
          socket.emit("ask", ...args);
          same(plain((await answer.next()).slice(0, -1)), plain(args));
        }
      },

      async "what JSON doesn't have"() {
        const socket = await connect();
        const view = Uint8Array.of(1, 2, 3);
        same(plain(await ask(socket, "ack", undefined, NaN, new Date(0), view, view.buffer)), [
          null,
          null,
          "1970-01-01T00:00:00.000Z",
          "bytes:010203",
          "bytes:010203",
        ]);
      },

      async namespaces() {
        const socket = await connect("/chat", { auth: { token: "t" } });
        const [me] = await ask(socket, "whoami");
        same(me.id, socket.id);
        const denied = client.socket("/deny", { parser });
        const error = inbox(denied, "connect_error");
        const [why] = await error.next();
        same([why.message, why.data], ["not allowed", { code: 403 }]);
      },

      async "the server disconnects"() {
        const socket = await connect();
        const gone = inbox(socket, "disconnect");
        socket.emit("kick");
        same((await gone.next())[0], "io server disconnect");
      },

      async recovery() {
        const socket = client.socket("/", { parser });
        const welcome = inbox(socket, "welcome");
        await connected(socket);
        await welcome.next();
        await client.upgraded(socket);
        const other = await connect();
        const id = socket.id;
        same(await ask(socket, "join", "r"), [true]);
        const gone = inbox(socket, "disconnect");
        engineOf(socket).close();
        await gone.next();
        const said = inbox(socket, "said");
        other.emit("say", "r", bytes(3));
        await ask(other, "ack");
        socket.connect();
        same(plain((await said.next())[0]), plain(bytes(3)));
        await connected(socket);
        ok(socket.recovered);
        same(socket.id, id);
      },
    },
    [client],
  );
}
