// Both clients over both transports: their pages, and the contract as bare sockets see it.
import { deepStrictEqual as same, ok } from "node:assert";
import { browse } from "../browser.mjs";
import { connect } from "../connect.mjs";

const lines = (tab) => tab.locator("#messages li").allInnerTexts();
const seen = (tab, text) => tab.locator("#messages li", { hasText: text }).first().waitFor();

async function enter(open, path, name, transport) {
  const tab = await open(path);
  await tab.locator("#transport", { hasText: transport }).waitFor();
  await tab.locator("#name").fill(name);
  await tab.locator("#userid").fill(`id of ${name}`);
  await tab.getByRole("button", { name: "Log in" }).click();
  await seen(tab, `${name} has joined.`);
  return tab;
}

async function send(tab, way, text) {
  await tab.locator(`input[name=to][value=${way}]`).check();
  await tab.locator("#text").fill(text);
  await tab.locator("#text").press("Enter");
}

await browse(async ({ open }) => {
  const tabs = [
    await enter(open, "/", "upgraded", "websocket"),
    await enter(open, "/?transports=polling", "new-polling", "polling"),
    await enter(open, "/?transports=websocket", "new-websocket", "websocket"),
    await enter(open, "/1.4.8", "old-upgraded", "websocket"),
    await enter(open, "/1.4.8?transports=polling", "old-polling", "polling"),
    await enter(open, "/1.4.8?transports=websocket", "old-websocket", "websocket"),
  ];
  const last = "old-websocket";
  for (const tab of tabs) await tab.locator("#people option", { hasText: last }).waitFor({ state: "attached" });

  // Nobody learns the id of another's connection.
  const addresses = await tabs[0].locator("#people option").evaluateAll((options) => options.map(({ value }) => value));
  for (const tab of tabs) ok(!addresses.includes(await tab.evaluate(() => socket.id)), "the list has the id of a socket");

  // From every tab in each of the four ways. What is written to everyone comes last, so all that
  // a tab was to get is there when that one is.
  const special = "안녕 👨‍👩‍👧 \"따옴표\" & <img src=x onerror=alert(1)>";
  for (const [i, tab] of tabs.entries()) {
    await tab.bringToFront(); // clicks in a hidden tab take seconds
    const to = (i + 2) % tabs.length;
    await send(tab, "others", `${i} others ${special}`);
    await send(tab, "me", `${i} me ${special}`);
    await tab.locator("#people").selectOption({ index: await optionOf(tab, to) });
    await send(tab, "one", `${i} one ${special}`);
    await send(tab, "all", `${i} all ${special}`);
  }
  for (const [j, tab] of tabs.entries()) {
    for (const i of tabs.keys()) await seen(tab, `${i} all`);
    const got = (await lines(tab)).map((line) => line.replace(special, "").trim());
    for (const i of tabs.keys()) {
      const ways = got.filter((line) => new RegExp(` ${i} (all|me|one|others)$`).test(line)).map((line) => line.split(" ").pop());
      const want = i === j ? ["others", "me", "all"] : (i + 2) % tabs.length === j ? ["others", "one", "all"] : ["others", "all"];
      same(ways, want, `from ${i} to ${j}: ${got.join("\n")}`);
    }
    same(await tab.locator("#messages img").count(), 0, "markup in a message");
  }

  // The server closes one socket, and its client does not come back.
  await tabs[3].bringToFront();
  await tabs[3].locator("#leave").click();
  await tabs[3].locator("#status", { hasText: "disconnected (io server disconnect)" }).waitFor();
  await tabs[0].locator("#people option", { hasText: "old-upgraded" }).waitFor({ state: "detached" });
  same(await tabs[3].locator("#status").innerText(), "disconnected (io server disconnect)");

  for (const i of [1, 2, 3, 5]) await tabs[i].close();
  for (const tab of [tabs[0], tabs[4]]) {
    for (const transport of ["polling", "websocket"]) await contract(tab, transport);
  }

  async function optionOf(tab, i) {
    const names = await tab.locator("#people option").allInnerTexts();
    const name = ["upgraded", "new-polling", "new-websocket", "old-upgraded", "old-polling", last][i];
    ok(names.includes(name), `${name} is not among ${names}`);
    return names.indexOf(name);
  }
});

async function contract(tab, transport) {
  const options = { transports: [transport] };
  const [a, b] = [await connect(tab, { options, events: ["login", "chat"] }), await connect(tab, { options, events: ["login", "chat"] })];
  same(await a.transport(), transport);
  await a.emit("chat", { msg: "before the login" });
  await b.got(["chat", { from: {}, msg: "before the login" }]);

  await a.emit("login", { name: "김철수", userid: "kim" });
  await a.got(["login", "김철수"]);
  await b.got(["login", "김철수"]);
  await a.emit("chat", { msg: "안녕 👋 <b>\"&\"</b>" });
  await b.got(["chat", { from: { name: "김철수", userid: "kim" }, msg: "안녕 👋 <b>\"&\"</b>" }]);

  // What ended the original's server: nothing here notices but the log.
  for (const payload of [null, 7, "text", [1], { msg: { deep: [] }, name: 1 }]) {
    await b.emit("chat", payload);
    await b.emit("login", payload);
  }
  await b.emit("forceDisconnect");
  await b.got(
    ["login", ""], // of null
    ["disconnect", "io server disconnect"],
  );
  await a.got(["chat", { from: {}, msg: "" }], ["login", ""]);
  for (const socket of [a, b]) await socket.close();
}
