// All checks of one version of the official client over one kind of transport:
//
//   node matrix.mjs PACKAGE polling|websocket|upgrade URL
//
// The server is interop/server in its mode contract. Each check prints one line of JSON,
// {name, ok, error}. A line {want: "restart"} asks the caller to kill the server and to start
// it again on the same port; the caller answers with a line on standard input.
import { deepStrictEqual as same, ok } from "node:assert";
import { createInterface } from "node:readline";
import { Client, ask, connected, engineOf, inbox, plain, print, report, sleep, within } from "./client.mjs";

const [packageName, transport, url] = process.argv.slice(2);
const client = new Client(packageName, transport, url);
// The other side of conversations is always the newest client, over both transports.
const newest = new Client("socket.io-client", "upgrade", url);

const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const bytes = (length) => Buffer.from(Array.from({ length }, (_, i) => (i * 31) & 255));

const json = [
  [],
  ["text"],
  [null],
  [false],
  [0, -1, 1.5, 1e21],
  ["", [], {}],
  [{ a: [{ b: null, c: [[true]] }], "": 1 }, ["x", 2]],
  ["quotes \" ' \\ <b>&amp;</b> \n\t\u0000\u007f"],
];
const unicode = [
  ["안녕하세요, 마당입니다"],
  ["👋 😀 👨‍👩‍👧‍👦 𝒳 é ß \u2028\u2029"],
  [{ 이름: "철수", "👋": ["값", "1\u0080\u00ff\u0800\uffff"] }, "끝"],
];
const binary = [
  [bytes(5)],
  [bytes(0)],
  [{ deep: [{ er: [bytes(300)] }], text: "x" }, [bytes(1), bytes(0), bytes(2)], "end"],
  [...Array(10).keys()].map((i) => bytes(i)),
];

// Sends each list of arguments to the event that comes back as another.
async function roundTrip(socket, values) {
  const echo = inbox(socket, "echo");
  for (const args of values) socket.emit("echo", ...args);
  for (const args of values) same(plain(await echo.next()), plain(args));
}

async function acks(socket, values) {
  const replies = await Promise.all(values.map((args) => ask(socket, "ack", ...args)));
  same(plain(replies), plain(values));
}

// The server asks with the same arguments, and tells our answer.
async function questions(socket, values) {
  const answer = inbox(socket, "answer");
  socket.on("question", (...args) => args.pop()(...args));
  for (const args of values) {
    socket.emit("ask", ...args);
    same(plain(await answer.next()), plain(args));
  }
}

// The reason that the server noted for a socket which is going away.
async function reasonOf(id) {
  const observer = await newest.connect();
  for (let i = 0; i < 400; i++) {
    const [reason] = await ask(observer, "reasonOf", id);
    if (reason !== null) return reason;
    await sleep(25);
  }
  throw new Error("the server did not notice the disconnect");
}

async function idOf(socket) {
  const [me] = await ask(socket, "whoami");
  return me.id;
}

// The error of a refused namespace: versions 1 and 2 call the event "error".
async function refusal(nsp, options) {
  const socket = client.socket(nsp, options);
  const [error] = await inbox(socket, client.old ? "error" : "connect_error").next();
  ok(!socket.connected, "connected after all");
  return [error, socket];
}

