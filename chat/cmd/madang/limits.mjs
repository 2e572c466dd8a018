// Whoever meets a limit reads what it is and how long it lasts, and goes on when it has passed:
//
//   node limits.mjs URL CHROMIUM
//
// The server allows one room and two windows a person, four entrances a minute, two guesses in nine
// seconds, a burst of two messages and then two a second. Ends with status 0 when everything was
// seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, end, gif, person as visitor, press, problems, url } from "./rig.mjs";

const person = (options) => visitor({ locale: "en-US", viewport: { width: 1000, height: 700 }, ...options }, "/");
const opener = (page) => page.getByRole("textbox", { name: "Room name" });
const seen = (page, text) => page.locator("[aria-hidden=true], p, h1, span").filter({ hasText: text, visible: true }).last().waitFor();
async function open(page, title, password) {
  const made = await page.evaluate(async (room) => {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    return (await fetch("/room", { method: "POST", headers, body: JSON.stringify(room) })).json();
  }, { title, password });
  return made.url;
}
const error = (more) => JSON.stringify({ ok: false, error: { message: "", retryable: true, ...more } });

// A second room, by the field and by the sheet.
const ann = await person();
await opener(ann).fill("Walk");
await press(ann, "Open a room");
await box(ann).waitFor();
await ann.goto(url);
await opener(ann).fill("Another");
await press(ann, "Open a room");
await seen(ann, "One person can have 1 room open. Close it, or let it end, to open another.");
await press(ann, "Options");
await press(ann.getByRole("dialog"), "Open a room");
await seen(ann.getByRole("dialog"), "One person can have 1 room open.");

// The sheet again, when waiting helps: it counts down, and may be pressed afterwards.
await ann.route("**/room", (route) => route.fulfill({ status: 429, body: error({ code: "RATE_LIMITED", limit: "creates-per-address", n: 5, retryAfterMs: 2500 }) }), { times: 1 });
await press(ann.getByRole("dialog"), "Open a room");
await seen(ann, /You can open one in [23] s/);
ok(await ann.getByRole("dialog").getByRole("button", { name: "Open a room", exact: true }).isDisabled(), "the button waits");
await seen(ann, "You can open one now.");
await ann.getByRole("dialog").locator("button:enabled", { hasText: "Open a room" }).waitFor();

// A window too many: it connects when another one is closed.
const [second, third] = [await ann.context().newPage(), await ann.context().newPage()];
for (const page of [second, third]) await page.goto(`${url}/nowhere`);
const connected = second.waitForEvent("websocket").then((ws) => ws.waitForEvent("framereceived", ({ payload }) => String(payload).startsWith("40/room")));
await second.goto(url);
await connected;
await third.goto(url);
await third.locator(".banner", { hasText: "2 windows at most. Close another one and this one connects." }).waitFor();
await second.close();
for (let n = 0; n < 50 && (await third.locator(".banner").isVisible()); n++) {
  await third.getByRole("button", { name: "Connect now" }).click({ timeout: 1000 }).catch(() => {});
  await third.waitForTimeout(200);
}
same(await third.locator(".banner").count(), 0, "banners when there is room again");
await ann.context().close();

// One entrance too many: the words stand in the room, which opens by itself.
const bob = await person();
const rooms = [];
for (const title of ["하나", "둘", "셋", "넷", "다섯"]) rooms.push(await open(await person(), title));
for (const room of rooms.slice(0, 4)) {
  await bob.goto(url + room);
  await bob.getByText("Nothing here yet").waitFor();
}
await bob.goto(url + rooms[4]);
await seen(bob, /^You can enter 4 rooms a minute. This one opens in \d+ s.$/);
await bob.getByText("Nothing here yet").waitFor();

// One guess too many: the right one has to wait too.
const locked = await open(await person(), "Locked", "riverside");
await bob.goto(url + locked);
const password = bob.getByRole("textbox", { name: "Password" });
for (const guess of ["one1", "two2", "three3"]) {
  const answered = bob.waitForResponse("**/enter");
  await password.fill(guess);
  await press(bob, "Enter");
  await answered;
}
await seen(bob, /^(2 guesses at most|2 wrong guesses from your network at most)\. Try again in \d s\.$/);
await bob.locator("button:enabled", { hasText: "Enter" }).waitFor();
await password.fill("riverside");
await press(bob, "Enter");
await box(bob).waitFor();

