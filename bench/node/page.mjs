// Opens a room and the lobby of a chat as a phone of the middle class on 4G does, for the first
// time:
//
//   node page.mjs URL CHROMIUM
//
// 4G is what Chromium's tools call Fast 4G; the processor has a quarter of its speed. A page is
// usable when the field to write in is painted and nothing stands before the next key. Prints what
// was measured of each page as a line of JSON.
import { randomUUID } from "node:crypto";
import { chromium } from "playwright-core";
import { io } from "socket.io-client";

const [url, executablePath] = process.argv.slice(2);
const messages = 40;
const settle = 3000; // what comes after a page is usable, such as the room's messages
const fast4G = { offline: false, latency: 165, downloadThroughput: (9e6 / 8) * 0.9, uploadThroughput: (1.5e6 / 8) * 0.9 };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: "ko-KR" };

const { socket, room } = await talk();
const browser = await chromium.launch({ executablePath, headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
console.log(JSON.stringify({ room: await visit(`/room/${room}`, "textarea"), lobby: await visit("/", "main input") }));
await browser.close();
socket.close();

// talk opens a room in which somebody has said something.
async function talk() {
  const first = await fetch(url, { headers: { Accept: "text/html" } });
  const cookie = first.headers.getSetCookie().map((c) => c.split(";")[0]).join("; ");
  const headers = { Accept: "application/json", "Content-Type": "application/json", Origin: url, Cookie: cookie };
  const made = await (await fetch(`${url}/room`, { method: "POST", headers, body: '{"title":"A walk","max":10}' })).json();
  const socket = io(`${url}/chat`, { transports: ["websocket"], extraHeaders: { Cookie: cookie, Origin: url } });
  const ask = async (event, q) => {
    const answer = await socket.timeout(10_000).emitWithAck(event, q);
    if (!answer.ok) throw new Error(`${event}: ${JSON.stringify(answer)}`);
  };
  await new Promise((done, failed) => socket.on("connect", done).on("connect_error", failed));
  const room = made.room._id;
  await ask("join", { room });
  for (let i = 0; i < messages; i++) await ask("chat", { room, cid: randomUUID(), chat: `${i}: 오늘은 바람이 불지만 볕이 좋아요. See https://example.org/${i}` });
  return { socket, room };
}

async function visit(path, field) {
  const context = await browser.newContext(phone);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  let bytes = 0;
  session.on("Network.loadingFinished", (e) => (bytes += e.encodedDataLength));
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", fast4G);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.addInitScript(look, field);
  await page.goto(url + path);
  await page.waitForFunction(() => window.seen.usable);
  const loaded = bytes;
  await page.waitForTimeout(settle);
  const { usable, tasks } = await page.evaluate(() => window.seen);
  await context.close();
  const blocking = tasks.reduce((sum, ms) => sum + ms - 50, 0);
  return { usable, blocking, longest: Math.max(0, ...tasks), bytes: loaded };
}

// look runs in the page before its own scripts.
function look(field) {
  const seen = (window.seen = { usable: 0, tasks: [] });
  const tasks = new PerformanceObserver((list) => list.getEntries().forEach((e) => seen.tasks.push(e.duration)));
  tasks.observe({ type: "longtask", buffered: true });
  const watcher = new MutationObserver(() => {
    if (!document.querySelector(field)) return;
    watcher.disconnect();
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (seen.usable = performance.now());
      port2.postMessage(0);
    });
  });
  watcher.observe(document, { childList: true, subtree: true });
}
