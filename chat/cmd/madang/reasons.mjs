// What looks like markup is text also where people speak of people and of rooms: reasons of bans and
// of reports, the lists of both, lines about those in charge, names of rooms that change, whom one has
// hidden, menus:
//
//   node reasons.mjs URL CHROMIUM
//
// Its visitors' browsers ignore the page's content policy, so that what would be markup did run.
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { readFileSync } from "node:fs";
import { io } from "socket.io-client";
import { launch, watch } from "../../../internal/nodetest/chromium.mjs";

const [url, executablePath] = process.argv.slice(2);
const corpus = JSON.parse(readFileSync(new URL("../../internal/corpus/markup.json", import.meta.url), "utf8"));
const browser = await launch(executablePath);
const problems = [];

async function visitor() {
  const context = await browser.newContext({ bypassCSP: true, locale: "ko-KR", viewport: { width: 1280, height: 900 } });
  context.setDefaultTimeout(90_000);
  watch(context, url, problems);
  const ran = (what) => problems.push(`ran: ${what}`);
  await context.exposeFunction("ran", ran);
  context.on("dialog", (dialog) => (ran(dialog.message()), dialog.dismiss()));
  await context.addInitScript(() => (window.alert = window.print = (what) => window.ran(String(what))));
  const page = await context.newPage();
  await page.goto(url);
  const [{ value }] = (await context.cookies()).filter((c) => c.name.endsWith("sid"));
  const socket = io(`${url}/chat`, { transports: ["websocket"], extraHeaders: { Cookie: `sid=${value}`, Origin: url } });
  const ask = async (event, q) => {
    const answer = await socket.timeout(60_000).emitWithAck(event, q);
    if (!answer.ok) throw new Error(`${event} ${JSON.stringify(q)}: ${JSON.stringify(answer)}`);
    return answer;
  };
  const api = (method, path, body) =>
    page.evaluate(async ([method, path, body]) => {
      const headers = { Accept: "application/json", "Content-Type": "application/json" };
      const response = await fetch(path, { method, headers, body: JSON.stringify(body) });
      return { status: response.status, ...(await response.json()) };
    }, [method, path, body]);
  return { page, ask, api, socket };
}

