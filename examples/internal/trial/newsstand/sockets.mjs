// The namespace as the tutorial's client uses it, and as nobody should.
import { deepStrictEqual as same, ok } from "node:assert";
import { connect, url } from "../client.mjs";

const chats = async () => (await fetch(`${url}/chats`)).json();
const stored = await chats();
ok(stored.length > 0, "nothing is stored");

const first = connect("/chat", { transports: ["polling"] });
await first.got(["previous messages", stored]);
const second = connect("/chat", { transports: ["websocket"] });
await second.got(["previous messages", stored]);

// To everyone, the sender included, with nothing but these two fields.
const line = { nickname: "셋", message: "<i> & \"따옴표\" 👨‍👩‍👧" };
first.emit("chat message", { ...line, extra: "not passed on" });
await first.got(["chat message", line]);
await second.got(["chat message", line]);

// What the REST API stores arrives too.
const posted = { nickname: "넷", message: "HTTP" };
await fetch(`${url}/chats`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(posted) });
await first.got(["chat message", posted]);
await second.got(["chat message", posted]);

// Bad payloads are refused, end nothing and reach nobody.
for (const bad of [null, undefined, "text", 7, [], {}, { nickname: "x" }, { nickname: 1, message: {} },
  { nickname: "x".repeat(21), message: "x" }, { nickname: "x", message: "x".repeat(51) }, { nickname: "x", message: "\n" }]) {
  const reply = await second.ask("chat message", bad);
  ok(reply.error.message, `${JSON.stringify(bad)} is answered with ${JSON.stringify(reply)}`);
}
second.emit("no such event", 1);
same(await second.ask("chat message", { nickname: "x".repeat(20), message: "y".repeat(50) }), undefined);
for (const socket of [first, second]) await socket.got(["chat message", { nickname: "x".repeat(20), message: "y".repeat(50) }]);

// A message sent right after connecting is kept, and comes behind the history.
const hasty = connect("/chat");
const before = await chats();
hasty.emit("chat message", { nickname: "다섯", message: "바로" });
await hasty.got(["previous messages", before], ["chat message", { nickname: "다섯", message: "바로" }]);

// Many at once: a newcomer sees each message once, in the history or behind it.
for (const i of Array(10).keys()) {
  for (const socket of [first, second, hasty]) socket.emit("chat message", { nickname: "a", message: `${i} ${socket.socket.id}` });
}
const late = connect("/chat");
const seen = () => late.log.flatMap(([, data]) => data).map(({ message }) => message);
await late.until(() => seen().length >= before.length + 31);
same(late.log.filter(([event]) => event === "previous messages").length, 1);
same(late.log[0][0], "previous messages");
same(seen().sort(), (await chats()).map(({ message }) => message).sort());
for (const socket of [first, second, hasty, late]) socket.close();
