// Three people: who is there, private messages with a badge, other tabs, coming back.
import { deepStrictEqual as same } from "node:assert";
import { browse, until } from "../browse.mjs";

const page = "http://localhost:8080/";

async function enter(visitor, name) {
  const open = await visitor();
  const tab = await open(page);
  await tab.getByPlaceholder("Your username...").fill(name);
  await tab.getByRole("button", { name: "Send" }).click();
  await user(tab, name).waitFor();
  return { open, tab };
}

const user = (tab, name) => tab.locator(".user", { has: tab.locator(".name", { hasText: name }) });
const badge = (tab, name) => user(tab, name).locator(".new-messages");
const status = (tab, name, text) => user(tab, name).locator(".status", { hasText: text }).waitFor();

async function write(tab, to, text) {
  await tab.bringToFront();
  await user(tab, to).click();
  await tab.getByPlaceholder("Your message...").fill(text);
  await tab.getByRole("button", { name: "Send" }).click();
}

// talk is what a tab shows of the talk with somebody.
async function talk(tab, name, want) {
  await tab.bringToFront();
  await user(tab, name).click();
  const got = async () => (await tab.locator(".message").allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
  await until(`talk with ${name}: ${want}`, async () => (await got()).length >= want.length);
  same(await got(), want);
}

await browse(async (visitor) => {
  const { open, tab: ann } = await enter(visitor, "Ann");
  const { tab: bob } = await enter(visitor, "밥 👋");
  const { tab: cid } = await enter(visitor, "Cid");
  same((await ann.locator(".name").allInnerTexts()).map((text) => text.trim()), ["Ann (yourself)", "밥 👋", "Cid"]);
  for (const tab of [ann, bob, cid]) {
    for (const name of ["Ann", "밥 👋", "Cid"]) await status(tab, name, "online");
  }

  await write(ann, "밥 👋", "for you alone");
  await badge(bob, "Ann").waitFor();
  await talk(bob, "Ann", ["Ann for you alone"]);
  same(await badge(bob, "Ann").count(), 0, "a badge of what was read");
  await write(bob, "Ann", "고마워");
  await badge(ann, "밥 👋").waitFor({ state: "detached" }); // the talk is open
  await talk(ann, "밥 👋", ["(yourself) for you alone", "밥 👋 고마워"]);
  same(await cid.locator(".new-messages").count(), 0, "a badge at who wasn't meant");
  await talk(cid, "Ann", []);

  // Another tab is the same person, has the talk, and gets what the first one writes.
  const second = await open(page);
  await talk(second, "밥 👋", ["(yourself) for you alone", "밥 👋 고마워"]);
  await write(ann, "밥 👋", "one more");
  await talk(second, "밥 👋", ["(yourself) for you alone", "밥 👋 고마워", "(yourself) one more"]);
  await talk(bob, "Ann", ["Ann for you alone", "(yourself) 고마워", "Ann one more"]);

  // With the last tab Ann is gone. What is written to her then waits for her.
  await ann.close();
  await write(bob, "Ann", "still there?");
  await talk(second, "밥 👋", ["(yourself) for you alone", "밥 👋 고마워", "(yourself) one more", "밥 👋 still there?"]);
  await status(bob, "Ann", "online");
  await second.close();
  for (const tab of [bob, cid]) await status(tab, "Ann", "offline");
  await write(cid, "Ann", "call me");
  const back = await open(page);
  for (const tab of [bob, cid]) await status(tab, "Ann", "online");
  await talk(back, "Cid", ["Cid call me"]);
  same(await back.locator(".user").count(), 3);

  // A session that the server doesn't know leads back to the name.
  const stranger = await visitor();
  const lost = await stranger(page);
  await lost.evaluate(() => localStorage.setItem("sessionID", "0123456789abcdef"));
  await lost.reload();
  await lost.getByPlaceholder("Your username...").waitFor();
  // Who is refused leaves, and a poll of theirs may come too late for Node's server.
}, { expected: [/status of 400 .*&sid=/] });
