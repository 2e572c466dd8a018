// The lobby of a server with many rooms: a page of them at a time, and a search of all:
//
//   node lobby.mjs URL CHROMIUM
//
// The server gives eight rooms at a time. Ends with status 0 when everything was seen, else with
// the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { end, person as visitor } from "./rig.mjs";

const person = () => visitor({ locale: "ko-KR", viewport: { width: 1000, height: 700 } }, "/");

const open = (page, titles) =>
  page.evaluate(async (titles) => {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    for (const title of titles) await fetch("/room", { method: "POST", headers, body: JSON.stringify({ title }) });
  }, titles);
const names = (page) => page.locator(".row-name").allInnerTexts();

const owner = await person();
const titles = Array.from({ length: 60 }, (_, i) => `방 ${String(i).padStart(2, "0")}`);
await open(owner, ["산책 Walk", ...titles]);
const newest = [...titles.reverse(), "산책 Walk"];

// What is near the window comes, the rest when one scrolls.
const page = await person();
await page.locator(".section-count", { hasText: "방 61개" }).waitFor();
await page.locator(".row").nth(15).waitFor();
await page.waitForTimeout(500);
const first = await names(page);
ok(first.length < 50, `${first.length} rooms before scrolling`);
same(first, newest.slice(0, first.length));

// The search finds what hasn't come, in any case, also while a syllable is being composed.
const find = page.getByRole("searchbox");
await find.fill("wALk");
await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
same(await names(page), ["산책 Walk"]);
await find.fill("");
await page.waitForFunction((n) => document.querySelectorAll(".row").length >= n, first.length);
await find.focus();
const keys = await page.context().newCDPSession(page);
await keys.send("Input.imeSetComposition", { text: "산ㅊ", selectionStart: 2, selectionEnd: 2 });
await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
await keys.send("Input.insertText", { text: "산책" });
await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
// What was found is live.
await open(owner, ["저녁 산책"]);
await page.waitForFunction(() => document.querySelectorAll(".row").length === 2);
same(await names(page), ["저녁 산책", "산책 Walk"]);
await find.fill("방");
await page.waitForFunction(() => document.querySelectorAll(".row").length > 8);
await find.fill("");

const all = ["저녁 산책", ...newest];
for (let n = 0; n < 40 && (await page.locator(".row").count()) < all.length; n++) {
  await page.mouse.move(500, 500);
  await page.mouse.wheel(0, 2000);
  await page.waitForTimeout(200);
}
same(await names(page), all);
same(await page.locator(".more-rooms").count(), 0, "more, at the end");
await page.locator(".section-count", { hasText: "방 62개" }).waitFor();

await end();
