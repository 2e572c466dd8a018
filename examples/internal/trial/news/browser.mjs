// The page over each choice of transports, side by side.
import { deepStrictEqual as same } from "node:assert";
import { browse } from "../browser.mjs";
import { connect } from "../connect.mjs";

await browse(async ({ open }) => {
  const pages = [
    ["/", /^polling, then websocket$/],
    ["/?transports=websocket", /^websocket$/],
    ["/?transports=polling", /^polling$/],
  ];
  const tabs = [];
  for (const [path, transport] of pages) {
    const tab = await open(path);
    await tab.locator("#status", { hasText: /^connected$/ }).waitFor();
    await tab.locator("#transport", { hasText: transport }).waitFor();
    tabs.push(tab);
  }
  const bare = await connect(tabs[0], { events: ["news"] });
  for (const payload of [null, 7, [1], { deep: [] }]) await bare.emit("reply", payload);
  await bare.got(["news", "Hello Socket.IO"]);
  await bare.got(["news", "Hello Socket.IO"]);
  for (const tab of tabs) {
    await tab.locator("#news li").nth(1).waitFor();
    const lines = await tab.locator("#news li").allInnerTexts();
    same(lines.filter((line) => !line.endsWith(" Hello Socket.IO")), []);
    await tab.close();
  }
});
