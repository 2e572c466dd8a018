// Two readers of the news, with the client's own page on its own origin.
import { deepStrictEqual as same, ok } from "node:assert";
import { browse, more, url } from "../browser.mjs";

const [backend] = more;

await browse(async ({ open, visitor, requests }) => {
  const enter = async (tab, nickname) => {
    await tab.getByRole("button", { name: "채팅" }).click();
    await tab.getByRole("status").filter({ hasText: "연결됨" }).waitFor();
    await tab.getByLabel("별명").fill(nickname);
  };
  const say = async (tab, text) => {
    await tab.getByLabel("메시지").fill(text);
    await tab.getByLabel("메시지").press("Enter");
  };
  const lines = (tab) => tab.locator(".lines p").allInnerTexts();
  const sees = (tab, text) => tab.locator(".lines p", { hasText: text }).waitFor();

  const kim = await open();
  const lee = await (await visitor())();
  await enter(kim, "김");
  await enter(lee, "이");
  const texts = ["안녕하세요 👋", "<img src=x onerror=alert(1)> & \"따옴표\"", "셋"];
  await say(kim, texts[0]);
  await sees(lee, texts[0]);
  await say(lee, texts[1]);
  await sees(kim, texts[1]);
  await say(kim, texts[2]);
  await sees(lee, texts[2]);
  const want = [`김 ${texts[0]}`, `이 ${texts[1]}`, `김 ${texts[2]}`];
  for (const tab of [kim, lee]) {
    same(await lines(tab), want);
    same(await tab.locator(".lines img").count(), 0, "markup in a message");
  }

  // No text is longer than the table takes.
  await kim.getByLabel("메시지").fill("");
  await kim.getByLabel("메시지").pressSequentially("x".repeat(55));
  same((await kim.getByLabel("메시지").inputValue()).length, 50);
  await kim.getByLabel("메시지").fill("");

  // The history is there after each of several loads, however fast the server is.
  for (let i = 0; i < 8; i++) {
    await lee.reload();
    await lee.getByRole("button", { name: "채팅" }).click();
    await lee.locator(".lines p").nth(2).waitFor();
    same(await lines(lee), want);
  }

  // Two messages in one task of the browser are two lines.
  await fetch(`${backend}/chats`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ nickname: "박", message: "하나" }) });
  await fetch(`${backend}/chats`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ nickname: "박", message: "둘" }) });
  for (const tab of [kim, lee]) {
    await sees(tab, "박 둘");
    same((await lines(tab)).slice(3), ["박 하나", "박 둘"]);
  }

  // Dark mode, and it is remembered; the panel closes.
  const scheme = () => kim.evaluate(() => [getComputedStyle(document.documentElement).colorScheme, getComputedStyle(document.body).backgroundColor]);
  const [first, ground] = await scheme();
  await kim.getByRole("button", { name: /보기/ }).click();
  const [second, otherGround] = await scheme();
  ok(first !== second && ground !== otherGround, `${first} ${ground}, then ${second} ${otherGround}`);
  await kim.reload();
  same((await scheme())[0], second);
  await kim.getByRole("button", { name: "채팅" }).click();
  await kim.getByRole("button", { name: "닫기" }).click();
  await kim.locator("#panel").waitFor({ state: "hidden" });

  ok(requests.some((r) => r.startsWith(`${backend}/socket.io/`) && r.includes("transport=polling")), "no polling across origins");
  ok(requests.some((r) => r.startsWith(url)), "the page");
}, { hosts: [new URL(more[0]).host] });
