// Rooms by an address of one's own:
//
//   node slug.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, end, person as visitor, press, shot, url } from "./rig.mjs";

const person = (options) => visitor({ locale: "ko-KR", viewport: { width: 1000, height: 700 }, ...options });
const path = "/r/%EB%8F%85%EC%84%9C-%EB%AA%A8%EC%9E%84";

// However it is typed, it is one address, which offers a room and makes none by itself.
const ann = await person();
await ann.goto(`${url}/r/${encodeURIComponent("독서-모임".normalize("NFD"))}`);
same(new URL(ann.url()).pathname, path);
await ann.getByRole("heading", { name: "여기에 방을 열까요?" }).waitFor();
await ann.getByText(`${new URL(url).host}/r/독서-모임`).waitFor();
const title = ann.getByRole("textbox", { name: "방 이름" });
same(await title.inputValue(), "독서 모임");
await shot(ann, "offer");

// Two who open it come to one room.
const bob = await person({ locale: "en-US", viewport: { width: 320, height: 640 }, colorScheme: "dark" });
await bob.goto(url + path);
await bob.getByRole("heading", { name: "Open a room here?" }).waitFor();
ok(await bob.evaluate(() => document.documentElement.scrollWidth <= 320), "nothing is wider than a small phone");
await shot(bob, "offer-phone");
await press(ann, "방 열기");
await box(ann).waitFor();
same(new URL(ann.url()).pathname, path);
await press(bob, "Open a room");
await box(bob).fill("I'm late");
await box(bob).press("Enter");
await ann.getByText("I'm late").first().waitFor();

// The way back leads to the lobby, from where its row leads here again.
await ann.locator("a.brand").click();
await ann.locator(".lobby .row-link", { hasText: "독서 모임" }).click();
await box(ann).waitFor();
same(new URL(ann.url()).pathname, path);
await ann.goBack();
await ann.getByRole("heading", { name: "무슨 얘기 할까요?" }).waitFor();
await ann.goForward();
await box(ann).waitFor();
await ann.reload();
await box(ann).waitFor();

// The card says the address in letters.
const eve = await person();
await eve.goto(`${url}/r/quiet_place`);
await press(eve, "방 열기");
await eve.locator(".share-url", { hasText: `${new URL(url).host}/r/quiet_place` }).waitFor();
await eve.goto(`${url}/r/admin`);
await eve.locator(".flash").waitFor();

// A room with a password is found by those who know it.
await eve.goto(`${url}/r/locked`);
await press(eve, "옵션");
const sheet = eve.getByRole("dialog");
await sheet.getByRole("textbox", { name: "비밀번호" }).fill("riverside");
await press(sheet, "방 열기");
await box(eve).waitFor();
await bob.goto(`${url}/r/locked`);
await bob.getByRole("textbox", { name: "Password" }).fill("riverside");
await press(bob, "Enter");
await box(bob).waitFor();
same(new URL(bob.url()).pathname, "/r/locked");

await end(/status of 404/);
