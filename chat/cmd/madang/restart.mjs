// The server restarts under a room and the lobby:
//
//   node restart.mjs URL CHROMIUM ROOM
//
// Writes "stop" to standard output and waits on standard input for "stopped", then "start" and
// "started"; behind that there is a message "그동안" that nobody here has sent. Ends with status 0
// when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same } from "node:assert";
import { ask, end, more, person } from "./rig.mjs";

const [room] = more;

const bar = (page) => page.locator(".banner");
const mina = await person({ locale: "ko-KR" }, `/room/${room}`);
const tom = await person({ locale: "en-US", viewport: { width: 390, height: 844 } }, `/room/${room}`);
const eve = await person({ locale: "en-US" }, "/");
for (const page of [mina, tom]) await page.getByRole("textbox", { name: /^(메시지|Message)$/ }).waitFor();
await eve.getByRole("link", { name: /산책/ }).waitFor();
const texts = [
  [mina, "서버를 업데이트하는 중이에요. 잠시만요.", "다시 연결됐어요 · 놓친 메시지 1개"],
  [tom, "Server is updating. One moment.", "Back online · 1 missed"],
  [eve, "Server is updating. One moment.", "Back online"],
];
for (const [page] of texts) {
  same(await bar(page).count(), 0, "nothing is said before");
  await page.evaluate(() => (Math.random = () => 0.99)); // the latest moment to come back
}

// All are told before the server has ended, and until it is over.
await ask("stop", "stopped");
for (const [page, going] of texts) await bar(page).getByText(going).waitFor();
await mina.waitForTimeout(3000);
for (const [page, going] of texts) {
  same((await bar(page).innerText()).includes(going), true, await bar(page).innerText());
  same(await page.getByText(going).count(), 1, "times that it is said");
}

await ask("start", "started");
for (const [page, going, back] of texts) {
  await page.getByText(back, { exact: true }).first().waitFor();
  same(await page.getByText(going).count(), 0, "it is over");
}
for (const page of [mina, tom]) same(await page.getByRole("log").getByText("그동안").count(), 1);
for (const [page] of texts) await bar(page).waitFor({ state: "detached" });

// A refused connection is what the browser says of a server that is down.
await end(/ERR_CONNECTION_REFUSED|WebSocket connection/);
