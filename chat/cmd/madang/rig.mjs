// What every story of the page begins with: the browser, its visitors, what they do all the time.
// The first arguments of a story are the address of the server and the browser; SHOTS is a folder for
// pictures of what it sees.
import { deepStrictEqual as same } from "node:assert";
import { createInterface } from "node:readline";
import { launch, watch } from "../../../internal/nodetest/chromium.mjs";

const [address, executablePath, ...rest] = process.argv.slice(2);
export const url = address;
/** The same server as a phone at home sees it: no secure context. */
export const home = url.replace("127.0.0.1", "madang.test");
/** Further arguments of the story. */
export const more = rest;
export const browser = await launch(executablePath);
/** What the pages did that none may do. */
export const problems = [];

/** A visitor's page, at an address if one is given. `at` is the server as this visitor calls it. */
export async function person({ at = url, ...options } = {}, path) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(90_000);
  watch(context, at, problems);
  const page = await context.newPage();
  if (path) await page.goto(at + path);
  return page;
}

export const box = (page) => page.getByRole("textbox", { name: /^(메시지|Message)$/ });
export const log = (page) => page.getByRole("log");
export const chip = (page) => page.getByRole("button", { name: /^(내 이름: |You are )/ });
/** The button behind which there is what can be done to a room. */
export const roomMenu = (page) => page.getByRole("button", { name: /^(방 메뉴|Room menu)/ });

/** Chooses an entry of the room's menu. */
export async function inRoom(page, name) {
  await roomMenu(page).click();
  await page.getByRole("menu").getByRole("menuitem", { name }).click();
}

export const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

/** Writes a message; on a phone Enter would begin a new line. */
export async function say(page, text) {
  await box(page).fill(text);
  await page.getByRole("button", { name: /^(보내기|Send)$/ }).click();
}

/** Waits until the page is in a room: the box for a message is there before. */
export const entered = (page) => page.locator("#log[aria-busy=false]").waitFor();

/** Opens a room from the lobby and comes in. */
export async function open(page, title) {
  await page.getByRole("textbox", { name: /^(방 이름|Room name)$/ }).fill(title);
  await page.getByRole("button", { name: /^(방 열기|Open a room)$/ }).click();
  await entered(page);
  return new URL(page.url()).pathname;
}

export const shot = async (page, name) => process.env.SHOTS && (await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }));

/** The smallest GIF there is, one pixel. */
export const gif = Buffer.from("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");

/** One of two frames, a second each. */
export const moving = Buffer.from("R0lGODlhAgACAAAAACH/C05FVFNDQVBFMi4wAwEAAAAh+QQAZAAAACwAAAAAAgACAIDIPDw8PMgCAoRRACH5BABkAAAALAAAAAACAAIAgMg8PDw8yAICjFMAOw==", "base64");

/** The connection of a page that isn't open yet: it can be cut, and comes back. */
export async function connection(page) {
  let cut = false;
  const wires = new Set();
  await page.routeWebSocket(/socket\.io/, (ws) => {
    if (cut) return void ws.close();
    ws.connectToServer();
    wires.add(ws);
  });
  await page.route("**/socket.io/**", (route) => (cut ? route.abort() : route.continue()));
  return {
    async cut() {
      cut = true;
      for (const ws of wires) await ws.close();
    },
    back: () => (cut = false),
  };
}

let answers;

/** Asks the test, which runs the server, for something, and waits until it answers. */
export async function ask(what, answer) {
  answers ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  console.log(what);
  same((await answers.next()).value, answer);
}

/** Ends the story: there were no problems but those that it made itself. */
export async function end(own = /^$/) {
  same(problems.filter((p) => !own.test(p)), [], "problems");
  await browser.close();
  process.exit(0);
}
