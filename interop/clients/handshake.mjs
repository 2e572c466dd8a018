// The options of the newest client that say how it connects, arguments and output as in matrix.mjs.
// Each check connects with an option, echoes text and bytes, and looks at what has arrived at the
// server.
import { deepStrictEqual as same, ok } from "node:assert";
import { Client, ask, engineOf, inbox, plain, report } from "./client.mjs";

const [packageName, transport, url] = process.argv.slice(2);
const client = new Client(packageName, transport, url);

let checks = 0;

// Connects with options, tries both ways, and returns the socket and the requests that have
// arrived.
async function connect(options = {}) {
  const check = `check${++checks}`;
  const { query, ...rest } = options;
  const socket = await client.connect("/", { settled: true, query: { check, ...query }, ...rest });
  const echo = inbox(socket, "echo");
  for (const args of [["안녕", { a: [1, null] }], [Buffer.from([0, 1, 255]), "b"], [Buffer.alloc(3000, 7)]]) {
    socket.emit("echo", ...args);
    same(plain(await echo.next()), plain(args));
    same(plain(await socket.emitWithAck("ack", ...args)), plain(args[0]));
  }
  const arrived = await socket.emitWithAck("arrived", check);
  ok(arrived.length > 0, "no request has arrived");
  for (const { method, websocket } of arrived) ok(websocket ? method === "GET" : true);
  same(arrived.some((a) => a.websocket), transport !== "polling");
  same(arrived.some((a) => !a.websocket), transport !== "websocket");
  return { socket, arrived };
}

const all = (arrived, header, value) => {
  for (const a of arrived) same(a.header[header]?.[0], value, `${a.method} ${JSON.stringify(a.query)}`);
};
const sent = (arrived, name) => arrived.map((a) => a.query[name]?.[0]);
const protocolOf = (socket) => engineOf(socket).transport.ws?.protocol;

await report(
  {
    async "no options"() {
      const { arrived } = await connect();
      for (const { path } of arrived) same(path, "/socket.io/");
    },

    async "protocols"() {
      for (const [protocols, first] of [[["foo"], "foo"], [["v2.chat", "v1.chat"], "v2.chat"], ["bar", "bar"], [[], ""]]) {
        const { socket } = await connect({ protocols });
        if (transport !== "polling") same(protocolOf(socket), first);
      }
    },

    async "extraHeaders"() {
      const { arrived } = await connect({ extraHeaders: { "X-Token": "abc, def=", authorization: "Bearer x.y-z" } });
      all(arrived, "X-Token", "abc, def=");
      all(arrived, "Authorization", "Bearer x.y-z");
    },

    async "transportOptions"() {
      const { arrived } = await connect({
        transportOptions: { polling: { extraHeaders: { "X-Way": "polling" } }, websocket: { extraHeaders: { "X-Way": "websocket" } } },
      });
      for (const a of arrived) same(a.header["X-Way"], [a.websocket ? "websocket" : "polling"]);
    },

    async "withCredentials"() {
      const { arrived } = await connect({ withCredentials: true });
      for (const a of arrived) {
        const later = a.query.sid?.[0];
        same(a.header.Cookie?.[0], later && `io=${later}`);
      }
      for (const a of (await connect()).arrived) same(a.header.Cookie, undefined);
    },

    async "query"() {
      const query = { plus: "a+b c", "ㅎ&=": "안녕 &=?#/%25", empty: "", number: 5, yes: true };
      const { socket, arrived } = await connect({ query });
      const [me] = await ask(socket, "whoami");
      for (const [name, value] of Object.entries(query)) {
        same(me.query[name], String(value));
        for (const got of sent(arrived, name)) same(got, String(value));
      }
    },

    async "path"() {
      for (const path of ["/live/chat", "/live/chat/"]) {
        const { arrived } = await connect({ path });
        for (const a of arrived) same(a.path, "/live/chat/");
      }
    },

    async "addTrailingSlash"() {
      for (const path of ["/socket.io", "/live/chat/"]) {
        const { arrived } = await connect({ path, addTrailingSlash: false });
        for (const a of arrived) same(a.path, path.replace(/\/$/, ""));
      }
    },

    async "timestampRequests"() {
      for (const a of (await connect()).arrived) same(a.query.t !== undefined, !a.websocket);
      for (const a of (await connect({ timestampRequests: true })).arrived) ok(a.query.t);
      for (const a of (await connect({ timestampRequests: false })).arrived) same(a.query.t, undefined);
    },

    async "timestampParam"() {
      const { arrived } = await connect({ timestampRequests: true, timestampParam: "ts" });
      for (const a of arrived) ok(a.query.ts && a.query.t === undefined);
    },

    async "forceBase64"() {
      const { socket, arrived } = await connect({ forceBase64: true });
      same(sent(arrived, "b64")[0], "1");
      same(socket.connected, true);
    },

    async "closeOnBeforeunload"() {
      await connect({ closeOnBeforeunload: true });
    },

    async "autoUnref"() {
      await connect({ autoUnref: true });
    },

    async "tryAllTransports"() {
      if (transport !== "websocket") return;
      const socket = await client.connect("/", {
        path: "/polling/", transports: ["websocket", "polling"], tryAllTransports: true, query: { check: "fall back" },
      });
      same(engineOf(socket).transport.name, "polling");
      same(await ask(socket, "ack", "x"), ["x"]);
      const [arrived] = await ask(socket, "arrived", "fall back");
      same([arrived[0].websocket, arrived[1].websocket], [true, false]);
    },

    async "ackTimeout"() {
      const { socket } = await connect({ ackTimeout: 200 });
      const late = await socket.emitWithAck("slowly", `late${transport}`).catch((error) => error);
      same(late.message, "operation has timed out");
      same(await socket.timeout(20_000).emitWithAck("ack", "x"), "x");
    },

    async "retries"() {
      const { socket } = await connect({ ackTimeout: 2000, retries: 3 });
      const [error, n] = await new Promise((done) => socket.emit("retried", `again${transport}`, (...reply) => done(reply)));
      same([error, n], [null, 2]);
    },
  },
  [client],
);
