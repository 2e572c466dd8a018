// The lobby with rooms in it, and the list of rooms beside one:
//
//   node rows.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { guest } from "./guest.mjs";
import { box, end, person, url } from "./rig.mjs";

const mina = await guest("민서");
const [tom, eve] = [await guest(), await guest()];
const lunch = await mina.open({ title: "점심" });
const secret = await mina.open({ title: "비밀", password: "riverside" });
const full = await tom.open({ title: "체스", max: 2 });
const long = await eve.open({ title: "이름이 아주 길어서 옆 목록의 한 줄에는 다 들어가지 않는 방" });
for (const room of [lunch, full, secret]) await mina.join(room);
for (const room of [lunch, full, long]) await tom.join(room);
await mina.say(lunch, "국수 어때요?");
await mina.say(secret, "안에서만");
await tom.say(full, "시작할까요");

const row = (page, title) => page.locator(".row", { hasText: title });
const edge = (page, what) => page.locator(what).first().evaluate((e) => Math.round(e.getBoundingClientRect().left));
for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
  const page = await person({ locale: "ko-KR", viewport }, "/");
  await row(page, "점심").locator(".row-last", { hasText: "민서 국수 어때요?" }).waitFor();
  // The question is one line, and rooms begin at once, under the edge of the header.
  await page.locator(".lobby.settled").waitFor();
  const top = await page.evaluate(() => document.querySelector(".row-link").getBoundingClientRect().top); // rows change their places
  ok(top <= 180, `rooms begin at ${top}`);
  ok((await page.locator(".hero").evaluate((e) => e.offsetHeight)) < 90, "the question is one line");
  same(new Set([await edge(page, ".brand"), await edge(page, ".opener"), await edge(page, "#rooms-head"), await edge(page, ".tile-mark")]).size, 1, "edges");
  // Who is there, and what was said last, but not behind a password.
  same(await row(page, "점심").locator(".faces .avatar").allInnerTexts().then((all) => all.length), 2);
  same(await row(page, "비밀").locator(".row-sub").innerText(), "비밀방");
  same(await row(page, "비밀").locator(".faces").count(), 0);
  ok(!(await page.content()).includes("안에서만"), "what is said behind a password");
  // A full room looks like one.
  await row(page, "체스").getByText("가득 참").waitFor();
  for (const part of [".tile-mark", ".row-name"]) same(await row(page, "체스").locator(part).evaluate((e) => getComputedStyle(e).opacity), "0.6", part);
  same(await row(page, "점심").locator(".row-name").evaluate((e) => getComputedStyle(e).opacity), "1");
  same(await row(page, "체스").locator(".row-link").evaluate((e) => (e.click(), [getComputedStyle(e).cursor, e.ariaDisabled, location.pathname])), ["default", "true", "/"], "it leads nowhere");
  // It is live, until it is deleted.
  const { seq } = await mina.say(lunch, `${viewport.width}시에 봐요`);
  await row(page, "점심").locator(".row-last", { hasText: `민서 ${viewport.width}시에 봐요` }).waitFor();
  await mina.ask("delete", { room: lunch, seq });
  await row(page, "점심").locator(".row-last").waitFor({ state: "detached" });
  await mina.say(lunch, "국수 어때요?");
}

// Beside a room: long titles end in an ellipsis, what is new is marked until one has looked, and a
// room is opened from here.
const page = await person({ locale: "ko-KR" }, `/room/${lunch}`);
const side = page.locator(".side");
await box(page).waitFor();
const name = side.locator(".row", { hasText: "이름이 아주" }).locator(".row-name");
same(await name.evaluate((e) => [getComputedStyle(e).textOverflow, e.scrollWidth > e.clientWidth, e.offsetHeight < 30]), ["ellipsis", true, true]);
same(await side.locator(".row-link", { hasText: "이름이 아주" }).getAttribute("title"), "이름이 아주 길어서 옆 목록의 한 줄에는 다 들어가지 않는 방");
await page.goto(`${url}/room/${long}`);
await page.locator(".silent").waitFor();
same(await side.locator(".row-new").count(), 0, "marks before anything is said");
await mina.say(lunch, "아직이에요?");
await tom.say(full, "체크"); // one has never looked into that room
await side.locator(".row.unread", { hasText: "점심" }).getByText("새 메시지").waitFor({ state: "attached" });
await side.locator(".row", { hasText: "체스" }).getByText("체크").waitFor();
same(await side.locator(".row-new").count(), 1, "marks");
// The mark moves nothing: all counts end in one column.
same(new Set(await side.locator(".row-count").evaluateAll((all) => all.map((e) => Math.round(e.getBoundingClientRect().right)))).size, 1, "columns of counts");
await side.locator(".row-link", { hasText: "점심" }).click();
await page.locator("#log").getByText("아직이에요?").waitFor();
await side.locator(".row-new").waitFor({ state: "detached" });
// Of somebody whom one has hidden there is nothing to read here either.
await page.locator(".crew .person-open", { hasText: "민서" }).click();
await page.getByRole("menuitem", { name: "나에게서 숨기기" }).click();
await side.locator(".row", { hasText: "점심" }).getByText("숨긴 민서님의 메시지").waitFor();
await page.goto(url);
await row(page, "점심").getByText("숨긴 민서님의 메시지").waitFor();
ok(!(await page.locator(".rooms").innerText()).includes("아직이에요?"), "what somebody hidden said");
await page.goto(`${url}/room/${long}`);
await page.locator(".silent").waitFor();
same(await side.locator(".row-new").count(), 0, "marks of what one has seen");
await side.getByRole("button", { name: "방 열기" }).click();
await page.getByRole("dialog").getByLabel("방 이름").waitFor();
await end();
