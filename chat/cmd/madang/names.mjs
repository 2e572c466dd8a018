// Two people choose their names, in two browsers:
//
//   node names.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, chip, end, log, person, problems, say, shot, url } from "./rig.mjs";

const mina = await person({ locale: "ko-KR", viewport: { width: 1280, height: 800 } });
const tom = await person({ locale: "en-US", viewport: { width: 320, height: 640 }, colorScheme: "dark", hasTouch: true, isMobile: true });

// She chooses a name in the lobby and opens a room.
await mina.goto(url);
const generated = (await chip(mina).getAttribute("title")).slice("내 이름: ".length, -". 바꾸기".length);
await shot(mina, "lobby");
await chip(mina).click();
const sheet = mina.getByRole("dialog");
const field = sheet.getByLabel("이름", { exact: true });
same(await field.evaluate((el) => el === document.activeElement), true, "the focus is in the field");
await field.fill("관리자");
await sheet.getByRole("alert").getByText("‘관리자’ 같은 이름은").waitFor();
await shot(mina, "sheet-reserved");
await field.fill("가".repeat(21));
await sheet.getByText("1자 초과했어요").waitFor();
await field.fill("민수");
await sheet.getByText("쓸 수 있는 이름이에요.").waitFor();
await shot(mina, "sheet-free");
await sheet.getByRole("button", { name: "바꾸기", exact: true }).click();
await sheet.waitFor({ state: "detached" });
ok(await chip(mina).evaluate((el) => el === document.activeElement), "the focus is back at the chip");
await chip(mina).getByText("민수", { exact: true }).waitFor();
await mina.getByLabel("방 이름").fill("산책");
await mina.getByRole("button", { name: "방 열기" }).click();
await box(mina).waitFor();
await say(mina, "안녕하세요");

await tom.goto(mina.url());
await log(tom).getByText("민수", { exact: true }).first().waitFor();
await say(tom, "Hello");
await log(mina).getByText("Hello").waitFor();

// He can't be called so too, and reads why.
await say(tom, "/nick");
await tom.getByText("Write a new name after /nick").waitFor();
await say(tom, "/nick 민 수");
await tom.getByText("That name is taken.").waitFor();
await shot(tom, "taken");
same(await box(tom).inputValue(), "/nick 민 수", "the text stays");
await say(tom, "/nick Tom <b>");
await log(mina).getByText(/^이름을 바꿨습니다: .* → Tom <b>$/).waitFor();
same(await box(tom).inputValue(), "", "what was a command is gone");
await say(tom, "/shrug");
await log(mina).getByText("/shrug").waitFor();
same(await log(mina).getByText("/nick").count(), 0, "commands that were sent");

// What was said before stands under the name of now, with everybody and after a reload.
for (const again of [false, true]) {
  if (again) await mina.reload();
  await box(mina).waitFor();
  await log(mina).getByText("Tom <b>", { exact: true }).first().waitFor();
  same(await log(mina).locator(".msg.theirs.first .msg-name").allInnerTexts().then((all) => [...new Set(all.map((t) => t.trim()))]), ["Tom <b>"], "names over messages");
  await mina.getByRole("complementary", { name: "사람" }).getByText("Tom <b>").waitFor();
}
await shot(mina, "room");
await shot(tom, "room-phone");
await tom.getByRole("button", { name: /^Show people/ }).click();
await tom.locator(".person-open.own:visible").click();
await tom.getByRole("dialog").nth(1).waitFor();
await shot(tom, "sheet-phone");
await tom.goBack();
await tom.getByRole("dialog").nth(1).waitFor({ state: "detached" });
await tom.goBack();
await tom.getByRole("dialog").waitFor({ state: "detached" });

// She changes it in the room until the limit, and reads for how long.
async function change(name) {
  await chip(mina).click();
  await field.fill(name);
  await field.press("Enter");
}
await change("영희");
await log(tom).getByText("민수 is now 영희.").waitFor();
await chip(mina).click();
await sheet.getByRole("button", { name: `처음 받은 이름으로: ${generated}` }).click();
await sheet.waitFor({ state: "detached" });
await change("하나 더");
await sheet.getByText(/3번까지 잇달아 바꿀 수 있어요/).first().waitFor();
ok(await sheet.getByRole("button", { name: "바꾸기", exact: true }).isDisabled(), "the button waits");
await shot(mina, "sheet-limit");
await end(/ (409|422|429) /); // the browser reports refusals itself
