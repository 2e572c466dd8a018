// Two people and a third who comes later: names, messages, typing, leaving.
import { deepStrictEqual as same } from "node:assert";
import { browse } from "../browse.mjs";

async function enter(visitor, name) {
  const tab = await (await visitor())("http://localhost:3000/");
  await tab.locator(".usernameInput").fill(name);
  await tab.locator(".usernameInput").press("Enter");
  await tab.locator(".log", { hasText: "Welcome to Socket.IO Chat" }).waitFor();
  return tab;
}

const log = (tab, text) => tab.locator(".log", { hasText: text }).last().waitFor();

async function write(tab, text) {
  await tab.bringToFront();
  await tab.locator(".inputMessage").pressSequentially(text);
  await tab.locator(".inputMessage").press("Enter");
}

const messages = (tab) => tab.locator(".message:not(.typing)").evaluateAll((all) =>
  all.map((one) => [one.querySelector(".username").textContent, one.querySelector(".messageBody").textContent]));

await browse(async (visitor) => {
  const ann = await enter(visitor, "Ann");
  await log(ann, "there's 1 participant");
  const bob = await enter(visitor, "밥");
  await log(bob, "there are 2 participants");
  await log(ann, "밥 joined");
  await log(ann, "there are 2 participants");

  await write(ann, "hello 밥");
  await bob.locator(".messageBody", { hasText: "hello 밥" }).waitFor();
  await bob.bringToFront();
  await bob.locator(".inputMessage").pressSequentially("hel");
  await ann.locator(".typing.message", { hasText: "밥is typing" }).waitFor();
  await ann.locator(".typing.message").waitFor({ state: "detached" }); // "stop typing", by itself
  await write(bob, "lo 👋");
  await ann.locator(".messageBody", { hasText: "hello 👋" }).waitFor();
  for (const tab of [ann, bob]) same(await messages(tab), [["Ann", "hello 밥"], ["밥", "hello 👋"]]);

  const cid = await enter(visitor, "Cid");
  await log(cid, "there are 3 participants");
  await bob.close();
  for (const tab of [ann, cid]) {
    await log(tab, "밥 left");
    await log(tab, "there are 2 participants");
  }
  same(await messages(cid), []);
});
