// Parts of the page that can't be loaded:
//
//   node parts.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { launch, watch } from "../../../internal/nodetest/chromium.mjs";

const [url, executablePath] = process.argv.slice(2);
const browser = await launch(executablePath);
const problems = [];

async function person(path = "") {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1000, height: 700 } });
  context.setDefaultTimeout(90_000);
  watch(context, url, problems);
  const page = await context.newPage();
  page.loads = 0;
  page.on("load", () => page.loads++);
  await page.goto(url + path);
  return page;
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const box = (page) => page.getByRole("textbox", { name: "Message" });
const sheet = (page) => page.getByRole("dialog");
const me = (page) => page.getByRole("button", { name: /^You are/ });
const part = (name) => `**/assets/${name}-*.js`;

// What opens later is loaded while nothing is done, and is there without a connection.
const ahead = await person();
await ahead.waitForFunction(() => performance.getEntriesByType("resource").some((r) => /settings-/.test(r.name)));
await ahead.context().setOffline(true);
await me(ahead).click();
await sheet(ahead).getByRole("textbox", { name: "Name" }).waitFor();
await ahead.context().close();

// A part that doesn't come says so, may be put away, and comes when it is asked for again.
const ann = await person();
await ann.route(part("mesheet"), (route) => route.abort());
await ann.reload();
await me(ann).click();
await sheet(ann).getByText("Check your connection and try again.").waitFor();
ok(await sheet(ann).getByRole("button", { name: "Try again" }).evaluate((e) => e === document.activeElement), "the focus is in the sheet");
await ann.keyboard.press("Escape");
await sheet(ann).waitFor({ state: "detached" });
ok(await me(ann).evaluate((e) => e === document.activeElement), "the focus is back");
await me(ann).click();
await sheet(ann).getByText("Check your connection and try again.").waitFor();
await ann.unroute(part("mesheet"));
await press(sheet(ann), "Try again");
await sheet(ann).getByRole("textbox", { name: "Name" }).waitFor();
same(await sheet(ann).count(), 1);
await ann.context().close();

// The server was updated: its files have other names, and the page begins anew with the message
// that was being written. It does that once.
const updated = async (page, name) => {
  await page.route(part(name), (route) => route.fulfill({ status: 404 }));
  await page.route(part("main"), (route) => (route.request().method() === "HEAD" ? route.fulfill({ status: 404 }) : route.continue()));
};
const made = await (await fetch(`${url}/room`, { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: '{"title":"Walk"}' })).json();
const bob = await person(made.url);
await updated(bob, "mesheet");
await bob.reload();
await box(bob).fill("half a sentence");
const { loads } = bob;
await me(bob).click();
await bob.waitForEvent("load");
await box(bob).waitFor();
same(await box(bob).inputValue(), "half a sentence");
await me(bob).click();
await sheet(bob).getByText("Madang was updated.").waitFor();
same(bob.loads, loads + 1);
await bob.context().close();

// What is typed elsewhere isn't kept: the page waits for a word.
const eve = await person();
await updated(eve, "create");
await eve.reload();
await eve.getByRole("textbox", { name: "Room name" }).fill("Walk");
await press(eve, "Options");
await sheet(eve).getByText("Madang was updated.").waitFor();
await eve.keyboard.press("Escape");
same(await eve.getByRole("textbox", { name: "Room name" }).inputValue(), "Walk");
await eve.context().close();

// A room that is entered from the lobby, and whose part doesn't come.
const kim = await person();
await kim.route(part("room"), (route) => route.abort());
await kim.reload();
await kim.getByRole("link", { name: /Walk/ }).click();
await kim.getByText("This couldn't be loaded").waitFor();
await kim.unroute(part("room"));
await press(kim, "Try again");
await box(kim).waitFor();
await kim.context().close();

// The texts of another language come with another page where they can't be had alone.
const lee = await person();
await lee.route(part("ko"), (route) => route.abort(), { times: 1 });
await press(lee, "한국어");
await lee.getByRole("button", { name: "English", exact: true }).waitFor();
same([await lee.evaluate(() => document.documentElement.lang), lee.loads], ["ko", 2]);
// Without any, the page still says what to do.
await lee.route(part("ko"), (route) => route.abort());
await lee.reload();
await lee.getByText("Please open it again.").waitFor();

same(problems.filter((p) => !/Failed to load resource/.test(p)), [], "problems");
await browser.close();
process.exit(0);
