// Pictures: what is said of them, groups, the viewer, what moves and what flashes:
//
//   node pictures.mjs URL CHROMIUM FOLDER
//
// FOLDER has the pictures. Ends with status 0 when everything was seen, else with the reason on
// standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { box, end, log, more, open, person, press, shot, url } from "./rig.mjs";

const file = (name) => `${more[0]}/${name}`;
const choose = (page, ...names) => page.locator("input[type=file]").setInputFiles(names.map(file));
const send = (page) => page.getByRole("button", { name: /^(보내기|Send)$/ }).click();
const last = (page) => log(page).locator("li.msg[id]").last();
const viewer = (page) => page.getByRole("dialog", { name: /^(사진 보기|Picture viewer)$/ });
const counter = (page, n) => viewer(page).locator(".viewer-count", { hasText: n }).waitFor();
/** The next message that comes. */
async function next(page, act) {
  const id = await last(page).getAttribute("id");
  await act();
  await log(page).locator(`li.msg[id]:not(#${id})`).last().waitFor();
  await page.waitForFunction((id) => [...document.querySelectorAll("#log li.msg[id]")].at(-1).id !== id, id);
}

const mina = await person({ locale: "ko-KR" }, "/");
const path = await open(mina, "사진방");
const tom = await person({ locale: "en-US" }, path);
await box(tom).waitFor();
const eva = await person({ locale: "en-US", reducedMotion: "reduce", colorScheme: "dark" }, path);
await box(eva).waitFor();
const phone = await person({ locale: "ko-KR", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, path);
await box(phone).waitFor();
await mina.keyboard.type("안녕");
await mina.keyboard.press("Enter");
await last(tom).waitFor();

// What is said of a picture goes with it; what isn't described is its sender's.
await choose(mina, "a.png", "b.png", "calm.gif");
await mina.locator(".tile").nth(2).waitFor();
await mina.getByRole("button", { name: "a.png 설명" }).click();
await mina.locator(".tile-alt:focus").waitFor();
await mina.keyboard.type("해 질 녘 <b>마당</b>");
await shot(mina, "tray-ko");
await mina.keyboard.press("Enter");
ok(await box(mina).evaluate((el) => el === document.activeElement), "the focus is back in the text");
same(await log(mina).locator(".picture").count(), 0, "Enter in the words sends nothing");
same(await mina.getByRole("button", { name: "a.png 설명" }).textContent(), "해 질 녘 <b>마당</b>");
await next(tom, () => send(mina));
await last(tom).locator(".pictures.n3 .picture").nth(2).waitFor();
await last(tom).getByRole("button", { name: "해 질 녘 <b>마당</b>. View larger" }).waitFor();
await last(tom).getByRole("button", { name: /^GIF from .+\. View larger$/ }).waitFor();
const [name] = (await last(tom).locator(".pictures").getAttribute("aria-label")).match(/(?<=3 pictures from ).+/);
ok(name, "the group has a name");
same(await last(tom).locator("b").count(), 0, "words are text");
for (const page of [tom, phone]) {
  const places = await last(page).locator(".picture").evaluateAll((all) => all.map((e) => [e.offsetLeft, e.offsetTop].join()));
  same(new Set(places).size, 3, "places of the pictures of a group");
}
await shot(tom, "three-en");
await shot(eva, "three-dark-en");
await shot(phone, "three-phone-ko");

// Over the whole window: who, when, what; arrows, keys, wheel and taps.
const first = last(tom).locator(".picture-open").first();
await first.click();
await viewer(tom).waitFor();
await counter(tom, "1 / 3");
await viewer(tom).locator(".viewer-about strong", { hasText: name }).waitFor();
await viewer(tom).locator(".viewer-alt", { hasText: "해 질 녘 <b>마당</b>" }).waitFor();
const scale = (page) => viewer(page).locator(".viewer-frame").evaluate((el) => new DOMMatrix(getComputedStyle(el).transform).a);
const until = async (page, what, is) => {
  for (let i = 0; !is(await what(page)); i++) {
    ok(i < 100, `it is ${await what(page)}`);
    await page.waitForTimeout(50);
  }
};
await shot(tom, "viewer-en");
await tom.mouse.move(640, 400);
await tom.mouse.wheel(0, -600);
await until(tom, scale, (n) => n > 1.5);
await tom.keyboard.press("0");
same(await scale(tom), 1);
await tom.keyboard.press("+");
await until(tom, scale, (n) => n === 1.5);
await tom.keyboard.press("0");
await tom.mouse.dblclick(640, 400);
await until(tom, scale, (n) => n === 2.5);
await tom.mouse.down();
await tom.mouse.move(700, 430, { steps: 4 });
await tom.mouse.up();
ok((await viewer(tom).locator(".viewer-frame").evaluate((el) => new DOMMatrix(getComputedStyle(el).transform).e)) !== 0, "dragged");
await tom.keyboard.press("ArrowRight");
await counter(tom, "2 / 3");
same(await scale(tom), 1, "each begins whole");
await tom.keyboard.press("End");
await counter(tom, "3 / 3");
await viewer(tom).locator("img").waitFor();
await press(viewer(tom), "Pause the moving picture");
await viewer(tom).locator("canvas").waitFor();
await press(viewer(tom), "Previous picture");
await counter(tom, "2 / 3");
const save = viewer(tom).getByRole("link", { name: "Save" });
ok(/^\/gif\/[0-9a-f]{32}\.png$/.test(await save.getAttribute("href")) && (await save.getAttribute("download")).endsWith(".png"), "it can be saved");
const [saved] = await Promise.all([tom.waitForEvent("download"), save.click()]);
ok(/^[0-9a-f]{32}\.png$/.test(saved.suggestedFilename()), saved.suggestedFilename());
for (let i = 0; i < 8; i++) {
  await tom.keyboard.press("Tab");
  ok(await tom.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest("dialog")), "the focus stays inside");
}
await tom.keyboard.press("Escape");
await viewer(tom).waitFor({ state: "detached" });
ok(await first.evaluate((el) => el === document.activeElement), "the focus is back at the picture");
await first.click();
await viewer(tom).waitFor();
await tom.goBack();
await viewer(tom).waitFor({ state: "detached" });
await box(tom).waitFor();

