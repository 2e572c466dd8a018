// Two pushes on each door of the page, with the answers on the WebSocket.
import { deepStrictEqual as same } from "node:assert";
import { browse } from "../browser.mjs";

const push = "서버 서버에서 클라이언트로 메세지를 보냅니다.";
const reply = "나 클라이언트에서 서버로 답장을 보냅니다";

await browse(async ({ open }) => {
  const tab = await open();
  await tab.locator("#ws-status", { hasText: "연결됨" }).waitFor();
  await tab.locator("#sse-status", { hasText: "연결됨" }).waitFor();
  await tab.locator("#ws li").nth(3).waitFor();
  await tab.locator("#sse li").nth(1).waitFor();
  same((await tab.locator("#ws li").allInnerTexts()).slice(0, 4), [push, reply, push, reply]);
  same((await tab.locator("#sse li").allInnerTexts()).slice(0, 2), [push, push]);
});
