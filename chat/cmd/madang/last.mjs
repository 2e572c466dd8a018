// A room outlives the attention of its people:
//
//   node last.mjs URL CHROMIUM
//
// The server at URL keeps a seat for two seconds and a closing room for twelve. Ends with status 0 when
// everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import { box, end, inRoom, open as openHere, person as visitor, roomMenu, say as tell, shot, url } from "./rig.mjs";

const person = (locale, options) => visitor({ locale, ...options });
const said = (page, text) => page.getByRole("log").getByText(text, { exact: true });
const row = (page, title) => page.locator(".row", { hasText: title });

async function say(page, text) {
  await tell(page, text);
  await said(page, text).waitFor();
}

async function open(page, title) {
  await page.goto(url);
  return openHere(page, title);
}

const mina = await person("ko-KR", { viewport: { width: 390, height: 780 } });
const tom = await person("en-US", { viewport: { width: 1200, height: 760 }, colorScheme: "dark" });
await tom.goto(url);

// Alone, she looks into another room for longer than seats are kept.
const walk = await open(mina, "산책");
await say(mina, "누구 있어요?");
await box(mina).fill("쓰다 만 글");
await mina.goto(url);
await row(tom, "산책").getByText(/Asleep · until/).waitFor();
await pause(5000);
await mina.goto(url + walk);
await said(mina, "누구 있어요?").waitFor();

// A phone in a pocket: no connection for a while, then again.
await mina.context().setOffline(true);
await pause(6000);
await mina.context().setOffline(false);
await said(mina, "누구 있어요?").waitFor();
await say(mina, "돌아왔어요");

// The tab is closed, and opened again much later.
const context = mina.context();
await mina.close();
await pause(5000);
const back = await context.newPage();
await back.goto(url + walk);
await said(back, "돌아왔어요").waitFor();

// Others find it asleep in the list, and below the rooms where somebody is.
await back.goto(url);
const lively = await person("en-US");
await open(lively, "Lively");
await tom.goto(url);
await row(tom, "산책").getByText(/Asleep · until/).waitFor();
same(await tom.locator(".row-name").allTextContents(), ["Lively", "산책"]);
await shot(tom, "asleep-en");
await row(tom, "산책").click();
await said(tom, "돌아왔어요").waitFor();
same(await roomMenu(tom).count(), 0, "menus of a room of who isn't its owner");

// The owner decides how long it lasts; the sheet says what that means.
await back.goto(url + walk);
await inRoom(back, "방 설정");
const sheet = back.getByRole("dialog", { name: "방 설정" });
await sheet.getByText(/아무 말이 없으면 이 방은 .*닫혀요/).waitFor();
await sheet.getByLabel("방이 남아 있는 시간").selectOption("empty");
await sheet.getByText("마지막 사람이 나가고 30초 뒤에").waitFor();
await sheet.getByLabel("대화 보관").selectOption("day");
await sheet.getByText("되돌릴 수 없어요").waitFor();
await shot(back, "settings-ko");
await sheet.getByRole("button", { name: "저장" }).click();
await sheet.waitFor({ state: "detached" });
await back.keyboard.press("Escape");
await tom.goto(url);
await back.getByText("모두 나가면 이 방은 대화와 함께 사라져요.").waitFor();
await shot(back, "until-empty-ko");

// Closing is told to all, and may be taken back, also on a page that was loaded again.
await tom.goto(url + walk);
await box(tom).waitFor();
await inRoom(back, "방 닫기");
await back.getByRole("dialog", { name: "방 닫기" }).getByRole("button", { name: "방 닫기" }).click();
await tom.locator(".bar").waitFor();
ok((await tom.locator(".bar").innerText()).includes("The owner is closing this room."), "the others are told");
ok(!(await tom.getByRole("button", { name: "Undo" }).isVisible()), "only the owner may");
await shot(tom, "closing-en");
await back.reload();
await shot(back, "closing-ko");
await back.getByRole("button", { name: "되돌리기" }).click();
await tom.locator(".bar").waitFor({ state: "detached" });
await pause(12_500);
await say(tom, "still here");
await said(back, "still here").waitFor();

// Five rooms are enough: the words say what to do, and one is closed right there.
const many = await person("ko-KR", { viewport: { width: 320, height: 700 } });
for (const title of ["하나", "둘", "셋", "넷", "다섯"]) await open(many, title);
await many.goto(url);
await many.getByRole("textbox", { name: "방 이름" }).fill("여섯");
await many.getByRole("button", { name: "방 열기", exact: true }).click();
await many.getByText(/방은 한 사람이 5개까지 열 수 있어요/).waitFor();
await shot(many, "five-ko");
const mine = many.getByRole("list", { name: "내 방" });
same(await mine.getByRole("listitem").count(), 5);
await mine.getByRole("button", { name: "'둘' 방 닫기", exact: true }).click();
await mine.getByRole("button", { name: "'둘' 방 닫기 되돌리기" }).waitFor();
await mine.getByText("둘").waitFor({ state: "detached" });
await many.getByRole("button", { name: "방 열기", exact: true }).click();
await box(many).waitFor();

// Until everybody has left: then it is gone, in words.
await tom.goto(url);
await row(tom, "산책").waitFor();
await back.goto(url);
await row(tom, "산책").waitFor({ state: "detached" });
await back.goto(url + walk);
await back.getByText("존재하지 않는 방입니다.").first().waitFor();
await end(/ERR_INTERNET_DISCONNECTED|WebSocket connection|status of (404|409|422|429)/);