// With fingers: aside to the next, two of them larger, down to close.
await last(phone).locator(".picture-open").first().tap();
await counter(phone, "1 / 3");
await shot(phone, "viewer-phone-ko");
const touch = await phone.context().newCDPSession(phone);
async function fingers(...paths) {
  const at = (i) => paths.map(([x1, y1, x2, y2], id) => ({ id, x: x1 + ((x2 - x1) * i) / 8, y: y1 + ((y2 - y1) * i) / 8 }));
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: at(0) });
  for (let i = 1; i <= 8; i++) await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: at(i) });
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}
await fingers([300, 420, 100, 425]);
await counter(phone, "2 / 3");
await fingers([100, 420, 300, 415]);
await counter(phone, "1 / 3");
await fingers([180, 420, 80, 420], [210, 420, 310, 420]);
await until(phone, scale, (n) => n > 3);
await fingers([200, 500, 200, 300]);
await counter(phone, "1 / 3"); // a large picture is moved, not left
await phone.keyboard.press("0");
await fingers([200, 400, 205, 700]);
await viewer(phone).waitFor({ state: "detached" });
await box(phone).waitFor();

// Everybody can stop what moves, and start it again.
const gif = last(tom).locator(".picture.moving");
await gif.locator("img").waitFor();
await gif.getByRole("button", { name: /Pause the moving picture$/ }).click();
await gif.locator("img").waitFor({ state: "detached" });
ok(await gif.locator(".picture-open").evaluate((el) => el === document.activeElement), "the focus stays at the picture");
ok(await gif.locator("canvas").evaluate((c) => c.getContext("2d").getImageData(c.width / 2, c.height / 2, 1, 1).data[3] === 255), "its first frame is there");
await gif.getByRole("button", { name: /Play the moving picture$/ }).click();
await gif.locator("img").waitFor();

// Who asked for less motion sees the first frame until it is started.
const still = last(eva).locator(".picture.moving");
await still.locator("canvas").waitFor();
same(await still.locator("img").count(), 0);
await still.getByRole("button", { name: /Play the moving picture$/ }).click();
await still.locator("img").waitFor();
await still.getByRole("button", { name: /Pause/ }).click();
await still.locator("img").waitFor({ state: "detached" });

