// The page breaks its connection by itself and comes back after some seconds: as the same socket,
// with what it missed.
import { deepStrictEqual as same } from "node:assert";
import { browse, until } from "../browse.mjs";

await browse(async (visitor) => {
  const open = await visitor();
  const tab = await open("about:blank");
  await tab.addInitScript(() => {
    let connected = 0;
    window.outages = [];
    document.addEventListener("DOMContentLoaded", () => {
      const status = document.getElementById("connectionStatus");
      new MutationObserver(() => {
        if (status.innerText === "disconnected") window.outages.push({ from: Date.now() });
        else if (connected++) window.outages.at(-1).to = Date.now();
      }).observe(status, { childList: true });
    });
  });
  await tab.goto("http://localhost:3000/");
  const shows = (id, text) => tab.locator(`#${id}`, { hasText: new RegExp(`^${text}$`) }).waitFor();
  await shows("connectionStatus", "connected");
  await shows("recoveryStatus", "false");
  const id = await tab.evaluate("socket.id");
  for (let round = 0; round < 2; round++) {
    await shows("connectionStatus", "disconnected");
    await shows("connectionStatus", "connected");
    await shows("recoveryStatus", "true");
    same(await tab.evaluate("socket.id"), id);
    await until("an event after the return", async () => {
      const [newest] = await tab.locator("#messages li").allInnerTexts();
      const { to } = await tab.evaluate(() => window.outages.at(-1));
      return Date.parse(newest) > to;
    });
    // One event a second: those of the outage are there, each once and in their order.
    const texts = await tab.locator("#messages li").allInnerTexts();
    same(texts, [...new Set(texts)].sort().reverse());
    const { from, to } = await tab.evaluate(() => window.outages.at(-1));
    const missed = texts.map(Date.parse).filter((at) => from < at && at < to);
    const wanted = Math.min(10, Math.floor((to - from) / 1000)) - 1;
    same(missed.length >= wanted, true, `${missed.length} events of an outage of ${to - from} ms`);
    same(wanted > 0, true);
  }
});