// What would run does run, or nothing below proves anything.
const probe = await visitor();
await probe.page.evaluate(() => document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=alert('probe')>"));
while (!problems.includes("ran: probe")) await new Promise((done) => setTimeout(done, 50));
await probe.page.context().close();
probe.socket.close();
problems.length = 0;

const [owner, watcher, troll, teller] = [await visitor(), await visitor(), await visitor(), await visitor()];
const { room } = await owner.api("POST", "/room", { title: "plain" });
const id = room._id;
for (const { page } of [owner, watcher]) {
  await page.goto(`${url}/room/${id}`);
  await page.locator("#log[aria-busy=false]").waitFor(); // a request needs somebody in the room
}
await teller.ask("join", { room: id });

// The owner may have one room: the lobby shows it where another one is asked for.
const lobby = await owner.page.context().newPage();
await lobby.goto(url);
await lobby.getByRole("textbox", { name: "방 이름" }).fill("one more");
await lobby.getByRole("textbox", { name: "방 이름" }).press("Enter");
await lobby.locator(".own-row").waitFor();

async function inRoom(page, name) {
  await page.locator(".room-menu").click();
  await page.getByRole("menu").getByRole("menuitem", { name }).click();
}
const cut = (text, n) => [...new Intl.Segmenter().segment(text)].slice(0, n).map((g) => g.segment).join("");

// What a page shows of it, and the outlines of the parts: elements with the names of their attributes.
async function ready(page) {
  await page.evaluate(() => {
    window.until = async (f) => {
      for (let n = 0; n < 2000; n++) {
        const found = f();
        if (found) return found;
        await new Promise((done) => setTimeout(done, 10));
      }
      throw new Error(`not seen: ${f}`);
    };
    window.outline = (selector) =>
      [...document.querySelectorAll(selector)].flatMap((e) => [e, ...e.querySelectorAll("*")]).map((e) => [e.localName, ...e.getAttributeNames().sort()].join(" ")).join("\n");
    // Values from right to left stand between isolates.
    window.texts = (selector) => [...document.querySelectorAll(selector)].map((e) => e.textContent.replace(/[\u2068\u2069]/g, ""));
  });
}
for (const page of [owner.page, watcher.page, lobby]) await ready(page);

// The sheet of those in charge is opened, read and closed.
const inCharge = (page) =>
  page.evaluate(async () => {
    (await until(() => document.querySelector(".room-menu"))).click();
    (await until(() => [...document.querySelectorAll("[role=menuitem]")].find((b) => b.textContent.startsWith("신고와 차단")))).click();
    await until(() => [...document.querySelectorAll("dialog .list")].filter((list) => list.querySelector(".list-row")).length === 2);
    const seen = { names: texts("dialog .list-text b span[dir]"), small: texts("dialog .list-text small"), quote: texts("dialog .list-text q"), outline: outline("dialog .list"), lines: outline("#log .sys *") };
    document.querySelector("dialog").dispatchEvent(new Event("cancel", { cancelable: true }));
    await until(() => !document.querySelector("dialog"));
    return seen;
  });
const watched = (page, id, seq, now, name, reason) =>
  page.evaluate(async ([id, seq, now, name, reason]) => {
    await until(() => texts("#log .sys").some((text) => text.includes("차단했습니다") && text.includes(name) && text.endsWith(reason)));
    await until(() => document.querySelector(`.row[data-room="${id}"] .row-name`)?.textContent === now);
    await until(() => document.querySelector(`#m-${seq} .gone`)?.textContent.includes(name));
    return { heading: texts(".talk-title span").at(-1), tab: document.title, want: Object.assign(document.implementation.createHTMLDocument(""), { title: now }).title,
      outlines: [outline(".talk-title"), outline(`.row[data-room="${id}"]`), outline(`#m-${seq} .gone`)], lines: outline("#log .sys *") };
  }, [id, seq, now, name, reason]);
const own = (page, now) => page.evaluate(async (now) => (await until(() => texts(".own-row a")[0] === now)) && outline(".own-rooms"), now);

let plain = null;
let now = "plain";
let [named, called, reasoned] = [0, 0, 0];
for (const [i, text] of ["plain", ...corpus].entries()) {
  const title = await owner.api("PATCH", `/room/${id}`, { title: cut(text, 50) });
  ok(title.status === 200 || title.error?.field === "title", JSON.stringify(title));
  if (title.status === 200) now = title.room.title;
  named += title.status === 200;
  const nick = await troll.api("PATCH", "/api/v1/me", { nickname: cut(text, 20) });
  ok([200, 409, 422].includes(nick.status), JSON.stringify(nick));
  called += nick.status === 200;

  const { me } = await troll.ask("join", { room: id });
  const { seq } = await troll.ask("chat", { room: id, chat: `x ${text}` });
  await teller.ask("report", { room: id, seq, reason: cut(text, 100) });
  for (const on of i % 10 ? [] : [true, false]) await owner.ask("moderator", { room: id, user: me.user, on });
  if (i === 0) { // hidden from here on
    await watcher.page.locator(`#m-${seq}`).hover();
    await watcher.page.locator(`#m-${seq} .msg-more`).click();
    await watcher.page.getByRole("menuitem", { name: "나에게서 숨기기" }).click();
  }
  await owner.ask("ban", { room: id, user: me.user, for: "good", reason: cut(text, 100) });
  const [ban] = (await owner.ask("bans", { room: id })).bans;
  const [report] = (await owner.ask("reports", { room: id })).reports;
  const name = ban.member.name;
  const reason = ban.reason ?? "";
  reasoned += reason !== "";
  same(report.reasons, reason ? [reason] : [], "the reasons of a report");

  const [sheet, seen, mine] = await Promise.all([inCharge(owner.page), watched(watcher.page, id, seq, now, name, reason), own(lobby, now)]);
  same([sheet.lines, seen.lines], ["", ""], `elements in lines: ${text}`);
  same([sheet.names, sheet.quote], [[name, name], [report.message.chat.slice(0, 200)]]);
  ok(sheet.small.length === 2 && sheet.small.every((small) => small.endsWith(reason)), `${sheet.small}`);
  same([seen.heading, seen.tab], [now, seen.want]);
  const outlines = [sheet.outline, ...seen.outlines, mine];
  plain ??= outlines;
  same(outlines, plain, text);

  // Menus, settings, and the list of whom one has hidden.
  if (i % 20 === 0) {
    await owner.page.locator(`#m-${seq}`).hover();
    await owner.page.locator(`#m-${seq} .msg-more`).click();
    same(await owner.page.locator(".menu-head").textContent(), `${name}: ${report.message.chat}`.slice(0, 80));
    same(await owner.page.locator(".menu-head *").count(), 0);
    await owner.page.keyboard.press("Escape");
    await inRoom(owner.page, "방 설정");
    same(await owner.page.getByLabel("방 이름").inputValue(), now);
    await owner.page.keyboard.press("Escape");
    await owner.page.locator("dialog").waitFor({ state: "detached" });
    await inRoom(watcher.page, /숨긴 사람/);
    await watcher.page.locator("dialog .list-row").waitFor();
    same(await watcher.page.locator("dialog .list-row b *").count(), 1);
    await watcher.page.keyboard.press("Escape");
  }
  await owner.ask("unban", { room: id, user: me.user });
  await owner.ask("dismiss", { room: id, user: me.user, seq });
}
ok(named >= 180 && called >= 130 && reasoned >= 180, `${named} names of the room, ${called} of a person, ${reasoned} reasons`);

// All of it once more, from the page's own data, and with another title in front.
for (const { page } of [owner, watcher]) {
  await page.reload();
  await page.locator("#log .sys").nth(20).waitFor();
  same(await page.locator("#log .sys *").count(), 0, "elements in lines");
}
await watcher.page.evaluate(() => {
  document.hasFocus = () => false;
  window.dispatchEvent(new Event("blur"));
});
await owner.api("PATCH", `/room/${id}`, { title: "<img src=x onerror=alert(1)>" });
await teller.ask("chat", { room: id, chat: "hello" });
await watcher.page.waitForFunction(() => document.title === "(1) <img src=x onerror=alert(1)>");

await new Promise((done) => setTimeout(done, 500)); // what would run late
same(problems.filter((p) => !/status of 4\d\d/.test(p)), [], "problems");
for (const { socket } of [owner, watcher, troll, teller]) socket.close();
await browser.close();
process.exit(0);
