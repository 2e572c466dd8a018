// The greeting on the served page, and on the same page opened from disk, whose Origin is null.
import { deepStrictEqual as same } from "node:assert";
import { browse, more, url } from "../browser.mjs";

await browse(async ({ open, websockets }) => {
  const server = url.replace("http", "ws") + "/";
  for (const address of ["/", `${more[0]}?server=${encodeURIComponent(server)}`]) {
    const tab = await open(address);
    await tab.locator("#status", { hasText: /^connected$/ }).waitFor();
    await tab.locator("#messages li", { hasText: "server" }).waitFor();
    const lines = await tab.locator("#messages li").allInnerTexts();
    same(lines.toSorted(), ["me Client message: Hi!", "server Hello! I am a server."]);
  }
  same(websockets, [server, server]);
});
