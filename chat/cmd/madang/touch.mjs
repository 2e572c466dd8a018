// A finger that stays on a message or a person opens the menu, on a phone:
//
//   node touch.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, end, log, open, person, press, say, shot } from "./rig.mjs";

const phone = { locale: "ko-KR", viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
const mina = await person({ locale: "ko-KR" }, "/");
const path = await open(mina, "산책");
await say(mina, "길게 누를 말");
const tom = await person(phone, path);
await box(tom).waitFor();
await log(tom).getByText("길게 누를 말").waitFor();

const session = await tom.context().newCDPSession(tom);
const touch = (type, ...points) => session.send("Input.dispatchTouchEvent", { type, touchPoints: points.map(([x, y], id) => ({ x, y, id })) });
const still = (ms) => new Promise((done) => setTimeout(done, ms));
async function middle(of) {
  const { x, y, width, height } = await of.boundingBox();
  return [x + width / 2, y + height / 2];
}
const menu = tom.getByRole("menu");
const none = async (why) => {
  await still(700);
  same(await menu.count(), 0, why);
};
async function pressLong(of) {
  const at = await middle(of);
  await touch("touchStart", at);
  await menu.waitFor(); // while the finger is down
  await touch("touchEnd");
  await still(400);
  same(await menu.count(), 1, "the finger that goes up presses nothing");
}

const bubble = log(tom).getByText("길게 누를 말");
await pressLong(bubble);
await shot(tom, "long-press");
same(await menu.getByRole("menuitem").allTextContents(), ["복사", "링크 복사", "나에게서 숨기기", "신고하기"]);
ok((await menu.getByRole("menuitem").first().evaluate((e) => e === document.activeElement)), "the focus is in the menu");
await tom.keyboard.press("Escape");
await menu.waitFor({ state: "detached" });

// A tap, a finger that scrolls, and two of them are no long press.
const [x, y] = await middle(bubble);
await tom.touchscreen.tap(x, y);
await none("a tap");
await touch("touchStart", [x, y]);
await still(100);
for (let n = 1; n <= 6; n++) await touch("touchMove", [x, y - 5 * n]);
await none("a finger that moves");
await touch("touchEnd");
await touch("touchStart", [x, y]);
await touch("touchStart", [x, y], [x + 40, y]);
await none("two fingers");
await touch("touchEnd");

// What the menu offers is done by the next tap.
await pressLong(bubble);
await tom.touchscreen.tap(...(await middle(menu.getByRole("menuitem", { name: "나에게서 숨기기" }))));
await menu.waitFor({ state: "detached" });
await log(tom).getByText(/숨긴/).first().waitFor();

// A person, in the sheet of people.
await tom.locator(".people-button").click();
const minas = tom.getByRole("dialog").locator(".person-open:not(.own)");
await minas.waitFor();
await still(400); // the sheet stands
await pressLong(minas);
await shot(tom, "long-press-person");
same(await menu.getByRole("menuitem").allTextContents(), ["부르기", "다시 보이기", "신고하기"]);
await tom.keyboard.press("Escape");
await menu.waitFor({ state: "detached" });
await tom.touchscreen.tap(...(await middle(minas))); // and a tap does so too
await menu.waitFor();
await press(tom, "취소");
await menu.waitFor({ state: "detached" });
await end();
