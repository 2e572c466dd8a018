// A connection that breaks and comes back is told in one line, over the page:
//
//   node return.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same } from "node:assert";
import { guest } from "./guest.mjs";
import { connection, end, person } from "./rig.mjs";

const mina = await guest();
const room = await mina.open({ title: "점심" });
await mina.join(room);
await mina.say(room, "첫째");

for (const path of [`/room/${room}`, "/"]) {
  const page = await person({ locale: "ko-KR", viewport: { width: 390, height: 844 } });
  const wire = await connection(page);
  await page.goto(new URL(path, process.argv[2]).href);
  const inside = path !== "/";
  if (inside) await page.locator("#log").getByText("첫째").waitFor();
  else await page.locator(".row").waitFor();
  await page.waitForTimeout(500);
  const places = () => page.evaluate(() => [...document.querySelectorAll("header, #content, .opener, .row, .composer, #log")].map((e) => JSON.stringify(e.getBoundingClientRect())));
  const before = await places();
  await wire.cut();
  await page.locator(".banner").waitFor();
  same(await places(), before, "places while the connection is lost");
  if (inside) await mina.say(room, "그동안");
  wire.back();
  await page.locator(".banner .link").click();
  const back = page.locator(".banner.good");
  await back.waitFor();
  same(await page.getByText(/다시 연결됐어요/).count(), 1, "lines that say so");
  if (inside) await back.getByText("다시 연결됐어요 · 놓친 메시지 1개").waitFor();
  else same(await places(), before, "places when it is back");
  same(await page.locator(".banner, .notice").count(), 1, "lines");
  await page.locator(".banner").waitFor({ state: "detached" });
}
await end(/ERR_|WebSocket/);
