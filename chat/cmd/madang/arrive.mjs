// Coming into a room, and back to one: what is drawn first, and where one stopped reading:
//
//   node arrive.mjs URL CHROMIUM
//
// A room tells its last 50 messages to whoever comes. Ends with status 0 when everything was seen,
// else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { guest } from "./guest.mjs";
import { end, log, person, say, url } from "./rig.mjs";

const told = 50;
const mina = await guest("민서");
const room = await mina.open({ title: "산책" });
await mina.join(room);
let said = 0;
const talk = async (n) => {
  for (const until = said + n; said < until; ) await mina.say(room, `${++said}번\n둘째 줄`);
};
await talk(120);

const rows = (page) => page.locator("#log li.msg[id]");
const line = (page) => page.locator("#log .unread");
const up = (page) => page.getByRole("button", { name: "안 읽은 메시지로" });
const atEnd = (page) => log(page).evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight < 2);
const inView = (page, what) => what.evaluate((e) => {
  const log = document.getElementById("log").getBoundingClientRect();
  const { top, bottom } = e.getBoundingClientRect();
  return top >= log.top && bottom <= log.bottom;
});
async function slow(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 6 });
}

// At the end the rest of what was told is drawn above, and nothing older is asked for.
for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 1600 }]) {
  const page = await person({ locale: "ko-KR", viewport });
  await slow(page);
  await page.addInitScript(() => {
    window.ends = [];
    const watcher = new MutationObserver(() => {
      const log = document.getElementById("log");
      if (log?.querySelector(".msg")) requestAnimationFrame(() => window.ends.push(log.scrollHeight - log.scrollTop - log.clientHeight));
    });
    watcher.observe(document, { childList: true, subtree: true });
  });
  await page.goto(`${url}/room/${room}`);
  await log(page).getByText("120번").waitFor();
  await page.waitForFunction((n) => document.querySelectorAll("#log li.msg[id]").length >= n - 5, told);
  await page.waitForTimeout(500);
  ok((await rows(page).count()) <= told, `${await rows(page).count()} messages are drawn at the end`);
  same((await page.evaluate(() => window.ends)).filter((below) => below > 1), [], "it is at its end all the time");
  same(await up(page).count(), 0, "to somebody new nothing is unread");
  same(await line(page).count(), 0);
}

// Whoever scrolls meanwhile, far or a little, keeps what is read in its place.
for (const far of [130, 40]) {
  const page = await person({ locale: "ko-KR", viewport: { width: 390, height: 700 } });
  await slow(page);
  await page.addInitScript((far) => {
    const watcher = new MutationObserver(() => {
      const log = document.getElementById("log");
      if (!log || log.scrollHeight < log.clientHeight + 300) return;
      watcher.disconnect();
      const row = [...log.querySelectorAll(".msg")].at(-6);
      window.drawn = log.querySelectorAll(".msg").length;
      requestAnimationFrame(() => {
        log.scrollTop -= far;
        requestAnimationFrame(() => {
          window.places = [];
          const look = () => {
            window.places.push(Math.round(row.getBoundingClientRect().bottom));
            requestAnimationFrame(look);
          };
          look();
        });
      });
    });
    watcher.observe(document, { childList: true, subtree: true });
  }, far);
  await page.goto(`${url}/room/${room}`);
  await page.waitForFunction((n) => document.querySelectorAll("#log li.msg[id]").length >= n - 5, told);
  await page.waitForTimeout(300);
  ok((await page.evaluate(() => window.drawn)) < told - 5, "there is more to draw when one scrolls");
  const places = await page.evaluate(() => window.places);
  ok(places.length > 5 && Math.max(...places) - Math.min(...places) < 2, `the line is at ${[...new Set(places)]}`);
}

// Whoever comes back sees where one stopped reading, at the end as before.
const tom = await person({ locale: "ko-KR", viewport: { width: 390, height: 844 } }, `/room/${room}`);
await log(tom).getByText("120번").waitFor();
await say(tom, "다녀올게요");
await log(tom).getByText("다녀올게요").waitFor();
await tom.goto(url);
await talk(2);
await tom.locator(".row-link").click();
await log(tom).getByText("122번").waitFor();
await line(tom).getByText("여기까지 읽었어요").waitFor();
ok(await atEnd(tom), "at the end");
ok(await inView(tom, line(tom)), "the line is in view");
same(await line(tom).evaluate((e) => [e.previousElementSibling.textContent.includes("다녀올게요") || e.previousElementSibling.className, e.nextElementSibling.textContent.includes("121번")]), [true, true]);
same(await up(tom).count(), 0);
// It stays for the visit, and what comes then is none.
await talk(1);
await log(tom).getByText("123번").waitFor();
same(await line(tom).count(), 1);
await tom.reload();
await log(tom).getByText("123번").waitFor();
await tom.waitForTimeout(300);
same(await line(tom).count(), 0, "all was read");

// Much was said, more than is told at once: a button leads to the place.
await tom.goto(url);
await talk(70);
await tom.locator(".row-link").click();
await log(tom).getByText("193번").waitFor();
ok(await atEnd(tom), "at the end");
await up(tom).click();
await line(tom).waitFor();
ok(await inView(tom, log(tom).getByText("124번")), "the first unread message is in view");
await up(tom).waitFor({ state: "detached" });

// A window that nobody looked at meanwhile shows it too.
const [, eve] = [await tom.close(), await person({ locale: "ko-KR" }, `/room/${room}`)];
await log(eve).getByText("193번").waitFor();
const turn = (to) => eve.evaluate((to) => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => to });
  document.dispatchEvent(new Event("visibilitychange"));
}, to);
await turn("hidden");
await talk(1);
await log(eve).getByText("194번").waitFor();
same(await line(eve).count(), 0);
await turn("visible");
await line(eve).waitFor();
same(await line(eve).evaluate((e) => e.nextElementSibling.textContent.includes("194번")), true);
await end();
