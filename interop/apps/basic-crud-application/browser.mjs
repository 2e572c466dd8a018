// Two people with one list: what one adds, renames, ticks and removes the other sees.
import { deepStrictEqual as same } from "node:assert";
import { browse, until } from "../browse.mjs";

const enter = async (visitor) => (await visitor())("http://localhost:4200/");

const rows = (tab) => tab.locator(".todo").evaluateAll((all) =>
  all.map((one) => (one.querySelector(".toggle").checked ? "x " : "- ") + one.querySelector("label").textContent));

async function see(tab, want) {
  let got = [];
  try {
    await until("", async () => JSON.stringify((got = await rows(tab))) === JSON.stringify(want));
  } catch {
    same(got, want);
  }
}

async function add(tab, title) {
  await tab.bringToFront();
  await tab.locator(".new-todo").fill(title);
  await tab.locator(".new-todo").press("Enter");
}

const row = (tab, title) => tab.locator(".todo", { has: tab.locator("label", { hasText: title }) });

await browse(async (visitor) => {
  const ann = await enter(visitor);
  const bob = await enter(visitor);
  const both = [ann, bob];
  const seen = async (...want) => { for (const tab of both) await see(tab, want); };

  await add(ann, "milk");
  await seen("- milk");
  await add(bob, "빵 🍞");
  await seen("- milk", "- 빵 🍞");
  await add(ann, "tea");
  await seen("- milk", "- 빵 🍞", "- tea");

  await row(ann, "빵").locator(".toggle").check();
  await seen("- milk", "x 빵 🍞", "- tea");
  await bob.locator(".todo-count", { hasText: "2 items left" }).waitFor();

  await bob.bringToFront();
  await row(bob, "milk").locator("label").dblclick();
  await row(bob, "milk").locator(".edit").fill("oat milk");
  await row(bob, "milk").locator(".edit").press("Enter");
  await seen("- oat milk", "x 빵 🍞", "- tea");

  await row(bob, "tea").hover();
  await row(bob, "tea").locator(".destroy").click();
  await seen("- oat milk", "x 빵 🍞");
  await bob.getByRole("button", { name: "Clear complete" }).click();
  await seen("- oat milk");

  // Those who come later have it all, also after everybody has left.
  for (const tab of both) await tab.close();
  const cid = await enter(visitor);
  await see(cid, ["- oat milk"]);

  // A title of 257 letters is no valid todo: it stays with its writer.
  const dan = await enter(visitor);
  await see(dan, ["- oat milk"]);
  await add(dan, "a".repeat(257));
  await add(cid, "a".repeat(256));
  await see(dan, ["- oat milk", "- " + "a".repeat(257), "- " + "a".repeat(256)]);
  await see(cid, ["- oat milk", "- " + "a".repeat(256)]);
});
