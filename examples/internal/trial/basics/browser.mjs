// Two tabs of the basics page.
import { deepStrictEqual as same, ok } from "node:assert";
import { browse, url } from "../browser.mjs";

const items = (tab) => tab.locator("#messages li").allInnerTexts();
const count = (lines, text) => lines.filter((line) => line.endsWith(text)).length;

async function send(tab, mode, text) {
  await tab.locator(`input[name=mode][value=${mode}]`).check();
  await tab.locator("#text").fill(text);
  await tab.locator("#text").press("Enter");
}

const seen = (tab, text) => tab.locator("#messages li", { hasText: text }).first().waitFor();

await browse(async ({ open, requests, websockets }) => {
  const connected = async () => {
    const tab = await open();
    await tab.locator("#status", { hasText: /^connected$/ }).waitFor();
    await tab.locator("#transport", { hasText: /^websocket$/ }).waitFor();
    return tab;
  };
  const [first, second] = [await connected(), await connected()];
  same(websockets.length, 2, "one websocket for each tab");
  for (const socket of websockets) ok(socket.startsWith(url.replace("http", "ws")), socket);
  ok(requests.some((r) => r.includes("transport=polling")), "no request by polling before the upgrade");
  const ids = [await first.locator("#id").innerText(), await second.locator("#id").innerText()];
  ok(ids[0].length === 20 && ids[1].length === 20 && ids[0] !== ids[1], `ids ${ids}`);

  const private1 = "혼자 보는 글 👋 <b>굵게</b> & \"따옴표\"";
  const public1 = "모두 보는 글 👨‍👩‍👧 <img src=x onerror=alert(1)>";
  const public2 = "두 번째 탭에서 <i>";
  await send(first, "me", private1);
  await seen(first, private1);
  await send(first, "all", public1);
  for (const tab of [first, second]) await seen(tab, public1);
  await send(second, "all", public2);
  for (const tab of [first, second]) await seen(tab, public2);

  // One socket gets its messages in order, so what was sent to one tab only would be here by now.
  const lines = [await items(first), await items(second)];
  for (const [text, want] of [[private1, [1, 0]], [public1, [1, 1]], [public2, [1, 1]]]) {
    same(lines.map((tab) => count(tab, text)), want, text);
  }
  for (const tab of [first, second]) {
    same(await tab.locator("#messages li :is(i, img, b b)").count(), 0, "markup in a message");
  }

  // A tab that comes back is somebody new.
  await first.reload();
  await first.locator("#transport", { hasText: /^websocket$/ }).waitFor();
  ok((await first.locator("#id").innerText()) !== ids[0], "the same id after a reload");
  await send(second, "all", "welcome back");
  await seen(first, "welcome back");
});
