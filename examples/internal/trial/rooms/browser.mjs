// Both clients over both transports: their pages, and the contract as bare sockets see it.
import { deepStrictEqual as same } from "node:assert";
import { browse } from "../browser.mjs";
import { connect } from "../connect.mjs";

const seen = (tab, text) => tab.locator("#messages li", { hasText: text }).first().waitFor();

async function enter(open, path, transport) {
  const tab = await open(path);
  for (const name of ["/chat", "/news", "/my-namespace"]) {
    await tab.locator("#namespaces li", { hasText: new RegExp(`^${name}: connected$`) }).waitFor();
  }
  await tab.locator("#transport", { hasText: transport }).waitFor();
  await tab.locator("#hi", { hasText: "hi everyone!" }).waitFor();
  return tab;
}

async function send(tab, room, text) {
  await tab.locator("#room").selectOption(room);
  await tab.locator("#text").fill(text);
  await tab.locator("#text").press("Enter");
}

await browse(async ({ open }) => {
  const tabs = [
    await enter(open, "/", "websocket"),
    await enter(open, "/?transports=polling", "polling"),
    await enter(open, "/?transports=websocket", "websocket"),
    await enter(open, "/1.4.8", "websocket"),
    await enter(open, "/1.4.8?transports=polling", "polling"),
    await enter(open, "/1.4.8?transports=websocket", "websocket"),
  ];
  // Everybody who came made /my-namespace say hi to all of them.
  await tabs[0].locator("#hi", { hasText: `hi everyone! (${tabs.length})` }).waitFor();

  // One after the other writes to 바다: each sees its own text and those of who came later.
  const special = "👨‍👩‍👧 \"따옴표\" & <img src=x onerror=alert(1)>";
  for (const [i, tab] of tabs.entries()) {
    await tab.bringToFront(); // clicks in a hidden tab take seconds
    await send(tab, "바다", `바다 ${i} ${special}`);
    await seen(tab, `바다 ${i}`);
  }
  // The first is in a second room alone, and still in the one before.
  await send(tabs[0], "river", "river");
  await seen(tabs[0], "river");
  await send(tabs[5], "바다", "the end");
  for (const [i, tab] of tabs.entries()) {
    await seen(tab, "the end");
    const all = tabs.map((_, j) => `바다 ${j} ${special}`).slice(i);
    same(await tab.locator("#messages li").allInnerTexts(), [...all, ...(i === 0 ? ["river"] : []), "the end"], `tab ${i}`);
    same(await tab.locator("#messages img").count(), 0, "markup in a message");
  }

  for (const i of [1, 2, 3, 5]) await tabs[i].close();
  for (const tab of [tabs[0], tabs[4]]) {
    for (const transport of ["polling", "websocket"]) await contract(tab, transport);
  }
});

async function contract(tab, transport) {
  const options = { transports: [transport] };
  const chat = (of) => connect(of, { namespace: "/chat", options, events: ["chat message"] });
  const [a, b] = [await chat(tab), await chat(tab)];
  same(await a.transport(), transport);
  const room = `${transport} of ${tab.url()}`;
  await a.emit("chat message", { name: "김", room, msg: "나만" });
  await a.got(["chat message", "나만"]);
  await b.emit("chat message", { name: "이", room, msg: "둘이 👋" });
  await a.got(["chat message", "둘이 👋"]);
  await b.got(["chat message", "둘이 👋"]);

  // Nothing of this has a room, and nothing ends.
  for (const payload of [null, 7, "text", [1], { room: { deep: [] } }]) await b.emit("chat message", payload);
  await b.emit("chat message", { name: "", room: "", msg: "a room without a name" });
  await b.got(["chat message", "a room without a name"]);

  const unknown = await connect(tab, { namespace: "/nobody", options });
  const legacy = tab.url().includes("1.4.8");
  await unknown.got(legacy ? ["error", { message: "Invalid namespace" }] : ["connect_error", "Invalid namespace"]);
  await a.emit("chat message", { name: "김", room, msg: "still here" });
  await b.got(["chat message", "still here"]);
  for (const socket of [a, b, unknown]) await socket.close();
}