const checks = {
  async connect() {
    const socket = client.socket();
    const welcome = inbox(socket, "welcome");
    await connected(socket);
    same(await welcome.next(), ["/"]);
    await client.upgraded(socket);
    const [me] = await ask(socket, "whoami");
    same(me.nsp, "/");
    same(me.transport, transport === "polling" ? "polling" : "websocket");
    same(me.recovered, false);
    same(me.id, socket.id);
    same(me.id.length, 20);
  },

  async handshake() {
    const socket = await client.connect("/chat", {
      query: { token: "a b&c=d" },
      auth: { user: "철수", list: [1] },
    });
    const [me] = await ask(socket, "whoami");
    // Versions 1 and 2 have no auth; most send the query once more with the namespace.
    same(me.query.token, "a b&c=d");
    same(me.query.EIO, client.old ? "3" : "4");
    if (!client.old) same(me.auth, { user: "철수", list: [1] });
    if (/^(1\.7|2)\./.test(client.version)) same(me.auth, { token: "a b&c=d" });
    // Version 1 knows the id of its connection only.
    same(me.id, client.version.startsWith("1.") ? `/chat#${socket.id}` : socket.id);
  },

  events: async () => roundTrip(await client.connect(), json),
  unicode: async () => roundTrip(await client.connect(), unicode),
  acks: async () => acks(await client.connect(), json),
  "acks/unicode": async () => acks(await client.connect(), unicode),
  questions: async () => questions(await client.connect(), json),
  "questions/unicode": async () => questions(await client.connect(), unicode),
  binary: async () => roundTrip(await client.connect(), binary),
  "binary/acks": async () => acks(await client.connect(), binary),
  "binary/questions": async () => questions(await client.connect(), binary),
  "binary/namespace": async () => roundTrip(await client.connect("/chat"), binary),

  async large() {
    const socket = await client.connect();
    await roundTrip(socket, [["x".repeat(200_000)], [bytes(200_000)], [{ a: bytes(100_000), b: "y".repeat(70_000) }]]);
    await acks(socket, [[bytes(200_000), "end"]]);
  },

  async "large/unicode"() {
    await roundTrip(await client.connect(), [["마당👋".repeat(20_000)]]);
  },

  // Sent as soon as the socket is connected: in mode upgrade while the transport changes.
  async order() {
    const socket = client.socket();
    const echo = inbox(socket, "echo");
    socket.on("connect", () => {
      for (let i = 0; i < 500; i++) socket.emit("echo", i);
    });
    for (let i = 0; i < 500; i++) same(await echo.next(), [i]);
    await client.upgraded(socket);
    same(echo.seen, []);
  },

  async "order/binary"() {
    const socket = client.socket();
    const echo = inbox(socket, "echo");
    const value = (i) => (i % 5 === 0 ? bytes(i) : i);
    socket.on("connect", () => {
      for (let i = 0; i < 500; i++) socket.emit("echo", value(i));
    });
    for (let i = 0; i < 500; i++) same(plain(await echo.next()), plain([value(i)]));
    await client.upgraded(socket);
    same(echo.seen, []);
  },

  // Goes on while the transport changes, in both directions.
  async "order/slow"() {
    const socket = client.socket();
    const echo = inbox(socket, "echo");
    await connected(socket);
    for (let i = 0; i < 100; i++) {
      socket.emit("echo", i);
      if (i % 4 === 0) await sleep(1);
    }
    for (let i = 0; i < 100; i++) same(await echo.next(), [i]);
  },

  // Three namespaces on one connection: each has its own life.
  async namespaces() {
    const main = client.socket("/");
    const chat = main.io.socket("/chat");
    const dynamic = main.io.socket("/dyn-17");
    const welcome = [main, chat, dynamic].map((socket) => inbox(socket, "welcome"));
    for (const [i, nsp] of ["/", "/chat", "/dyn-17"].entries()) same(await welcome[i].next(), [nsp]);
    const ids = new Set();
    for (const [i, socket] of [main, chat, dynamic].entries()) {
      const [me] = await ask(socket, "whoami");
      same(me.nsp, ["/", "/chat", "/dyn-17"][i]);
      ids.add(me.id);
    }
    same(ids.size, 3);
    const stray = inbox(main, "echo");
    await Promise.all([roundTrip(chat, [["chat"], [bytes(3)]]), roundTrip(dynamic, [["dyn"], [bytes(4)]])]);
    same(stray.seen, []);
    const id = await idOf(chat);
    chat.disconnect();
    same(await reasonOf(id), "client namespace disconnect");
    await roundTrip(main, [["still here"]]);
    await roundTrip(dynamic, [["here too"]]);
    same(welcome.map((box) => box.seen), [[], [], []]);
  },

  async "invalid namespace"() {
    const main = await client.connect();
    const other = main.io.socket("/nowhere");
    const [error] = await inbox(other, client.old ? "error" : "connect_error").next();
    // Versions 1 and 2 hand over what the packet holds.
    same(client.old ? (error.message ?? error) : error.message, "Invalid namespace");
    await roundTrip(main, [["still here"]]);
    const [nearly] = await refusal("/dyn-x");
    same(client.old ? (nearly.message ?? nearly) : nearly.message, "Invalid namespace");
  },

  async "middleware error"() {
    const [error, socket] = await refusal("/deny");
    if (client.old) {
      same(error, { code: 403 });
    } else {
      ok(error instanceof Error);
      same([error.message, error.data], ["not allowed", { code: 403 }]);
    }
    const chat = socket.io.socket("/chat");
    await connected(chat);
    await roundTrip(chat, [["the connection stays"]]);
  },

  async rooms() {
    const [a, b, c] = [await client.connect(), await newest.connect(), await client.connect()];
    const said = [a, b, c].map((socket) => inbox(socket, "said"));
    const values = [...json, ...unicode, ...binary];
    same(await ask(a, "join", "방"), [true]);
    same(await ask(b, "join", "방"), [true]);

    for (const args of values) a.emit("say", "방", ...args);
    for (const args of values) same(plain(await said[1].next()), plain(args));
    for (const args of values) b.emit("say", "방", ...args);
    for (const args of values) same(plain(await said[0].next()), plain(args));
    for (const args of values) c.emit("shout", "방", ...args);
    for (const i of [0, 1]) {
      for (const args of values) same(plain(await said[i].next()), plain(args));
    }

    same(await ask(b, "leave", "방"), [true]);
    b.emit("shout", "방", "after leave");
    same(await said[0].next(), ["after leave"]);
    // What was sent before an answer has arrived before it.
    for (const socket of [b, c]) await ask(socket, "ack");
    same(said.map((box) => box.seen), [[], [], []]);

    // A room of the same name in another namespace is another room.
    const d = await client.connect("/chat");
    const other = inbox(d, "said");
    await ask(d, "join", "방");
    a.emit("shout", "방", "here only");
    same(await said[0].next(), ["here only"]);
    await ask(d, "ack");
    same(other.seen, []);

    // A room of one: the socket's own id.
    b.emit("say", await idOf(a), "private");
    same(await said[0].next(), ["private"]);
  },

  async "disconnect/client"() {
    const socket = await client.connect("/", { settled: true });
    const gone = inbox(socket, "disconnect");
    const id = await idOf(socket);
    socket.disconnect();
    same((await gone.next())[0], "io client disconnect");
    same(await reasonOf(id), "client namespace disconnect");
  },

  async "disconnect/kick"() {
    const main = await client.connect("/", { settled: true });
    const chat = main.io.socket("/chat");
    await connected(chat);
    const gone = inbox(chat, "disconnect");
    const id = await idOf(chat);
    chat.emit("kick", false);
    same((await gone.next())[0], "io server disconnect");
    same(await reasonOf(id), "server namespace disconnect");
    await roundTrip(main, [["still here"]]);
  },

  async "disconnect/kick whole"() {
    const main = await client.connect("/", { settled: true });
    const chat = main.io.socket("/chat");
    await connected(chat);
    const gone = [main, chat].map((socket) => inbox(socket, "disconnect"));
    const closed = inbox(engineOf(main), "close");
    const ids = [await idOf(main), await idOf(chat)];
    chat.emit("kick", true);
    for (const box of gone) same((await box.next())[0], "io server disconnect");
    for (const id of ids) same(await reasonOf(id), "server namespace disconnect");
    await closed.next();
  },

  async "disconnect/transport close"() {
    const socket = await client.connect("/", { settled: true });
    const gone = inbox(socket, "disconnect");
    const id = await idOf(socket);
    engineOf(socket).close();
    same((await gone.next())[0], "forced close");
    same(await reasonOf(id), "transport close");
  },

  // The TCP connection ends without a closing frame.
  async "disconnect/drop"() {
    if (transport === "polling") return;
    const socket = await client.connect("/", { settled: true });
    const gone = inbox(socket, "disconnect");
    const id = await idOf(socket);
    engineOf(socket).transport.ws.terminate();
    same((await gone.next())[0], "transport close");
    same(await reasonOf(id), "transport close");
  },

  // Engine.IO 4: the server pings; Engine.IO 3: the client does, and the server answers.
  async heartbeat() {
    const socket = await client.connect("/", { settled: true });
    const beat = client.old ? "pong" : "ping";
    await within(
      new Promise((done) => {
        let beats = 0;
        engineOf(socket).on("packet", (packet) => {
          if (packet.type === beat && ++beats === 3) done();
        });
      }),
      "third heartbeat",
    );
    await roundTrip(socket, [["alive"]]);
  },

  async reconnection() {
    const options = { reconnection: true, reconnectionDelay: 50, reconnectionDelayMax: 100 };
    const socket = client.socket("/chat", options);
    const welcome = inbox(socket, "welcome");
    same(await welcome.next(), ["/chat"]);
    await client.upgraded(socket);
    const gone = inbox(socket, "disconnect");
    const echo = inbox(socket, "echo");
    const before = await idOf(socket);

    print({ want: "restart" });
    const [reason] = await gone.next();
    ok(["transport close", "transport error"].includes(reason), reason);
    socket.emit("echo", "written while offline", bytes(3));
    same((await input.next()).done, false);

    same(await welcome.next(), ["/chat"]);
    same(plain(await echo.next()), plain(["written while offline", bytes(3)]));
    ok((await idOf(socket)) !== before, "the same id after a restart");
    await roundTrip(socket, [["again"]]);
    same([welcome.seen, gone.seen], [[], []]);
  },
};

await report(checks, [client, newest]);
