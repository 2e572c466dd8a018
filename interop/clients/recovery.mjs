// Connection state recovery with the newest client, arguments and output as in matrix.mjs. Of the
// events each carries an offset as its last argument then, which the client leaves there.
import { deepStrictEqual as same, ok } from "node:assert";
import { Client, ask, connected, engineOf, inbox, report } from "./client.mjs";

const [packageName, transport, url] = process.argv.slice(2);
const client = new Client(packageName, transport, url);

// A member of the room "r" whose connection has broken off.
async function lost() {
  const socket = client.socket();
  const welcome = inbox(socket, "welcome");
  await connected(socket);
  const [nsp, offset] = await welcome.next();
  same([nsp, typeof offset, socket.recovered], ["/", "string", false]);
  await client.upgraded(socket);
  same(await ask(socket, "join", "r"), [true]);
  const gone = inbox(socket, "disconnect");
  const id = socket.id;
  engineOf(socket).close();
  await gone.next();
  return { socket, id, said: inbox(socket, "said") };
}

// Sends to the room and returns when the server has done so.
async function say(socket, ...values) {
  for (const value of values) socket.emit("say", "r", value);
  await ask(socket, "ack");
}

await report(
  {
    async "missed events"() {
      const other = await client.connect();
      const { socket, id, said } = await lost();
      await say(other, "one", "둘", Buffer.from("three"));
      socket.connect();
      for (const want of ["one", "둘"]) same((await said.next())[0], want);
      same(Buffer.from((await said.next())[0]).toString(), "three");
      await connected(socket);
      same([socket.recovered, socket.id], [true, id]);
      const [me] = await ask(socket, "whoami");
      same([me.recovered, me.id], [true, id]);
      await say(other, "four");
      same((await said.next())[0], "four");
      same(said.seen, []);
    },

    async "unknown session"() {
      const { socket, id } = await lost();
      socket._pid = "nobodynobodynobody12";
      socket.connect();
      await connected(socket);
      same(socket.recovered, false);
      ok(socket.id !== id, "the id of the lost session");
    },

    async "left by choice"() {
      const socket = await client.connect();
      const id = socket.id;
      const gone = inbox(socket, "disconnect");
      socket.emit("kick");
      same((await gone.next())[0], "io server disconnect");
      socket.connect();
      await connected(socket);
      same(socket.recovered, false);
      ok(socket.id !== id, "the id of the session that was ended");
    },
  },
  [client],
);
