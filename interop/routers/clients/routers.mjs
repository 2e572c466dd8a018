// Conversations of the newest official client, several at a time. Each line of standard input is
// one:
//
//   {"id", "url", "path", "unix", "transport": "polling"|"websocket"|"upgrade", "quiet", "webSocket"}
//
// and its end a line {"id", "socket", "error"} of standard output. webSocket tells whether one is
// possible there; without it "websocket" has to be refused and "upgrade" has to stay on polling.
import { deepStrictEqual as same, ok } from "node:assert";
import { Agent } from "node:http";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import { ask, connected, engineOf, inbox, plain, sleep, within } from "../../clients/client.mjs";

// Browsers send this on WebSocket too.
const encodings = { "Accept-Encoding": "gzip, deflate, br, zstd" };

async function converse({ url, path, unix, transport, quiet, webSocket }) {
  const agent = unix ? new Agent({ socketPath: unix }) : undefined;
  const socket = io(url, {
    path,
    agent,
    transports: transport === "upgrade" ? ["polling", "websocket"] : [transport],
    transportOptions: { websocket: { extraHeaders: encodings } },
    rejectUnauthorized: false, // certificates are made for the test
    forceNew: true,
    reconnection: false,
  });
  const left = new Promise((_, fail) => {
    socket.once("disconnect", (reason, details) => fail(new Error(`${reason}: ${details?.description ?? ""}`)));
  });
  left.catch(() => {}); // our own disconnect, at the end
  try {
    return await Promise.race([left, talk(socket, transport, quiet, webSocket)]);
  } finally {
    socket.disconnect();
  }
}

// Returns the id of the socket, or nothing where no connection was wanted.
async function talk(socket, transport, quiet, webSocket) {
  if (transport === "websocket" && !webSocket) {
    await within(new Promise((done) => socket.once("connect_error", done)), "connect_error");
    return undefined;
  }
  await connected(socket);
  const { id } = socket;
  const engine = engineOf(socket);
  if (transport === "upgrade" && webSocket && engine.transport.name !== "websocket") {
    await within(new Promise((done) => engine.once("upgrade", done)), "upgrade", 30_000);
  }
  same(plain(await ask(socket, "echo", "마당 👋", { a: [1, null] }, Buffer.from([0, 255]))), [
    "마당 👋",
    { a: [1, null] },
    "bytes:00ff",
  ]);
  const [text] = await ask(socket, "big", 100_000);
  ok(text.length > 50_000 && text.startsWith("0마당 1마당 4마당 "), "another text");
  same(await ask(socket, "length", "x".repeat(100_000)), [100_000]);

  const now = inbox(socket, "now");
  socket.emit("later", 200);
  await now.next();
  await sleep(quiet);
  same(await ask(socket, "echo", "still here"), ["still here"]);
  same(engine.transport.name, transport === "polling" || !webSocket ? "polling" : "websocket");
  return id;
}

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  within(converse(job), "end of the conversation", 60_000).then(
    (socket) => print({ id: job.id, socket }),
    (error) => print({ id: job.id, error: String(error?.message ?? error) }),
  );
}
// Whoever started this has asked for everything.
process.exit(0);

function print(result) {
  process.stdout.write(JSON.stringify(result) + "\n");
}
