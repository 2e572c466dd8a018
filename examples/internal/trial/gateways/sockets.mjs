// Both namespaces as the tutorial's client uses them, on both ports, and as nobody should.
import { deepStrictEqual as same } from "node:assert";
import { connect, more } from "../client.mjs";

const kimChat = connect("/chat", { transports: ["polling"] });
const kim = connect("/room");
await kim.got(["rooms", []]);
await kimChat.connected();
// Lee comes by the second port, which speaks WebSocket only.
const [second] = more;
const leeChat = connect("/chat", { transports: ["websocket"] }, second);
const lee = connect("/room", { transports: ["websocket"] }, second);
await lee.got(["rooms", []]);
await leeChat.connected();
same((await fetch(`${second}/socket.io/?EIO=4&transport=polling`)).status, 400);

const both = async (a, b, ...entries) => { for (const client of [a, b]) await client.got(...entries); };
const noticed = (message) => both(kimChat, leeChat, ["notice", { message }]);
const room = "모란 \"방\" <b>";

kim.emit("createRoom", { room, nickname: "김" });
await noticed(`김님이 ${room}방을 만들었습니다.`);
await both(kim, lee, ["rooms", [room]]);
lee.emit("createRoom", { room: "둘", nickname: "이" });
await noticed("이님이 둘방을 만들었습니다.");
await both(kim, lee, ["rooms", [room, "둘"]]);

// Nobody joins by creating; one room at a time; the sender gets nothing back.
const refused = async (client, ...event) => {
  const reply = await client.ask(...event);
  same(typeof reply.error.message, "string");
  await client.got(["exception", { status: "error", message: reply.error.message }]);
};
await refused(kim, "message", { message: "안에 없다", nickname: "김", room });
kim.emit("joinRoom", { room, nickname: "김", toLeaveRoom: "" });
await noticed(`김님이 ${room}방에 입장했습니다.`);
lee.emit("joinRoom", { room, nickname: "이", toLeaveRoom: "" });
await noticed(`이님이 ${room}방에 입장했습니다.`);
await kim.ask("message", { message: "<i>안녕</i> & 👋", nickname: "김", room });
await lee.got(["message", { message: "김: <i>안녕</i> & 👋" }]);
lee.emit("joinRoom", { room: "둘", nickname: "이", toLeaveRoom: room });
await noticed("이님이 둘방에 입장했습니다.");
await kim.ask("message", { message: "혼자", nickname: "김", room });
await refused(lee, "message", { message: "나갔다", nickname: "이", room });
lee.emit("joinRoom", { room, nickname: "이", toLeaveRoom: null }); // forgot where it was
await noticed(`이님이 ${room}방에 입장했습니다.`);
await refused(lee, "message", { message: "나갔다", nickname: "이", room: "둘" });
same(kim.log, []);

// On /chat a string, to the others.
await kimChat.ask("message", { message: "모두", nickname: "김" });
await leeChat.got(["message", "김: 모두"]);
same(kimChat.log, []);

// A room named by an id is no way to read what is sent to that socket.
lee.emit("joinRoom", { room: kim.socket.id, nickname: "이", toLeaveRoom: room });
await noticed(`이님이 ${kim.socket.id}방에 입장했습니다.`);
await refused(kim, "createRoom", { room, nickname: "김" });
same(lee.log, []);

// Bad payloads end nothing and reach nobody.
const long = (n) => "x".repeat(n + 1);
for (const bad of [null, undefined, 7, "text", [], {}, { room: null, nickname: "김" }, { room: "", nickname: "김" }, { room: {}, nickname: [] },
  { room: long(50), nickname: "김" }, { room: "셋", nickname: long(20) }, { room: "셋", nickname: " " }]) {
  await refused(kim, "createRoom", bad);
  await refused(kim, "joinRoom", bad);
  await refused(kim, "message", bad);
  await refused(kimChat, "message", bad);
}
await refused(kimChat, "message", { message: long(1000), nickname: "김" });
for (const quiet of [lee, leeChat]) same(quiet.log, []);
for (const client of [kim, kimChat, lee, leeChat]) client.close();
