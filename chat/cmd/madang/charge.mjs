// What those in charge do, and what everyone can do to messages and people, in two real browsers:
//
//   node charge.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, end, inRoom, person, roomMenu, shot, url } from "./rig.mjs";

async function say(page, text) {
  await box(page).fill(text);
  await box(page).press("Enter");
  await bubble(page, text).waitFor();
}
const bubble = (page, text) => page.locator("#log li[id^=m-]", { has: page.getByText(text, { exact: true }) });
const nameOf = (page) => page.locator(".crew .person-name").first().evaluate((e) => e.firstChild.textContent);
const menu = (page) => page.getByRole("menu");
async function choose(page, item) {
  await menu(page).getByRole("menuitem", { name: item, exact: true }).click();
}
async function ofMessage(page, text) {
  await bubble(page, text).hover();
  await bubble(page, text).locator(".msg-more").click();
  await menu(page).waitFor();
}
async function ofPerson(page, name) {
  await page.locator(".crew .person-open", { hasText: name }).click();
  await menu(page).waitFor();
}

const mina = await person({ locale: "ko-KR", permissions: ["clipboard-read", "clipboard-write"] });
const tom = await person({ locale: "en-US" });
await mina.goto(url);
await mina.getByRole("textbox", { name: "방 이름" }).fill("산책");
await mina.getByRole("textbox", { name: "방 이름" }).press("Enter");
await box(mina).waitFor();
await tom.goto(mina.url());
await box(tom).waitFor();
await mina.locator(".crew .person").nth(1).waitFor();
const toms = await mina.locator(".crew .person-name").nth(1).evaluate((e) => e.firstChild.textContent);

// One's own message: its menu by mouse, deletion with a question, gone for both.
await say(tom, "지울 말");
await bubble(mina, "지울 말").waitFor();
await ofMessage(tom, "지울 말");
await shot(tom, "message-menu-en");
same(await menu(tom).getByRole("menuitem").allTextContents(), ["Copy", "Copy link", "Delete"]);
await tom.keyboard.press("Escape");
await menu(tom).waitFor({ state: "detached" });
await ofMessage(tom, "지울 말");
await choose(tom, "Delete");
await shot(tom, "delete-sure-en");
await tom.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
for (const page of [mina, tom]) {
  await page.getByText(page === mina ? "삭제된 메시지입니다." : "Message deleted.").waitFor();
  await page.waitForFunction(() => !document.body.textContent.includes("지울 말")); // in the list of rooms too
}
// Nor is it read aloud any more, nor there after a reload.
ok(!(await mina.content()).includes("지울 말"));
await mina.reload();
await mina.getByText("삭제된 메시지입니다.").waitFor();

// By keyboard: the arrows, m, the arrows of the menu, Escape, and the focus is back.
await say(tom, "첫째");
await say(tom, "둘째");
await bubble(mina, "둘째").waitFor();
await mina.locator("#log").focus();
await mina.keyboard.press("ArrowUp");
await mina.keyboard.press("ArrowUp");
const focused = () => mina.evaluate(() => document.activeElement.textContent);
ok((await focused()).includes("첫째"), await focused());
await mina.keyboard.press("m");
await menu(mina).waitFor();
same(await focused(), "복사");
await mina.keyboard.press("ArrowDown");
same(await focused(), "링크 복사");
await mina.keyboard.press("ArrowUp");
await mina.keyboard.press("ArrowUp");
same(await focused(), await menu(mina).getByRole("menuitem").last().textContent());
await shot(mina, "message-menu-ko");
await mina.keyboard.press("Escape");
await menu(mina).waitFor({ state: "detached" });
ok((await focused()).includes("첫째"));

// The owner deletes what another said.
await ofMessage(mina, "첫째");
await choose(mina, "삭제");
await mina.getByRole("dialog").getByRole("button", { name: "삭제" }).click();
await tom.getByText("Message deleted by the owner or a moderator.").waitFor();
same(await tom.getByText("첫째").count(), 0);
// Who isn't in charge can't.
await say(mina, "공지");
await ofMessage(tom, "공지");
same(await menu(tom).getByRole("menuitem").allTextContents(), ["Copy", "Copy link", "Hide for me", "Report"]);
await tom.keyboard.press("Escape");

// A person is mentioned, and what that one said is deleted together.
await ofPerson(mina, toms);
await shot(mina, "person-menu-ko");
await choose(mina, "부르기");
same(await box(mina).inputValue(), `@${toms} `);
await box(mina).fill("");
await ofPerson(mina, toms);
await choose(mina, "메시지 모두 삭제");
await mina.getByRole("dialog").getByRole("button", { name: "삭제" }).click();
await mina.getByText(/님의 메시지 1개를 삭제했습니다/).waitFor();
same(await tom.getByText("둘째").count(), 0);

// Hidden for oneself: one line, no count in the tab, and back again.
const minas = await nameOf(mina);
const tomSees = await tom.locator(".crew .person-open:not(.own) .person-name").evaluate((e) => e.firstChild.textContent);
await ofPerson(tom, tomSees);
await shot(tom, "person-menu-en");
await choose(tom, "Hide for me");
await say(mina, "안 보이는 말");
await tom.getByText(/whom you have hidden/).last().waitFor();
same(await tom.locator("#log").getByText("안 보이는 말").count(), 0);
await shot(tom, "hidden-en");
await tom.reload();
await tom.getByText(/whom you have hidden/).last().waitFor();
await tom.getByText(/whom you have hidden/).last().getByRole("button", { name: "Show" }).click();
await bubble(tom, "안 보이는 말").waitFor();
await inRoom(tom, "1 hidden person");
await shot(tom, "hidden-list-en");
await tom.getByRole("dialog").getByRole("button", { name: "Show again" }).click();
await tom.keyboard.press("Escape");
await bubble(tom, "공지").waitFor();

