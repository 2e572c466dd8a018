// Small things of a conversation: what is read aloud, copied, counted in the tab, and drawn:
//
//   node small.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, end, gif, person, say, url } from "./rig.mjs";


const mina = await person({ locale: "ko-KR", permissions: ["clipboard-read", "clipboard-write"] });
const tom = await person({ locale: "en-US" });
await mina.goto(url);
await mina.getByRole("textbox", { name: "방 이름" }).fill("산책");
await mina.getByRole("textbox", { name: "방 이름" }).press("Enter");
await box(mina).waitFor();
await tom.goto(mina.url());
await box(tom).waitFor();
await mina.locator(".crew .person").nth(1).waitFor();

// Every message of another is told to a screen reader once, also the same words again.
await mina.evaluate(() => {
  window.told = [];
  const watcher = new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) window.told.push(node.textContent);
  });
  watcher.observe(document.querySelector("[aria-live=polite]"), { childList: true, subtree: true, characterData: true });
});
await say(tom, "ㅋㅋ");
await mina.waitForFunction(() => window.told.length === 1);
await say(tom, "ㅋㅋ");
await say(mina, "저는 안 들려요");
await mina.locator(".bubble", { hasText: "저는 안 들려요" }).waitFor();
await say(tom, "끝");
await mina.waitForFunction(() => window.told.some((text) => text.endsWith("끝")));
const heard = await mina.evaluate(() => window.told);
same(heard.map((text) => text.replace(/^.*: /, "")), ["ㅋㅋ", "ㅋㅋ", "끝"]);

// A window that stands behind another one counts what it hasn't shown to anybody.
same(await mina.title(), "산책");
await mina.evaluate(() => {
  document.hasFocus = () => false;
  window.dispatchEvent(new Event("blur"));
});
await say(tom, "하나\n둘");
await mina.waitForFunction(() => document.title === "(1) 산책");
// What is deleted before anybody has seen it isn't counted any more.
await say(tom, "지울 말");
await mina.waitForFunction(() => document.title === "(2) 산책");
const regretted = tom.locator("#log li[id^=m-]", { hasText: "지울 말" });
await regretted.hover();
await regretted.locator(".msg-more").click();
await tom.getByRole("menuitem", { name: "Delete" }).click();
await tom.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
await mina.waitForFunction(() => document.title === "(1) 산책");
await mina.evaluate(() => {
  document.hasFocus = () => true;
  window.dispatchEvent(new Event("focus"));
});
await mina.waitForFunction(() => document.title === "산책");

// Several messages are copied as one line each; of one, what was selected.
const names = await mina.locator(".crew .person-name").evaluateAll((all) => all.map((e) => e.firstChild.textContent));
async function copied(page, from, to) {
  await page.evaluate(([from, to]) => {
    const bubble = (text) => [...document.querySelectorAll("#log .bubble > p")].find((p) => p.textContent === text).firstChild;
    const selection = getSelection();
    selection.setBaseAndExtent(bubble(from[0]), from[1], bubble(to[0]), to[1]);
  }, [from, to]);
  await page.keyboard.press("Control+C");
  return page.evaluate(() => navigator.clipboard.readText());
}
await mina.locator("#log").focus();
const lines = (await copied(mina, ["저는 안 들려요", 0], ["하나\n둘", 4])).split("\n");
const stamp = /, \d{4}-\d\d-\d\d \d\d:\d\d, /;
same(lines.map((line) => line.split(stamp)), [[names[0], "저는 안 들려요"], [names[1], "끝"], [names[1], "하나 둘"]]);
same(await copied(mina, ["저는 안 들려요", 3], ["저는 안 들려요", 4]), "안");

// All of the page selected is the conversation too, with the address of a picture.
await mina.locator("input[type=file]").setInputFiles({ name: "a.gif", mimeType: "image/gif", buffer: gif });
await mina.getByRole("button", { name: "보내기" }).click();
await mina.locator("#log li[id^=m-] .picture").waitFor();
await mina.locator("#log").focus();
await mina.keyboard.press("Control+A");
await mina.keyboard.press("Control+C");
const all = (await mina.evaluate(() => navigator.clipboard.readText())).split("\n");
same(all.length, 6, all.join("\n"));
ok(new RegExp(`${stamp.source}${url}/gif/[0-9a-f]{32}\\.gif$`).test(all[5]), all[5]);
// What is written in the box is copied as it is.
await box(mina).fill("초안");
await box(mina).press("Control+A");
await box(mina).press("Control+C");
same(await mina.evaluate(() => navigator.clipboard.readText()), "초안");
await box(mina).fill("");

// A face by itself has its colours where there is a font of them; letters and digits have none of it.
await say(mina, "😀");
await say(mina, "안녕 Hello 12 # ☎");
const session = await mina.context().newCDPSession(mina);
await session.send("DOM.enable");
await session.send("CSS.enable");
async function fonts(text) {
  const { root } = await session.send("DOM.getDocument", { depth: -1 });
  const line = await mina.locator("#log li[id^=m-] .bubble", { hasText: text }).evaluate((e) => `#${e.closest("li").id} .bubble`);
  const { nodeId } = await session.send("DOM.querySelector", { nodeId: root.nodeId, selector: line });
  return (await session.send("CSS.getPlatformFontsForNode", { nodeId })).fonts.map((f) => f.familyName);
}
const coloured = await mina.evaluate(() => [...document.fonts].find((f) => /Pictures/.test(f.family)).load().then(() => true, () => false));
if (coloured) same((await fonts("😀")).filter((f) => !/emoji/i.test(f)), []);
else console.log("no font of colour emoji here");
same((await fonts("안녕")).filter((f) => /emoji/i.test(f)), []);

await end();