// Many messages at once follow in turn, and one reads why.
for (const n of [1, 2, 3, 4, 5, 6]) {
  await box(bob).fill(`line ${n}`);
  await box(bob).press("Enter");
}
await seen(bob, "2 messages a second at most. The rest follow in turn.");
await bob.waitForFunction(() => document.querySelectorAll("#log [id^=m-] .bubble").length === 6);
same(await bob.locator("#log .bubble").allInnerTexts(), [1, 2, 3, 4, 5, 6].map((n) => `line ${n}`));
await bob.locator(".composer-note").first().waitFor({ state: "hidden" });

// A picture that can't be taken today, or for want of space, is kept and holds nothing up.
for (const [status, refusal, words, may] of [
  [429, { code: "RATE_LIMITED", limit: "upload-day", n: 50, retryAfterMs: 8 * 3_600_000 }, "At most 50 MB of pictures a day. You can upload again in 8 h.", false],
  [507, { code: "NO_SPACE", limit: "media-total", n: 5000, retryable: false }, "The server has no space for more pictures. Messages still work.", true],
]) {
  await bob.route("**/gif", (route) => route.fulfill({ status, body: error(refusal) }), { times: 1 });
  await bob.locator("input[type=file]").setInputFiles({ name: "a.gif", mimeType: "image/gif", buffer: gif });
  await press(bob, "Send");
  await seen(bob, words);
  const failed = bob.locator("#log li.failed");
  await failed.locator("img").waitFor();
  same(await failed.getByRole("button", { name: "Retry" }).isEnabled(), may);
  if (may) await press(failed, "Retry");
  else await press(failed, "Discard");
}
await bob.locator("#log li[id^=m-] img").waitFor();

// Locked out: one line says so and until when, the connection waits as long, and what was written
// meanwhile arrives.
const handshakes = [];
bob.on("websocket", (ws) => handshakes.push(ws.url()));
await bob.route("**/gif", (route) => route.fulfill({ status: 429, body: error({ code: "LOCKED_OUT", limit: "offences", n: 200, retryAfterMs: 5000 }) }), { times: 1 });
await bob.locator("input[type=file]").setInputFiles({ name: "b.gif", mimeType: "image/gif", buffer: gif });
await press(bob, "Send");
await bob.locator(".banner.bad", { hasText: /locked out for a while\. Connecting again in [45] s/ }).waitFor();
await box(bob).fill("still here");
await box(bob).press("Enter");
await bob.evaluate(() => window.dispatchEvent(new Event("online")));
await bob.waitForTimeout(2500);
same(handshakes, [], "connections while locked out");
await bob.locator(".banner").waitFor({ state: "detached" });
await bob.locator("#log li[id^=m-] .bubble", { hasText: "still here" }).waitFor();

// A connection that isn't taken tells why, and comes by itself later.
const eve = await person();
let refused = 0;
// Only polling shows a refusal.
await eve.addInitScript(() => {
  window.WebSocket = class {
    constructor() {
      setTimeout(() => this.onerror(new Event("error")));
    }
    close() {}
  };
});
await eve.route("**/socket.io/**", (route) => {
  if (refused++) return route.continue();
  return route.fulfill({ status: 429, body: error({ code: "RATE_LIMITED", limit: "sockets-per-address", n: 50, retryAfterMs: 3000 }) });
});
await eve.goto(url + rooms[0]);
await eve.locator(".banner", { hasText: "Your network has many windows open (50 at most)." }).waitFor();
await box(eve).waitFor();
await eve.getByText("Nothing here yet").waitFor();
await eve.locator(".banner").waitFor({ state: "detached" });

// A page that isn't served counts down and opens by itself.
await eve.route("**/room/*", async (route) => {
  const page = await route.fetch({ url: `${url}/nowhere`, headers: { ...route.request().headers(), accept: "text/html" } });
  const later = { code: "RATE_LIMITED", message: "", status: 429, limit: "sessions-per-minute", n: 120, retryAfterMs: 3000 };
  const body = (await page.text()).replace(/"error":\{[^}]*\}/, `"error":${JSON.stringify(later)}`);
  await route.fulfill({ response: page, status: 429, body });
}, { times: 1 });
await eve.goto(url + rooms[0]);
await eve.getByRole("heading", { name: "One moment, please." }).waitFor();
await seen(eve, /Come back in \d s\. This page reloads by itself\.$/);
await eve.getByText("Nothing here yet").waitFor();

// The browser reports refusals itself.
await end(/status of (403|404|409|429|507)|WebSocket connection/);
