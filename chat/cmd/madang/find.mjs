// What was said is found again: by searches, and by links to messages.
//
//   node find.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { launch, watch } from "../../../internal/nodetest/chromium.mjs";

const [url, executablePath] = process.argv.slice(2);
const browser = await launch(executablePath);
const problems = [];

async function person(path, options = {}) {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1100, height: 760 }, ...options });
  context.setDefaultTimeout(90_000);
  watch(context, url, problems);
  const page = await context.newPage();
  await page.goto(url + path);
  return page;
}

const headers = { Accept: "application/json", "Content-Type": "application/json", Origin: url };
const made = await fetch(`${url}/room`, { method: "POST", headers, body: '{"title":"Walk","life":"week"}' });
const cookie = made.headers.get("set-cookie").split(";")[0];
const { room, url: path } = await made.json();
const box = (page) => page.getByRole("textbox", { name: "Message" });
const field = (page) => page.getByRole("combobox", { name: "Search the messages" });
const hits = (page) => page.getByRole("option");
const sheet = (page) => page.getByRole("dialog");
const row = (page, seq) => page.locator(`#m-${seq}`);
const inView = (page, seq) => row(page, seq).evaluate((e) => {
  const log = document.getElementById("log").getBoundingClientRect();
  const { top, bottom } = e.getBoundingClientRect();
  return top >= log.top && bottom <= log.bottom;
});
const atEnd = (page) => page.evaluate(() => {
  const log = document.getElementById("log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 100;
});
const text = (page) => page.locator("#log .lines").textContent();
const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

// Four hundred messages, of which a few say something.
const ann = await person(path);
await ann.locator("#log[aria-busy=false]").waitFor(); // a request needs somebody in the room
const [{ name, value }] = (await ann.context().cookies()).filter((c) => c.name.endsWith("sid"));
const say = async (chat) => {
  const answer = await fetch(`${url}/room/${room._id}/chat`, { method: "POST", headers: { ...headers, Cookie: `${name}=${value}` }, body: JSON.stringify({ chat }) });
  same(answer.status, 200, await answer.clone().text());
  return (await answer.json()).seq;
};
const first = await say("안녕하세요 여러분, hello <b>everyone</b>");
const gif = Buffer.from("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");
await ann.locator("input[type=file]").setInputFiles({ name: "a.gif", mimeType: "image/gif", buffer: gif });
await press(ann, "Send");
const picture = Number((await ann.locator(".msg[id]:has(.pictures)").getAttribute("id")).slice(2));
for (let i = 0; i < 150; i++) await say(`${i}\nand\nmore`);
const middle = await say("내일 회의실에서 봐요");
const gone = await say("nobody may know of 회의");
for (let i = 150; i < 400; i++) await say(`${i}`);
await ann.locator("#log").getByText("399", { exact: true }).waitFor();

// A key opens the search, and Korean is found by one syllable, in parts and by first consonants.
await ann.locator("#log").focus();
await ann.keyboard.press("/");
await field(ann).waitFor();
ok(await field(ann).evaluate((e) => e === document.activeElement), "the focus is in the field");
for (const [q, n] of [["회", 2], ["의실", 1], ["ㅎㅇㅅ", 1], ["HELLO", 1], ["여러분 hello", 1], ["안녕 회의", 0]]) {
  await field(ann).fill(q);
  if (n) await ann.waitForFunction(([q, n]) => document.querySelectorAll("[role=option]").length === n && document.querySelector("mark"), [q, n]);
  else await ann.getByText(`No message has ‘${q}’ in it.`).waitFor();
}
await field(ann).fill("<b>");
await ann.locator("mark", { hasText: "<b>" }).waitFor();
same(await hits(ann).locator("b b, .hit-text b").count(), 0, "markup is text");

// What is deleted isn't found, in a list that is open neither when it is asked for again.
const deleted = await fetch(`${url}/room/${room._id}/messages/${gone}`, { method: "DELETE", headers: { ...headers, Cookie: `${name}=${value}` } });
same(deleted.status, 200);
await field(ann).fill("회의");
await ann.locator("mark", { hasText: "회의" }).waitFor();
same(await hits(ann).count(), 1);

// Enter goes to the place, which isn't loaded, and says which message it is.
await ann.keyboard.press("Enter");
await sheet(ann).waitFor({ state: "detached" });
await ann.waitForFunction((seq) => document.activeElement?.id === `m-${seq}`, middle);
ok(await inView(ann, middle), "the message is in view");
await ann.locator(`#m-${middle}.found`).waitFor();
await ann.waitForFunction((seq) => !document.querySelector(`#m-${seq}.found`), middle);

// What is said meanwhile is counted and waits; older and newer pages come by scrolling.
const bob = await person(path);
await box(bob).fill("meanwhile");
await box(bob).press("Enter");
await ann.getByRole("button", { name: "1 new message" }).waitFor();
ok(!(await text(ann)).includes("meanwhile"), "the newest are elsewhere");
await ann.locator("#log").evaluate((e) => (e.scrollTop = e.scrollHeight));
await ann.waitForFunction((seq) => document.getElementById(`m-${seq}`), middle + 50);
await press(ann, "1 new message");
await ann.locator("#log").getByText("meanwhile", { exact: true }).waitFor();
ok(await atEnd(ann), "at the end");

// From a found place one comes to the newest by scrolling alone, without a hole.
await ann.locator("#log").focus();
await ann.keyboard.press("/");
same(await field(ann).inputValue(), "회의", "the search is kept");
await hits(ann).first().click();
await ann.waitForFunction((seq) => document.activeElement?.id === `m-${seq}`, middle);
const seen = new Set();
for (let i = 0; i < 200 && !(await atEnd(ann) && (await text(ann)).includes("meanwhile")); i++) {
  for (const id of await ann.locator(".msg[id]").evaluateAll((all) => all.map((e) => Number(e.id.slice(2))))) seen.add(id);
  await ann.locator("#log").evaluate((e) => e.scrollBy(0, 500));
  await ann.waitForTimeout(20);
}
for (let seq = middle; seq < middle + 250; seq++) ok(seen.has(seq), `message ${seq} was shown`);

// Writing brings one to the newest.
await ann.evaluate((hash) => (location.hash = hash), `#m-${first}`);
await ann.waitForFunction((seq) => document.activeElement?.id === `m-${seq}`, first);
await box(ann).fill("from the past");
await box(ann).press("Enter");
await ann.locator("#log").getByText("from the past", { exact: true }).waitFor();
await ann.waitForFunction(() => document.getElementById("log").scrollHeight - document.getElementById("log").scrollTop - document.getElementById("log").clientHeight < 100);
ok((await text(ann)).includes("meanwhile"), "the newest are there");

// The menu copies the link, which leads there at a cold start, and from a message without a new tab.
await bob.context().grantPermissions(["clipboard-read", "clipboard-write"]);
await bob.evaluate((hash) => (location.hash = hash), `#m-${middle}`);
await row(bob, middle).waitFor();
await bob.waitForFunction((seq) => document.activeElement?.id === `m-${seq}`, middle);
await bob.keyboard.press("m");
await bob.getByRole("menuitem", { name: "Copy link" }).click();
const link = await bob.evaluate(() => navigator.clipboard.readText());
same(link, `${url}${path}#m-${middle}`);
same(new URL(bob.url()).hash, "", "the address is the room's");
const eve = await person(`${path}#m-${middle}`);
await eve.waitForFunction((seq) => document.activeElement?.id === `m-${seq}`, middle);
ok(await inView(eve, middle), "a cold start leads there");
await eve.reload();
await eve.locator("#log").getByText("from the past", { exact: true }).waitFor();
ok(await atEnd(eve), "a reload doesn't jump again");
await box(eve).fill(`look at ${url}${path}#m-${first}`);
await box(eve).press("Enter");
await eve.locator("#log").getByRole("link", { name: `#m-${first}` }).click();
await eve.waitForFunction((seq) => document.activeElement?.id === `m-${seq}`, first);
same(eve.context().pages().length, 1);

// A picture opens also where the newest messages are elsewhere.
await row(eve, picture).locator(".pictures button").click();
await eve.locator("dialog.viewer img").waitFor();
await eve.keyboard.press("Escape");
await eve.locator("dialog.viewer").waitFor({ state: "detached" });

// Links to what isn't there say so, and to a deleted message lead to what is left of it.
await eve.evaluate(() => (location.hash = "#m-99999"));
await eve.getByText("There is no such message in this room.").waitFor();
await eve.evaluate((hash) => (location.hash = hash), `#m-${gone}`);
await eve.waitForFunction((seq) => document.activeElement?.id === `m-${seq}`, gone);

// A phone in Korean.
const lee = await person(path, { locale: "ko-KR", viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true });
await lee.getByRole("button", { name: "대화 찾기" }).tap();
await lee.getByRole("combobox", { name: "대화 찾기" }).fill("ㅎㅇ");
await lee.locator("mark").first().waitFor();
same(await lee.evaluate(() => document.documentElement.scrollWidth), 320, "nothing is wider than the phone");
await hits(lee).first().tap();
await lee.waitForFunction((seq) => document.activeElement?.id === `m-${seq}`, middle);

if (process.env.SHOTS) {
  const shots = process.env.SHOTS;
  for (const [page, name] of [[eve, "desktop"], [lee, "phone"]]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate((hash) => (location.hash = hash), `#m-${first}`);
      await page.waitForTimeout(400);
      await page.screenshot({ path: `${shots}/jump-${name}-${colorScheme}.png` });
      await page.locator(".search-button").click();
      const input = page.getByRole("combobox");
      await input.fill("");
      await page.waitForTimeout(500);
      await page.screenshot({ path: `${shots}/search-empty-${name}-${colorScheme}.png` });
      await input.fill("없는 말이에요");
      await page.locator(".search-none").waitFor();
      await page.waitForTimeout(700);
      await page.screenshot({ path: `${shots}/search-none-${name}-${colorScheme}.png` });
      await input.fill("1");
      await page.locator("mark").first().waitFor();
      await page.waitForTimeout(700);
      await page.screenshot({ path: `${shots}/search-${name}-${colorScheme}.png` });
      await page.keyboard.press("Escape");
    }
  }
}
same(problems, [], "problems");
await browser.close();
