// A counter of one's own, by HTTP and by the socket, in all tabs; with the logout the sockets end.
import { deepStrictEqual as same } from "node:assert";
import { browse } from "../browse.mjs";

async function enter(open) {
  const tab = await open("http://localhost:3000/");
  await shows(tab, "ioStatus", "connected");
  return tab;
}

const shows = (tab, id, text) => tab.locator(`#${id}`, { hasText: new RegExp(`^${text}$`) }).waitFor();

async function click(tab, name) {
  await tab.bringToFront();
  await tab.getByRole("button", { name }).click();
}

await browse(async (visitor) => {
  const open = await visitor();
  const first = await enter(open);
  const second = await enter(open);
  const other = await enter(await visitor());

  await click(first, "Increment with fetch()");
  await shows(first, "httpCount", "1");
  for (const tab of [first, second]) await shows(tab, "ioCount", "1");
  await click(second, "Increment with Socket.IO emit()");
  await shows(second, "ioCount", "2");
  await click(first, "Increment with fetch()");
  await shows(first, "httpCount", "3");
  for (const tab of [first, second]) await shows(tab, "ioCount", "3");

  await click(other, "Increment with Socket.IO emit()");
  await shows(other, "ioCount", "1");
  await click(other, "Increment with fetch()");
  await shows(other, "httpCount", "2");

  await click(first, "Logout");
  for (const tab of [first, second]) await shows(tab, "ioStatus", "disconnected");
  await shows(other, "ioStatus", "connected");
  await click(other, "Increment with Socket.IO emit()");
  await shows(other, "ioCount", "3");

  // The session is a new one.
  const again = await enter(open);
  await click(again, "Increment with fetch()");
  await shows(again, "httpCount", "1");
  await shows(again, "ioCount", "1");
  await shows(second, "ioStatus", "disconnected");
  same(await first.locator("#ioCount").innerText(), "3");
});