// Reported: the owner sees it in the list, and nobody else.
await ofMessage(tom, "안 보이는 말");
await choose(tom, "Report");
await tom.getByLabel("Reason").fill("<b>무례해요</b>");
await shot(tom, "report-en");
await tom.getByRole("dialog").getByRole("button", { name: "Report" }).click();
await tom.getByText("Reported. The owner").waitFor();
await inRoom(mina, "신고와 차단 (새 신고 1건)");
await mina.getByText("<b>무례해요</b>").waitFor();
await shot(mina, "reports-ko");
await mina.getByRole("button", { name: "처리했어요" }).click();
await mina.getByText("들어온 신고가 없어요.").waitFor();
await mina.keyboard.press("Escape");

// A moderator, and one no more.
await ofPerson(mina, toms);
await choose(mina, "부방장으로 정하기");
await tom.locator(".crew .person", { hasText: "moderator" }).waitFor();
await tom.getByText(/made .* a moderator/).waitFor();
await inRoom(tom, "Reports and bans");
await tom.getByText("Nobody is banned.").waitFor();
await tom.keyboard.press("Escape");
await ofPerson(tom, tomSees);
same(await menu(tom).getByRole("menuitem").allTextContents(), ["Mention", "Hide for me"]);
await tom.keyboard.press("Escape");
await shot(tom, "moderator-en");
await ofPerson(mina, toms);
await choose(mina, "부방장 그만두게 하기");
await tom.getByText(/is no moderator any more/).waitFor();

// Banned, with a reason that all read; lifted from the list.
await ofPerson(mina, toms);
await choose(mina, "차단하기");
await mina.getByLabel("하루").check();
await mina.getByLabel("이유").fill("도배 <img src=x onerror=alert(1)>");
await shot(mina, "ban-ko");
await mina.getByRole("dialog").getByRole("button", { name: "차단", exact: true }).click();
await tom.getByText(/You are banned from this room until/).first().waitFor();
await mina.getByText(/이 방에서 차단했습니다.*이유: 도배 <img/).waitFor();
await shot(tom, "banned-en");
await tom.reload();
await tom.getByText(/You are banned from this room/).first().waitFor();
await shot(tom, "banned-reload-en");
await inRoom(mina, "신고와 차단");
await mina.getByRole("button", { name: "풀기" }).waitFor();
await shot(mina, "bans-ko");
await mina.getByRole("button", { name: "풀기" }).click();
await mina.getByText("차단한 사람이 없어요.").waitFor();
await mina.keyboard.press("Escape");
await tom.reload();
await box(tom).waitFor();
await mina.locator(".crew .person").nth(1).waitFor();

// Settings: the name, the password, read-only and slow mode; the room is told of each.
await inRoom(mina, "방 설정");
await mina.getByLabel("방 이름").fill("저녁 산책");
await mina.getByLabel("비밀번호", { exact: false }).first().fill("s3cret");
await mina.getByLabel("읽기 전용").check();
await shot(mina, "settings-ko");
await mina.getByRole("button", { name: "저장" }).click();
await tom.getByText("Only the owner and the moderators can write here.").waitFor();
await tom.getByText(/renamed the room: 저녁 산책/).waitFor();
await tom.getByText(/set a password/).waitFor();
await tom.getByRole("heading", { name: "저녁 산책" }).waitFor();
await shot(tom, "read-only-en");
await inRoom(mina, "방 설정");
await mina.getByLabel("읽기 전용").uncheck();
await mina.getByLabel("느린 모드").selectOption("5");
await mina.getByRole("button", { name: "저장" }).click();
await box(tom).waitFor();
await say(tom, "천천히");
await box(tom).fill("또");
await tom.getByRole("button", { name: /You can send in \d s/ }).waitFor();
await shot(tom, "slow-en");
await tom.getByRole("button", { name: "Send" }).click();
await bubble(mina, "또").waitFor();

// Removed: told at once, out of the list, back when the time has passed.
await ofPerson(mina, toms);
await choose(mina, "내보내기");
await tom.getByText(/You were removed from the room/).first().waitFor();
await mina.getByText(/님을 내보냈습니다/).waitFor();
same(await mina.locator(".crew .person").count(), 1);
await shot(tom, "removed-en");
await say(mina, "조용하네요");
same(await tom.locator("#log").getByText("조용하네요").count(), 0);
await tom.reload();
await tom.getByText(/You were removed from the room/).first().waitFor();
await shot(tom, "removed-reload-en");

// Handed over: the other one is the owner at once.
await tom.waitForTimeout(8000);
await tom.goto(mina.url());
await tom.getByRole("textbox", { name: /password/i }).fill("s3cret");
await tom.getByRole("button", { name: "Enter" }).click();
await box(tom).waitFor();
await mina.locator(".crew .person").nth(1).waitFor();
await ofPerson(mina, toms);
await choose(mina, "방장 넘기기");
await mina.getByRole("dialog").getByRole("button", { name: "넘기기" }).click();
await tom.getByText(/is now the owner/).waitFor();
for (const [page, closes] of [[tom, 1], [mina, 0]]) {
  await roomMenu(page).click();
  await menu(page).waitFor();
  same(await menu(page).getByRole("menuitem", { name: /^(Close this room|방 닫기)$/ }).count(), closes, "ways to close the room");
  await page.keyboard.press("Escape");
}
await mina.locator(".crew .person", { hasText: "부방장" }).waitFor();
await shot(tom, "owner-en");

// The page that a removed person asked for has the status 403.
await end(/403 \(Forbidden\)/);
