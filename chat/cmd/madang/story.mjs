// Two people have a conversation, and the server is killed in the middle of it:
//
//   node story.mjs URL CHROMIUM
//
// Writes "kill" to standard output and waits on standard input for "killed", then "start" and
// "started". Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { ask, box, end, gif, home as url, log, person as visitor, problems } from "./rig.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const person = (options) => visitor({ at: url, ...options });

// audit runs axe in a world of its own, where the page's content policy doesn't keep it out.
async function audit(page, where) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression, contextId: executionContextId, awaitPromise: true, returnByValue: true,
    });
    ok(!exceptionDetails, `axe: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  };
  await evaluate(`${axe}; 0`);
  const found = await evaluate(`axe.run(document, { resultTypes: ["violations"] }).then((r) =>
    r.violations.filter((v) => ["serious", "critical"].includes(v.impact))
      .map((v) => v.id + ": " + v.nodes.map((n) => n.html).join(" ")))`);
  same(found, [], `axe finds in ${where}`);
  await session.detach();
}

const said = (page, text) => log(page).getByText(text, { exact: true });

async function say(page, text) {
  await box(page).fill(text);
  await box(page).press("Enter");
}

// tap is say on a phone, where Enter begins a new line.
async function tap(page, text) {
  await box(page).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

async function hears(page, text) {
  await said(page, text).first().waitFor();
  same(await said(page, text).count(), 1, `times that "${text}" is there`);
}


const mina = await person({ locale: "ko-KR", viewport: { width: 1280, height: 800 } });
const tom = await person({ locale: "en-US", viewport: { width: 390, height: 844 }, colorScheme: "dark", hasTouch: true, isMobile: true });

// Tom looks at the lobby while Mina opens a room with a password and two seats.
await tom.goto(url);
await tom.getByText("No rooms yet. Open the first one.").waitFor();
await audit(tom, "the empty lobby");
await mina.goto(url);
await mina.getByRole("button", { name: "옵션" }).click();
const sheet = mina.getByRole("dialog");
await sheet.getByLabel("방 이름").fill("저녁 산책");
await sheet.getByLabel("최대 인원").fill("2");
await sheet.getByRole("textbox", { name: /비밀번호/ }).fill("강변북로");
await audit(mina, "the sheet");
await sheet.getByRole("button", { name: "방 열기" }).click();
await mina.waitForURL(/\/room\//);
await box(mina).waitFor();

// He sees it appear, with one of two seats taken, and needs the password.
const row = tom.getByRole("link", { name: /저녁 산책/ });
await row.getByText("1 of 2 people").waitFor();
await audit(tom, "the lobby");
await row.click();
await tom.getByLabel(/Password/).first().waitFor();
await audit(tom, "the gate");
await tom.getByRole("textbox", { name: /Password/ }).fill("wrong word");
await tom.getByRole("button", { name: "Enter", exact: true }).click();
await tom.getByText("Wrong password.").waitFor();
problems.splice(0, problems.length, ...problems.filter((p) => !p.includes("403"))); // the browser reports the refusal itself
await tom.getByRole("textbox", { name: /Password/ }).fill("강변북로");
await tom.getByRole("button", { name: "Enter", exact: true }).click();
await box(tom).waitFor();
ok(!tom.url().includes("?"), tom.url());

// They talk.
await mina.getByText(/님이 입장하셨습니다\.$/).waitFor();
await say(mina, "안녕하세요! 일곱 시에 봐요 <b>꼭</b>");
await hears(tom, "안녕하세요! 일곱 시에 봐요 <b>꼭</b>");
await tap(tom, "See you at seven 👋");
await hears(mina, "See you at seven 👋");
await mina.locator("input[type=file]").setInputFiles({ name: "점.gif", mimeType: "image/gif", buffer: gif });
await mina.getByRole("button", { name: "보내기" }).click();
const picture = log(tom).locator("img").first();
await picture.waitFor();
ok(await picture.evaluate((img) => img.decode().then(() => img.naturalWidth === 1)), "the picture");
await audit(mina, "the room");
await audit(tom, "the room on a phone");

// A picture on its way arrives even when its sender goes to the lobby, and who comes back finds it
// there.
let upload;
await mina.route("**/gif", (route) => (upload = route));
const asked = mina.waitForRequest("**/gif");
await mina.locator("input[type=file]").setInputFiles({ name: "점.gif", mimeType: "image/gif", buffer: gif });
await mina.getByRole("button", { name: "보내기" }).click();
await asked;
await mina.locator(".brand").click();
await mina.getByRole("button", { name: "옵션" }).waitFor();
same(await log(tom).locator("img").count(), 1, "pictures before the upload goes on");
await upload.continue();
await log(tom).locator("img").nth(1).waitFor();
await tom.getByText(/ left\.$/).waitFor();
await mina.unroute("**/gif");
await mina.getByRole("link", { name: /저녁 산책/ }).click();
await log(mina).locator("img").nth(1).waitFor();

// A photo of more pixels than a room takes is made smaller on its way.
const photo = await mina.evaluate(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 5000, height: 3000 });
  const context = canvas.getContext("2d");
  context.fillStyle = "teal";
  context.fillRect(0, 1000, 5000, 2000);
  return canvas.toDataURL("image/jpeg");
});
await mina.locator("input[type=file]").setInputFiles({ name: "바다.jpg", mimeType: "image/jpeg", buffer: Buffer.from(photo.split(",")[1], "base64") });
await mina.getByText("바다.jpg").waitFor();
await mina.getByRole("button", { name: "보내기" }).click();
const sea = log(tom).locator("img").nth(2);
await sea.waitFor();
same(await sea.evaluate((img) => img.decode().then(() => [img.naturalWidth, img.naturalHeight])), [4096, 2458], "the sides of the photo");

// Back closes the picture that fills his phone and not the room, and he stands where he stood.
await tom.setViewportSize({ width: 390, height: 400 });
await log(tom).locator(".picture-open").nth(2).click();
await tom.getByRole("dialog").waitFor();
await tom.goBack();
await log(tom).locator(".picture-open:focus").waitFor();
same(await tom.getByRole("dialog").count(), 0, "dialogs after Back");

// By keyboard he returns to the latest message, and goes on from there.
await log(tom).evaluate((el) => (el.scrollTop = 0));
const pill = tom.getByRole("button", { name: "Back to newest" });
await pill.press("Enter");
await pill.waitFor({ state: "detached" });
ok(await log(tom).evaluate((el) => el === document.activeElement), "the focus is in the conversation");
await tom.setViewportSize({ width: 390, height: 844 });

// Enter ends a syllable first and sends only then.
const keys = await mina.context().newCDPSession(mina);
await box(mina).focus();
await keys.send("Input.imeSetComposition", { text: "한글", selectionStart: 2, selectionEnd: 2 });
await keys.send("Input.dispatchKeyEvent", { type: "keyDown", key: "Process", code: "Enter", windowsVirtualKeyCode: 229 });
await keys.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Enter", code: "Enter", windowsVirtualKeyCode: 13 });
await mina.waitForTimeout(300);
same(await said(mina, "한글").count(), 0, "sent in the middle of a syllable");
await keys.send("Input.insertText", { text: "한글" });
await box(mina).press("Enter");
await hears(tom, "한글");
same(await box(mina).inputValue(), "");

// A third person finds no seat.
const eve = await person({ locale: "en-US" });
await eve.goto(url);
await eve.getByRole("link", { name: /저녁 산책/ }).getByText("Full").waitFor();

// The server dies in the middle of it; what is written meanwhile waits in the browser.
await ask("kill", "killed");
await mina.getByText("연결이 끊겼어요. 다시 연결하는 중…").first().waitFor();
await say(mina, "아직 거기 있어요?");
await log(mina).getByText("연결되면 보낼게요").waitFor();
await ask("start", "started");
await hears(tom, "아직 거기 있어요?");
await tap(tom, "Yes, still here");
await hears(mina, "Yes, still here");

// Nothing is lost, doubled or out of order, also for somebody who comes back.
const whole = ["안녕하세요! 일곱 시에 봐요 <b>꼭</b>", "See you at seven 👋", "한글", "아직 거기 있어요?", "Yes, still here"];
for (const page of [mina, tom]) {
  await page.reload();
  for (const text of whole) await hears(page, text);
  const text = await log(page).innerText();
  const places = whole.map((line) => text.indexOf(line));
  same(places, [...places].sort((a, b) => a - b), "order");
  await log(page).locator("img").first().waitFor();
}

// A refused connection is what the browser says of a server that is down.
await end(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|WebSocket connection/);
