// People and menus: names, who is in a closed or full room, and what opens by mouse, finger and key:
//
//   node people.mjs URL CHROMIUM
//
// The server closes a room at once. Ends with status 0 when everything was seen, else with the reason
// on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { guest } from "./guest.mjs";
import { box, end, entered, inRoom, person, roomMenu, say, url } from "./rig.mjs";

const long = "가나다라 마바사아 자차카타 파하거너";
const [mina, tom] = [await guest(long), await guest()];
const room = await mina.open({ title: "점심", max: 4 });
await mina.join(room);
await tom.join(room);
await tom.say(room, "안녕하세요");

// A name stays on its line, and lines don't touch.
const page = await person({ locale: "ko-KR" }, `/room/${room}`);
await page.locator(".crew .person").nth(2).waitFor();
const names = await page.locator(".crew .person-name > span").evaluateAll((all) => all.map((e) => [e.getBoundingClientRect().height < 26, e.title]));
same(names.map(([one]) => one), [true, true, true], "names on one line");
ok(names.some(([, title]) => title === long), "all of a long name is in its title");
const lines = await page.locator(".crew .person").evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));
for (const [i, line] of lines.slice(1).entries()) ok(line.top >= lines[i].bottom, `line ${i + 1} touches the one before`);
ok(lines.every((l) => l.height >= 44), "lines are as high as a finger");

// Whoever is pressed, there is what one can do; on oneself, one's name.
await page.locator(".crew .person-open", { hasText: long }).click();
await page.getByRole("menu").getByRole("menuitem", { name: "부르기" }).waitFor();
await page.keyboard.press("Escape");
await page.locator(".crew .person-open.own").click();
await page.getByRole("dialog").getByLabel("이름", { exact: true }).waitFor();
await page.keyboard.press("Escape");
await page.getByRole("dialog").waitFor({ state: "detached" });

// The menu of a message: under the pointer, by m, by a long press, and the finger that goes up again
// chooses nothing.
const message = page.locator("#log .msg", { hasText: "안녕하세요" });
same(await message.locator(".msg-more").evaluate((e) => getComputedStyle(e).opacity), "0");
await message.hover();
same(await message.locator(".msg-more").evaluate((e) => getComputedStyle(e).opacity), "1");
await message.locator(".msg-more").click();
const menu = page.getByRole("menu");
await menu.waitFor();
await page.keyboard.press("Escape");
await menu.waitFor({ state: "detached" });
await message.focus();
await page.keyboard.press("m");
await menu.waitFor();
await page.keyboard.press("Escape");
const phone = await person({ locale: "ko-KR", viewport: { width: 390, height: 500 }, hasTouch: true, isMobile: true }, `/room/${room}`);
await say(phone, "손가락으로");
const own = phone.locator("#log .msg[id]", { hasText: "손가락으로" });
await own.waitFor();
const { x, y } = await own.locator(".bubble").boundingBox();
const touch = await phone.context().newCDPSession(phone);
await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: x + 20, y: y + 10 }] });
await phone.getByRole("menu").waitFor();
await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
await phone.waitForTimeout(600);
same(await phone.getByRole("menu").count(), 1, "menus after the finger went up");
await phone.getByRole("menuitem", { name: "삭제" }).tap();
await phone.getByRole("dialog").getByRole("button", { name: "삭제" }).waitFor();
await phone.keyboard.press("Escape");

// The fourth seat is taken; a fifth person reads where, and of how many.
const eve = await person({ locale: "ko-KR" }, `/room/${room}`);
await eve.getByRole("heading", { level: 1, name: "점심" }).waitFor();
await eve.getByText("4/4 · 지금은 자리가 없어요").waitFor();

// To close a room is in its menu alone, and behind a question.
const ann = await person({ locale: "ko-KR" }, "/");
const walk = await ann.evaluate(async () => {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  return (await (await fetch("/room", { method: "POST", headers, body: JSON.stringify({ title: "산책" }) })).json()).room._id;
});
await ann.goto(`${url}/room/${walk}`);
await entered(ann);
await ann.locator(".crew .person").waitFor();
same(await ann.getByText("방 닫기").count(), 0, "ways to close the room in sight");
await roomMenu(ann).click();
const close = ann.getByRole("menuitem", { name: "방 닫기" });
const [bad, usual] = await Promise.all([close, ann.getByRole("menuitem").first()].map((e) => e.evaluate((el) => getComputedStyle(el).color)));
ok(bad !== usual, "it is red");
await ann.keyboard.press("Escape");
await tom.join(walk);
await ann.locator(".crew .person").nth(1).waitFor();
await inRoom(ann, "방 닫기");
await ann.getByRole("dialog").getByRole("button", { name: "방 닫기" }).click();
// Nobody is in a room that is closed.
await ann.getByText("방장이 방을 닫았어요.").waitFor();
same(await ann.locator(".person, .crew, .people-button").count(), 0, "people of a closed room");
await box(ann).waitFor({ state: "detached" });
await end(/status of (409|410)/);