// What flashes is hidden behind a word; what nobody can judge waits.
await choose(mina, "strobe.gif", "apng.png");
await mina.locator(".tile").nth(1).waitFor();
await next(tom, () => send(mina));
const flashing = last(tom).getByRole("button", { name: /Flashing picture\. Show$/ });
await flashing.waitFor();
await shot(tom, "flash-en");
await shot(phone, "flash-ko");
await last(mina).getByRole("button", { name: /깜박이는 사진이에요\. 보기$/ }).waitFor(); // to its sender, too
same(await last(tom).locator("img").count(), 0, "nothing moves");
await last(tom).locator(".moving canvas").waitFor();
await last(tom).getByRole("button", { name: /Play the moving picture$/ }).click();
await last(tom).locator(".moving img").waitFor();
await last(tom).getByRole("button", { name: /View larger$/ }).click();
await counter(tom, "5 / 5");
await tom.keyboard.press("ArrowLeft");
await viewer(tom).getByText("Flashing picture.").waitFor({ state: "visible" });
same(await viewer(tom).locator("img").count(), 0, "hidden in the viewer too");
await tom.keyboard.press("Escape");
await flashing.click();
await last(tom).locator(".moving img").nth(1).waitFor();

// Out of sight nothing runs.
for (let i = 0; i < 14; i++) await box(mina).fill(`${i}\n.\n.\n.`), await send(mina);
await tom.locator(".bubble", { hasText: "13" }).waitFor();
await tom.waitForFunction(() => !document.querySelector("#log .moving img"));
await tom.locator("#log").evaluate((el) => (el.scrollTop = 0));
await gif.first().or(log(tom).locator(".picture.moving").first()).waitFor();
await tom.locator("#log .moving img").first().waitFor();

// One that the server doesn't take comes back with its reason; the others are there.
await tom.keyboard.press("End");
await choose(mina, "b.png", "long.gif");
await mina.locator(".tile").nth(1).waitFor();
await next(tom, () => send(mina));
await last(tom).locator(".pictures.n1 img").waitFor();
const refused = mina.locator("#log li.rejected");
await refused.getByText("프레임").waitFor();
same(await refused.locator("img").count(), 1);
await shot(mina, "refused-ko");
await refused.getByRole("button", { name: "삭제" }).click();
await refused.waitFor({ state: "detached" });

// One of several is taken back while they are on their way.
let held;
await mina.route("**/gif", (route) => (held ? route.continue() : (held = route)));
await choose(mina, "a.png", "b.png", "c.png");
await mina.locator(".tile").nth(2).waitFor();
const asked = mina.waitForRequest("**/gif");
await send(mina);
await asked;
await next(tom, () => mina.getByRole("button", { name: "b.png 빼기" }).click());
await last(tom).locator(".pictures.n2 img").nth(1).waitFor();
await mina.unroute("**/gif");
await mina.locator("#log li.msg.sending").waitFor({ state: "detached" });

// It goes with its message.
const src = await last(tom).locator("img").first().getAttribute("src");
same((await tom.request.get(url + src)).status(), 200);
await last(mina).hover();
await last(mina).locator(".msg-more").click();
await mina.getByRole("menuitem", { name: "삭제" }).click();
await mina.getByRole("dialog").getByRole("button", { name: "삭제" }).click();
await last(tom).locator(".gone").waitFor();
same((await tom.request.get(url + src)).status(), 404);

// What is left of the day is told before it is used up.
await choose(mina, "noise.png");
await mina.locator(".tile").waitFor();
await next(tom, () => send(mina));
const note = mina.locator(".composer-note[role=status]");
await choose(mina, "noise.png");
await note.getByText(/^오늘 .+만큼 더 올릴 수 있어요\.$/).waitFor();
await shot(mina, "left-ko");
await choose(mina, "noise.png");
await note.getByText(/^오늘은 .+만 남아서 모자라요\./).waitFor();
await mina.getByRole("button", { name: "noise.png 빼기" }).first().click();
await note.getByText(/^오늘 .+만큼 더/).waitFor();

await end(/404|net::ERR_(FAILED|ABORTED)/);
