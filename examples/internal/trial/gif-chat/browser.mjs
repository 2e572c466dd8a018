// Two visitors and all pages, and the contract as bare sockets see it.
import { deepStrictEqual as same, ok } from "node:assert";
import { browse, url } from "../browser.mjs";
import { connect } from "../connect.mjs";

const gif = Buffer.from("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const row = (tab, title) => tab.locator("#rooms tr", { hasText: title });
const line = (tab, text) => tab.locator("#chats li", { hasText: text });
const color = (tab) => tab.locator("header .user").innerText();
const inRoom = (tab) => tab.locator("#status", { hasText: "연결됨" }).waitFor();
const idOf = (tab) => new URL(tab.url()).pathname.split("/").pop();

async function create(tab, title, max, password = "") {
  await tab.bringToFront();
  await tab.goto(`${url}/room`);
  await tab.getByLabel("방 제목").fill(title);
  await tab.getByLabel("허용 인원").fill(String(max));
  await tab.getByLabel("비밀번호").fill(password);
  await tab.getByRole("button", { name: "만들기" }).click();
  await inRoom(tab);
}

// What a page posts, from a tab of its visitor.
const post = (tab, path, fields) => tab.evaluate(async ([path, fields]) => {
  const answer = await fetch(path, { method: "POST", body: new URLSearchParams(fields) });
  return [answer.status, await answer.text()];
}, [path, fields]);

await browse(async ({ open, visitor }) => {
  const openLee = await visitor();
  const [kim, lee] = [await open("/"), await openLee("/")];
  const [kimColor, leeColor] = [await color(kim), await color(lee)];
  ok(/^#[0-9a-f]{6}$/.test(kimColor) && kimColor !== leeColor, `${kimColor} ${leeColor}`);

  // A locked room, seen at once in an open list, without its password.
  const list = await connect(lee, { namespace: "/room", events: ["newRoom", "removeRoom"] });
  const password = "a&b#c+d %";
  await create(kim, "비밀 <b>방</b>", 2, password);
  const id = idOf(kim);
  same(new URL(kim.url()).searchParams.get("password"), password);
  await row(lee, "비밀 <b>방</b>").waitFor();
  same(await lee.locator("#rooms b b").count(), 0, "markup in a title");
  const [created] = await list.take(1);
  ok(time.test(created[1].createdAt), created[1].createdAt);
  same(created, ["newRoom", { _id: id, title: "비밀 <b>방</b>", max: 2, owner: kimColor, password: true, createdAt: created[1].createdAt }]);

  // A bare socket has to know the password too, and says what it likes without harm.
  const sneak = await connect(lee, { namespace: "/chat", events: ["chat", "join", "exit"] });
  same((await sneak.ask("join", id)).error.message, "비밀번호가 틀렸습니다.");
  same((await sneak.ask("join", "0123456789abcdef01234567")).error.message, "존재하지 않는 방입니다.");
  for (const payload of [null, 7, [], { id }]) ok((await sneak.ask("join", payload)).error, `join ${payload}`);

  await lee.bringToFront();
  await row(lee, "비밀").getByLabel("비밀번호").fill("wrong");
  await row(lee, "비밀").getByRole("button", { name: "입장" }).click();
  await lee.locator("#error", { hasText: "비밀번호가 틀렸습니다." }).waitFor();
  await row(lee, "비밀").getByLabel("비밀번호").fill(password);
  await row(lee, "비밀").getByRole("button", { name: "입장" }).click();
  await inRoom(lee);
  await line(kim, `${leeColor}님이 입장하셨습니다.`).waitFor();

  // Both are in: a third finds it full, at the page and at the socket.
  const third = await open("/");
  const bare = await connect(third, { namespace: "/chat", events: ["chat", "join", "exit"] });
  same((await bare.ask("join", id)).error.message, "허용 인원이 초과하였습니다.");
  await third.goto(`${url}/room/${id}?password=${encodeURIComponent(password)}`);
  await third.locator("#error", { hasText: "허용 인원이 초과하였습니다." }).waitFor();

  // Text and GIF.
  const special = "안녕 👨‍👩‍👧 \"따옴표\" & <img src=x onerror=alert(1)>";
  await lee.locator("input[name=chat]").fill(special);
  await lee.locator("input[name=chat]").press("Enter");
  for (const tab of [kim, lee]) await line(tab, special).waitFor();
  await kim.locator("input[name=gif]").setInputFiles({ name: "고양이.gif", mimeType: "image/gif", buffer: gif });
  for (const tab of [kim, lee]) {
    await tab.locator("#chats img").waitFor({ state: "attached" });
    await tab.waitForFunction(() => document.querySelector("#chats img").naturalWidth === 1);
    same(await tab.locator("#chats img").count(), 1, "markup in a chat");
  }

  // One leaves; the only one left loads the page anew and finds all that was said.
  await lee.goto(url);
  await line(kim, `${leeColor}님이 퇴장하셨습니다.`).waitFor();
  await kim.reload();
  await inRoom(kim);
  await line(kim, special).waitFor();
  same(await kim.locator("#chats img").count(), 1);

  // The last one leaves: room and row are gone.
  await row(lee, "비밀").waitFor();
  const ending = await connect(lee, { namespace: "/room", events: ["newRoom", "removeRoom"] });
  await kim.goto(url);
  await ending.got(["removeRoom", id]);
  await row(lee, "비밀").waitFor({ state: "detached" });
  await third.close();
  await lee.goto(`${url}/room/${id}?password=${encodeURIComponent(password)}`);
  await lee.locator("#error", { hasText: "존재하지 않는 방입니다." }).waitFor();

  await contract(kim, lee, kimColor, leeColor);

  // The owner removes a room; who is in it is told.
  await create(kim, "곧 없어질 방", 5);
  await lee.goto(`${url}/room/${idOf(kim)}`);
  await inRoom(lee);
  const owner = await open("/");
  await owner.bringToFront();
  await row(owner, "곧").getByRole("button", { name: "삭제" }).click();
  for (const tab of [kim, lee]) await tab.locator("#error", { hasText: "존재하지 않는 방입니다." }).waitFor();
  await row(owner, "곧").waitFor({ state: "detached" });
}, { expected: [] });

// contract compares everything that bare sockets of both visitors get.
async function contract(kim, lee, kimColor, leeColor) {
  const events = ["newRoom", "removeRoom", "chat", "join", "exit"];
  for (const transport of ["polling", "websocket"]) {
    const options = { transports: [transport] };
    const chat = (tab) => connect(tab, { namespace: "/chat", options, events });
    const list = await connect(lee, { namespace: "/room", options, events });
    await post(kim, "/room", { title: transport, max: "3" });
    const [[, made]] = await list.take(1);
    const room = made._id;
    same([made.owner, made.password], [kimColor, false]);

    const [a, b] = [await chat(kim), await chat(lee)];
    same(await a.ask("join", room), undefined);
    same(await b.ask("join", room), undefined);
    same(await b.ask("join", room), undefined); // a second time changes nothing
    await a.got(["join", { user: "system", chat: `${leeColor}님이 입장하셨습니다.` }]);

    same(await post(lee, `/room/${room}/chat`, { chat: "안녕" }), [200, "ok"]);
    for (const socket of [a, b]) {
      const [[, line]] = await socket.take(1);
      ok(/^[0-9a-f]{24}$/.test(line._id) && time.test(line.createdAt), JSON.stringify(line));
      same(line, { _id: line._id, room, user: leeColor, chat: "안녕", createdAt: line.createdAt });
    }

    // The socket that leaves was where it joined, whatever its request said.
    await b.close();
    await a.got(["exit", { user: "system", chat: `${leeColor}님이 퇴장하셨습니다.` }]);

    // The list is told at once; sockets that are in the room leave without a word.
    same(await kim.evaluate(async (path) => (await fetch(path, { method: "DELETE" })).text(), `/room/${room}`), "ok");
    await list.got(["removeRoom", room]);
    same((await a.ask("join", room)).error.message, "존재하지 않는 방입니다.");
    await a.close();
    await list.close();
  }
}
