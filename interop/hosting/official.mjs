// Official clients in a room, over a restart of the server:
//
//   node official.mjs URL ROOM COOKIE…
//
// Writes "in" when all are in the room, then reads the seq of the room's last message from standard
// input and waits until all have heard it. Ends with status 0 when each has heard every message
// once and in order, and has come back from one break.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(import.meta.url);
const [url, room, ...cookies] = process.argv.slice(2);
const kinds = ["client-3.1.3", "client-4.0.0", "socket.io-client"].flatMap((name) => [[name, ["polling", "websocket"]], [name, ["websocket"]], [name, ["polling"]]]);
const faults = [];

class Member {
  constructor([name, transports], cookie) {
    this.name = `${name} over ${transports}`;
    this.reasons = [];
    this.joins = 0;
    const lib = require(name);
    const connect = lib.io ?? lib;
    const socket = connect(`${url}/chat`, { forceNew: true, transports, extraHeaders: { Cookie: cookie, Origin: url } });
    socket.on("connect", () => socket.emit("join", { room, since: this.since }, (reply) => this.joined(reply)));
    socket.on("disconnect", (reason) => this.reasons.push(reason));
    for (const event of ["chat", "join", "exit"]) {
      socket.on(event, (message) => {
        this.hear(message);
        this.since.rev = message.rev;
      });
    }
    socket.on("notice", (n) => (this.told = n.code === "RESTART"));
    this.socket = socket;
  }
  joined(reply) {
    if (!reply.ok || (this.since && reply.reset)) return faults.push(`${this.name} joins: ${JSON.stringify(reply).slice(0, 300)}`);
    this.joins++;
    this.last ??= reply.messages[0].seq - 1;
    for (const message of reply.messages) this.hear(message);
    this.since = { epoch: reply.epoch, rev: reply.rev };
  }
  hear({ seq }) {
    if (seq !== this.last + 1) faults.push(`${this.name}: message ${seq} came behind message ${this.last}`);
    this.last = seq;
  }
}

async function until(holds) {
  while (!holds()) await new Promise((done) => setTimeout(done, 20));
}

const members = kinds.map((kind, i) => new Member(kind, cookies[i]));
await until(() => members.every((m) => m.joins === 1));
console.log("in");
const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const last = Number((await input.next()).value);
await until(() => members.every((m) => m.last >= last) || faults.length > 0);
for (const m of members) {
  if (m.joins !== 2 || m.reasons.length !== 1) faults.push(`${m.name}: in the room ${m.joins} times, out by ${m.reasons}`);
  if (!m.told) faults.push(`${m.name} wasn't told`);
  m.socket.disconnect();
}
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
process.exit(0);
