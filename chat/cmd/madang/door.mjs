// A raid, as those in the room and those in front of it see it:
//
//   node door.mjs URL CHROMIUM
//
// The server asks the owner beyond two newcomers in three minutes, and newcomers for work beyond three.
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, end, person as visitor, press, shot, url } from "./rig.mjs";

const person = (options) => visitor({ locale: "ko-KR", viewport: { width: 1200, height: 700 }, ...options });
const phone = { viewport: { width: 320, height: 640 }, colorScheme: "dark", locale: "en-US" };
// The box is there before one is in.
const inside = (page) => page.getByText(/^(아직 아무 말도 없어요|Nothing here yet)/).first().waitFor({ timeout: 60_000 });
const narrow = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

const ann = await person();
await ann.goto(url);
await ann.getByRole("textbox", { name: "방 이름" }).fill("광장");
await press(ann, "방 열기");
await box(ann).waitFor();
const room = ann.url();

// Three come at once: the owner is asked, on whatever screen.
const early = [await person(phone), await person(), await person()];
for (const page of early) {
  await page.goto(room);
  await inside(page);
}
await ann.getByText("사람이 한꺼번에 들어오고 있어요 (새로 3명). 문을 잠글까요?").waitFor();
await shot(ann, "crowd");
same(await early[0].getByText("Lock the door").count(), 0, "the others aren't asked");

// The next one reads why it takes a moment, and comes in by itself.
const late = await person(phone);
let answered = 0;
late.on("websocket", (ws) => ws.on("framereceived", ({ payload }) => (answered += String(payload).includes("PROOF_NEEDED") ? 1 : 0)));
// A quick machine has the work done in a blink.
await late.addInitScript(() => {
  const look = () => (globalThis.told ||= /Many people are coming in( ?to this room)?\. Checking for a moment…/.test(document.body?.innerText));
  new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
});
await late.goto(room);
await late.waitForFunction(() => globalThis.told);
await shot(late, "proof");
ok(await narrow(late), "nothing is wider than a small phone");
await inside(late);
same(answered, 1, "times that work was asked for");

// One button, and the door is locked, which all see.
await ann.locator(".crowd").getByRole("button", { name: "문 잠그기" }).click();
await ann.getByTitle("문 잠김").waitFor();
await early[0].getByTitle("Door locked").waitFor();
await ann.locator(".crowd").waitFor({ state: "detached" });
await shot(ann, "locked");
await early[0].getByRole("button", { name: /^Show people/ }).click();
await early[0].getByRole("dialog").getByText("Nobody new gets in.").waitFor();
await shot(early[0], "locked-people");
same(await early[0].getByRole("dialog").getByRole("button", { name: "Open the door" }).count(), 0);
await early[0].keyboard.press("Escape");

// Who is new waits in front of it, with words; who was inside comes back.
const out = await person(phone);
await out.goto(room);
await out.getByRole("heading", { name: "광장" }).waitFor();
await out.getByText("The door is locked", { exact: true }).waitFor();
await shot(out, "door");
ok(await narrow(out), "nothing is wider than a small phone");
await late.reload();
await inside(late);

// It opens, and they are in.
await ann.locator(".crew").getByRole("button", { name: "문 열기" }).click();
await inside(out);
await ann.getByTitle("문 잠김").waitFor({ state: "detached" });
await box(out).fill("finally");
await box(out).press("Enter");
await ann.getByText("finally").first().waitFor();

// At a room with a password the work comes before the guess.
await ann.goto(url);
await press(ann, "옵션");
const sheet = ann.getByRole("dialog");
await sheet.getByRole("textbox", { name: "방 이름" }).fill("비밀");
await sheet.getByRole("textbox", { name: "비밀번호" }).fill("riverside");
await press(sheet, "방 열기");
await box(ann).waitFor();
const secret = ann.url();
for (const page of [await person(), await person(), await person(), await person(phone)]) {
  await page.goto(secret);
  await page.getByRole("textbox", { name: /^(비밀번호|Password)$/ }).fill("riverside");
  await page.getByRole("button", { name: /^(입장|Enter)$/ }).click();
  await inside(page);
}

await end(/status of (403|429)/);
