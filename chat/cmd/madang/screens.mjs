// Every screen of the page and every state of it, one after the other:
//
//   node screens.mjs URL CHROMIUM LANG THEME SIZE
//
// LANG is ko or en, THEME light or dark, SIZE phone or desktop. The server is empty, keeps a seat for
// a second and a closing room for five, asks the owner beyond four newcomers in ten seconds, newcomers
// for endless work beyond six, and takes three windows of one person. testdata/screens.json names all
// screens; each has to be reached. Ends with status 0 when they were, else with the reason on standard
// error. SHOTS is the folder for their pictures.
import { deepStrictEqual as same } from "node:assert";
import { readFileSync } from "node:fs";
import { guest, landscape, strobe } from "./guest.mjs";
import { box, connection, end, more, person, press, say, shot, url } from "./rig.mjs";

const [lang, theme, size] = more;
const ko = lang === "ko";
const phone = size === "phone";
const T = (korean, english) => (ko ? korean : english);
const look = {
  locale: T("ko-KR", "en-US"),
  colorScheme: theme,
  reducedMotion: "reduce",
  viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
  ...(phone ? { hasTouch: true, isMobile: true, deviceScaleFactor: 1 } : {}),
};
const left = new Set(JSON.parse(readFileSync(new URL("testdata/screens.json", import.meta.url), "utf8")).map((s) => s.name));

/** The page shows a screen: what is looked for is there, and then its picture is taken. */
async function screen(page, name, ...seen) {
  for (const s of seen) await (typeof s === "string" ? page.locator(s) : s).first().waitFor();
  same(left.delete(name), true, `a screen ${name}`);
  same(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name} is no wider than its window`);
  await page.evaluate(() => document.fonts.ready);
  await shot(page, `${name}.${lang}.${theme}.${size}`);
}
const sheet = (page) => page.getByRole("dialog").last();
const bubble = (page, text) => page.locator("#log li[id^=m-]", { hasText: text }).last();
async function away(page) {
  const open = await page.getByRole("dialog").count();
  await page.keyboard.press("Escape");
  await page.waitForFunction((n) => document.querySelectorAll("dialog[open]").length < n, open);
  await page.waitForTimeout(150); // the history goes back with it
}
const menu = (page) => page.getByRole("menu");
const choose = (page, ...names) => menu(page).getByRole("menuitem", { name: T(...names) }).click();
async function roomMenu(page, ...names) {
  await page.locator(".room-menu").click();
  await menu(page).waitFor();
  if (names.length) await choose(page, ...names);
}
/** The menu of something: of a mouse and of a finger. */
async function menuOf(page, at) {
  if (phone) {
    const { x, y, width, height } = await at.boundingBox();
    const touch = await page.context().newCDPSession(page);
    await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x: x + width / 2, y: y + height / 2 }] });
    await menu(page).waitFor();
    await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  } else {
    await at.hover();
    await at.locator(".msg-more").click();
    await menu(page).waitFor();
  }
}

// Nobody is here yet.
const page = await person(look, "/");
await screen(page, "lobby-empty", ".empty");
await page.locator(".opener-options").click();
await sheet(page).getByRole("textbox").first().fill(T("저녁 산책", "Evening walk"));
await screen(page, "create", ".sheet .stepper");
await sheet(page).getByRole("textbox").first().fill("");
await press(sheet(page), T("방 열기", "Open a room"));
await screen(page, "create-wrong", ".field.wrong");
await away(page);

// People, rooms and what they talk about.
const [mina, tom, noah] = await Promise.all([guest(T("민서", "Minseo")), guest(T("하늘다람쥐", "Flying squirrel")), guest()]);
const hill = landscape(640, 420, ["#9cc9ea", "#fff4c9", "#5f9a79", "#2f6550"]);
const dusk = landscape(420, 560, ["#3b3f73", "#f5b971", "#7a4d74", "#2d2747"]);
const lunch = await mina.open({ title: T("점심 뭐 먹지", "What's for lunch") });
for (const g of [mina, tom, noah]) await g.join(lunch);
for (const [who, ...text] of [
  [mina, "다들 점심 정했어요?", "Has anybody decided on lunch?"],
  [mina, "저는 열두 시 반쯤 나갈 수 있어요", "I can leave around half past twelve"],
  [tom, "어제 지나가다 본 국숫집 어때요? 들기름 막국수가 괜찮아 보였어요. 걸어서 십 분이면 가고, 열두 시 전에 가면 줄도 없대요.", "What about the noodle place we walked past yesterday? The buckwheat noodles looked good. It's ten minutes on foot, and before twelve there is no queue, they say."],
  [noah, "좋아요 👍", "Sounds good 👍"],
  [noah, "지도 https://maps.example/n/3f9q2-noodle-house", "A map: https://maps.example/n/3f9q2-noodle-house"],
  [tom, "가는 길이에요", "This is the way there"],
])
  await who.say(lunch, T(...text));
await tom.show(lunch, hill);
await mina.say(lunch, "😋");

const full = await tom.open({ title: T("체스 한 판", "A game of chess"), max: 2 });
await tom.join(full);
await noah.join(full);
await noah.say(full, T("기물부터 놓을게요", "I'll set up the board"));
const secret = await mina.open({ title: T("팀 회의", "Team meeting"), password: "riverside" });
await mina.join(secret);
await mina.say(secret, T("안에서만 보여요", "Only for those inside"));
const long = await noah.open({ title: T("이름이 아주 길어서 한 줄에 다 들어가지 않는 방의 이름은 이렇게 보여요", "A room whose name is longer than one line can be") });
await noah.join(long);
await noah.say(long, T("제목이 길면 말줄임표가 붙어야 해요. 마지막 줄도 마찬가지예요.", "A long title ends in an ellipsis, and so does the last line."));
const asleep = await tom.open({ title: T("독서 모임", "Book club") });
await tom.join(asleep);
await tom.say(asleep, T("다음 주에 봬요", "See you next week"));
await tom.part(asleep);
const photos = await mina.open({ title: T("산책길 사진", "Photos of the walk") });
await mina.join(photos);
await mina.say(photos, T("어제 저녁", "Yesterday evening"));
await mina.show(photos, dusk);
const sky = [["#7fc4e8", "#fff7d6", "#86b36b", "#3f7a4a"], ["#dfe9f2", "#f7d9c4", "#b9c8d6", "#8aa0b4"], ["#f6c8a8", "#fff0c2", "#c97b63", "#6b4a5a"]].map((of, i) => landscape(560 - 60 * i, 420, of));
await mina.show(photos, hill, [sky[0], T("한낮의 언덕길", "The path over the hills at noon")], [sky[1], T("서리 내린 아침", "A morning with frost")], [sky[2], T("해 지는 들판", "Fields at sunset")]);
const quiet = await mina.open({ title: T("공지", "Announcements") });
await mina.join(quiet);
await mina.say(quiet, T("이번 주 모임은 토요일 오후 세 시예요.", "This week we meet on Saturday at three."));
await mina.request("PATCH", `/room/${quiet}`, { quiet: true });

/** A room of one's own on the page. */
const make = (page, room) =>
  page.evaluate(async (room) => {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    return (await (await fetch("/room", { method: "POST", headers, body: JSON.stringify(room) })).json()).room._id;
  }, room);
const study = await make(page, { title: T("한국어 공부", "Korean study group"), life: "day" });
await page.goto(`${url}/room/${study}`);
await screen(page, "room-empty", ".silent .share");

await page.goto(url);
await page.locator(".row.asleep", { hasText: T("독서 모임", "Book club") }).locator(".row-last").waitFor();
await screen(page, "lobby", ".row-last");
await page.getByRole("searchbox").fill(T("회의", "meet"));
await page.waitForFunction(() => document.querySelectorAll(".row").length === 1);
await screen(page, "lobby-found");
await page.getByRole("searchbox").fill(T("없는 방", "nowhere"));
await screen(page, "lobby-none", ".none");
await page.goto(`${url}/?e=room_full`);
await screen(page, "lobby-flash", ".flash");

// A conversation, and what one can do in it.
await page.goto(`${url}/room/${lunch}`);
await bubble(page, "😋").waitFor();
await say(page, T("저도 갈래요! 자리 맡아 둘게요", "I'm in! I'll keep us a table"));
await say(page, T("열두 시 정각에 문 앞에서 봐요", "At twelve sharp, in front of the door"));
await bubble(page, T("문 앞에서", "sharp")).locator(".msg-time").waitFor();
await screen(page, "room", ".picture img");
await menuOf(page, bubble(page, T("문 앞에서", "sharp")));
await screen(page, "menu-own", menu(page));
await choose(page, "삭제", "Delete");
await screen(page, "delete", sheet(page));
await away(page);
await menuOf(page, bubble(page, T("좋아요", "Sounds")));
await screen(page, "menu-message", menu(page));
await choose(page, "신고하기", "Report");
await screen(page, "report", sheet(page).locator(".input"));
await away(page);
if (phone) await page.locator(".people-button").click();
await screen(page, "people", page.locator(".person:visible").nth(3));
await page.locator(".person-open:visible", { hasText: T("민서", "Minseo") }).click();
await screen(page, "menu-person", menu(page));
await choose(page, "나에게서 숨기기", "Hide");
if (phone) await away(page);
await screen(page, "hidden", page.locator(".gone").first());
await roomMenu(page, "숨긴 사람", "hidden");
await screen(page, "hidden-people", sheet(page).locator(".list-row"));
await sheet(page).locator(".list-row .link").click();
await away(page);
await page.locator(".picture-open").last().click();
await screen(page, "picture", sheet(page).locator("img"));
await away(page);
await page.locator("input[type=file]").setInputFiles({ name: T("노을.png", "dusk.png"), mimeType: "image/png", buffer: dusk });
await screen(page, "attached", ".tile");
await page.evaluate(() => {
  const files = new DataTransfer();
  files.items.add(new File(["x"], "a.png", { type: "image/png" }));
  document.dispatchEvent(new DragEvent("dragover", { dataTransfer: files, bubbles: true, cancelable: true }));
});
await screen(page, "drop", ".drop");
await page.evaluate(() => document.dispatchEvent(new DragEvent("dragleave")));
await page.locator(".tile-say").click();
await page.locator(".tile-alt").fill(T("언덕 위로 지는 해", "The sun going down behind the hills"));
await screen(page, "alt", ".tile.open");
await page.keyboard.press("Enter");
await press(page, T("노을.png 빼기", "Remove dusk.png"));
await page.route("**/api/v1/me/pictures", (route) => route.fulfill({ json: { ok: true, left: 3_400_000, most: 50 << 20 } }), { times: 1 });
await page.locator("input[type=file]").setInputFiles({ name: T("노을.png", "dusk.png"), mimeType: "image/png", buffer: dusk });
await screen(page, "quota", page.locator(".composer-note[role=status]", { hasText: "MB" }));
const refused = (error) => JSON.stringify({ ok: false, error: { message: "", retryable: false, ...error } });
await page.route("**/gif", (route) => route.fulfill({ status: 507, body: refused({ code: "NO_SPACE", limit: "media-total", n: 5000 }) }), { times: 1 });
await page.locator(".send").click();
await screen(page, "failed", "#log li.failed");
await page.locator("#log li.failed .link").last().click();

// Much was said: one reads earlier messages while more come.
for (let n = 1; n <= 24; n++) await [mina, tom, noah][n % 3].say(lunch, T(`메뉴 ${n}번도 있어요`, `There is also dish ${n}`));
await bubble(page, T("24번", "dish 24")).waitFor();
await page.locator("#log").evaluate((el) => (el.scrollTop = el.scrollHeight / 3));
await page.locator(".pill").waitFor();
await tom.say(lunch, T("다들 어디예요?", "Where is everybody?"));
await screen(page, "room-earlier", ".pill.new");
await page.locator(".pill").click();
for (const n of [1, 2, 3]) {
  const guestOfCrowd = await guest();
  await guestOfCrowd.join(lunch);
  guestOfCrowd.leave();
}
await mina.ask("delete", { room: lunch, seq: (await mina.say(lunch, T("잘못 보냈어요", "Wrong room, sorry"))).seq });
await noah.request("PATCH", "/api/v1/me", { nickname: T("노아", "Noah") });
await screen(page, "room-lines", page.locator("#log .sys", { hasText: T("노아", "Noah") }).last());

// What was said is found again, and where reading stopped.
await page.locator(".search-button").click();
await sheet(page).getByRole("combobox").fill(T("열두 시", "twelve"));
await screen(page, "search", sheet(page).locator(".hit").nth(2));
await sheet(page).getByRole("combobox").fill(T("비빔밥", "pizza"));
await screen(page, "search-none", sheet(page).locator(".search-none", { hasText: T("비빔밥", "pizza") }));
await sheet(page).getByRole("combobox").fill(T("막국수", "buckwheat"));
await sheet(page).locator(".hit", { hasText: T("막국수", "buckwheat") }).click();
await screen(page, "jump", "#log .found");
await page.goto(url);
for (const text of [T("자리 잡았어요!", "We have a table!"), T("창가 쪽이에요", "By the window")]) await tom.say(lunch, text);
await page.goto(`${url}/room/${lunch}`);
await screen(page, "unread", "#log .unread");

// Several pictures, one of them over the whole window, and one that is dangerous to look at.
await page.goto(`${url}/room/${photos}`);
await page.locator(".pictures.n4 img").nth(3).waitFor();
const fields = await page.locator(".pictures.n4 .picture").evaluateAll((all) => all.map((e) => Math.round(e.offsetHeight)));
same(new Set(fields).size, 1, `fields of a group: ${fields}`);
await screen(page, "pictures");
await page.locator(".pictures.n4 .picture-open").nth(1).click();
await screen(page, "viewer", sheet(page).locator(".viewer-alt"));
await away(page);
await tom.join(photos);
await tom.show(photos, strobe(240, 160));
await screen(page, "flash", ".picture.flashing");
await tom.part(photos);

// Without a connection.
await page.goto(`${url}/room/${lunch}`);
const wire = await connection(page);
await page.reload();
await bubble(page, T("어디예요", "Where is")).waitFor();
await page.waitForFunction(() => document.querySelector("#log .alone, #log li[id^=m-]"));
await wire.cut();
await say(page, T("저는 출발했어요", "I'm on my way"));
await screen(page, "offline", ".banner .link", "#log li.queued");
await tom.say(lunch, T("저희는 먼저 앉아 있어요", "We have a table"));
wire.back();
await page.locator(".banner .link").click();
await screen(page, "back", ".banner.good");
await page.unrouteAll();

// Who one is.
await page.goto(url);
await page.locator(".me").first().click();
await screen(page, "me", sheet(page));
await sheet(page).getByRole("textbox").fill(T("관리자", "admin"));
await screen(page, "me-wrong", sheet(page).locator(".wrong"));
await sheet(page).getByRole("textbox").fill(T("서연", "Jamie"));
await sheet(page).locator(".with-button .button").click();
await sheet(page).waitFor({ state: "detached" });
const inMe = async (...name) => {
  await page.locator(".me").first().click();
  await sheet(page).getByRole("button", { name: T(...name) }).click();
};
await inMe("표식", "Tag");
await screen(page, "tag", sheet(page).getByLabel(T("표식 암호", "Passphrase")));
await away(page);
await away(page);
await inMe("내 기기", "Your devices");
await screen(page, "devices", sheet(page).locator(".device"));
const answer = page.waitForResponse("**/api/v1/me/link");
await sheet(page).locator(".button").last().click();
const link = await (await answer).json();
await screen(page, "link", sheet(page).locator(".qr"));
await away(page);
await away(page);
await inMe("여기서 나를 지우기", "Forget me here");
await screen(page, "forget", sheet(page).locator(".choice"));
await away(page);
await away(page);

// In charge of a room.
await page.goto(`${url}/room/${study}`);
await box(page).waitFor();
for (const g of [mina, tom, noah]) await g.join(study);
await mina.say(study, T("오늘은 높임말을 연습해요", "Today we practise the polite forms"));
await tom.say(study, T("광고: 싸게 팝니다!!!", "AD: cheap cheap cheap!!!"));
await tom.say(study, T("광고: 한 번 더!!!", "AD: once more!!!"));
await mina.ask("report", { room: study, seq: (await tom.say(study, T("광고: 마지막 기회!!!", "AD: last chance!!!"))).seq, reason: T("광고예요", "It's an ad") });
await roomMenu(page);
await screen(page, "room-menu", menu(page));
await choose(page, "방 설정", "Room settings");
await screen(page, "settings", sheet(page).locator("select").first());
const exported = sheet(page).getByText(T("방 내보내기", "Export the room"));
await exported.evaluate((e) => e.scrollIntoView({ block: "center" }));
await screen(page, "export", exported);
await away(page);
if (phone) await page.locator(".people-button").click();
await page.locator(".person-open:visible", { hasText: T("하늘다람쥐", "Flying") }).click();
await screen(page, "menu-charge", menu(page));
await choose(page, "차단하기", "Ban");
await sheet(page).getByRole("textbox").fill(T("광고", "Ads"));
await screen(page, "ban", sheet(page).locator(".radio"));
await sheet(page).locator(".button.danger").click();
await page.getByText(T(/차단했습니다/, /banned/)).first().waitFor();
if (phone) await away(page);
await roomMenu(page, "신고와 차단", "Reports");
await screen(page, "charge", sheet(page).locator(".list-row").nth(1));
await away(page);

// Many come at once: the owner is asked, and who comes last has to work.
const square = await make(page, { title: T("광장", "The square"), max: 30 });
await page.goto(`${url}/room/${square}`);
await page.locator(".silent .share").waitFor();
const crowd = await Promise.all(Array.from({ length: 7 }, () => guest()));
for (const g of crowd) await g.join(square).catch(() => {});
await screen(page, "crowd", ".crowd");
const other = await person(look, `/room/${square}`);
await screen(other, "proof", other.getByText(T(/잠시 확인하고 있어요/, /Checking for a moment/)).first());
await other.goto("about:blank");
for (const g of crowd) g.leave();

// In front of rooms.
await page.locator(".crowd .button").click();
await page.locator(".talk-head .row-lock").waitFor();
if (phone) await page.locator(".people-button").click();
await screen(page, "door-owner", page.locator(".door:visible"));
await other.goto(`${url}/room/${square}`);
await screen(other, "door", ".sorry .yard.busy");
await other.goto(`${url}/room/${full}`);
await screen(other, "full", ".sorry .yard.busy");
await other.goto(`${url}/room/${secret}`);
await screen(other, "gate", ".gate .input");
await other.locator(".gate .input").fill("seaside");
await press(other, T("입장", "Enter"));
await screen(other, "gate-wrong", ".gate .wrong");
await other.goto(`${url}/r/${encodeURIComponent(T("독서-모임", "book-club"))}`);
await screen(other, "offer", ".gate .share-url");
await other.goto(`${url}/room/0000000000000000000000`);
await screen(other, "missing", ".flash");
await other.goto(`${url}/nowhere`);
await screen(other, "not-found", ".sorry");
for (const [name, error] of [
  ["error", { code: "INTERNAL", message: "", status: 500, ref: "7K2QF4" }],
  ["too-many", { code: "RATE_LIMITED", message: "", status: 429, limit: "sessions-per-minute", n: 120, retryAfterMs: 40_000 }],
  ["no-room", { code: "UNAVAILABLE", message: "", status: 503, limit: "sockets", retryAfterMs: 30_000 }],
  ["banned-server", { code: "BANNED", message: "", status: 403 }],
]) {
  await other.route("**/nowhere", async (route) => {
    const page = await route.fetch({ headers: { ...route.request().headers(), accept: "text/html" } });
    const body = (await page.text()).replace(/"error":\{[^}]*\}/, `"error":${JSON.stringify(error)}`);
    await route.fulfill({ response: page, status: error.status, body });
  }, { times: 1 });
  await other.goto(`${url}/nowhere`);
  await screen(other, name, ".sorry");
}
await other.goto(link.url);
await screen(other, "continue", ".link-who, .gate");
await other.goto(`${link.url.split("#")[0]}#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`);
await other.reload();
await screen(other, "link-used", ".sorry, .gate");

// Rules of a room.
await other.goto(`${url}/room/${quiet}`);
await bubble(other, T("토요일", "Saturday")).waitFor();
await screen(other, "read-only", ".closed");
await mina.request("PATCH", `/room/${photos}`, { slow: 30 });
await other.goto(`${url}/room/${photos}`);
await bubble(other, T("어제 저녁", "Yesterday")).waitFor();
await say(other, T("색이 예뻐요", "What a colour"));
await box(other).fill(T("어디서 찍었어요?", "Where is that?"));
await screen(other, "slow", ".send .num");

// Ends: one is sent away, banned, or the room closes.
const wearer = async () => (await mina.join(photos)).members.at(-1).user;
await mina.ask("kick", { room: photos, user: await wearer() });
await screen(other, "removed", ".closed");
await other.goto(`${url}/room/${long}`);
await bubble(other, T("말줄임표", "ellipsis")).waitFor();
await noah.ask("ban", { room: long, user: (await noah.join(long)).members.at(-1).user, for: "day", address: false, reason: T("도배", "Flooding") });
await screen(other, "banned", ".closed");
const short = await noah.open({ title: T("잠깐 모여요", "A quick one"), life: "day" });
await noah.join(short);
await noah.say(short, T("오늘 저녁까지만 열어 둘게요", "Open until tonight"));
await other.goto(`${url}/room/${short}`);
await bubble(other, T("오늘 저녁", "tonight")).waitFor();
await other.clock.setFixedTime(Date.now() + 18 * 3600_000);
await other.reload();
await screen(other, "ends", ".bar");
await other.clock.setFixedTime(Date.now());
await other.reload();
await bubble(other, T("오늘 저녁", "tonight")).waitFor();
await noah.request("DELETE", `/room/${short}`);
await screen(other, "closing", ".bar");
await screen(other, "closed", ".closed");
await page.goto(`${url}/room/${study}`);
await box(page).waitFor();
await roomMenu(page, "방 닫기", "Close");
await screen(page, "close", sheet(page).locator(".choices"));
await sheet(page).locator(".button.danger").click();
await screen(page, "undo", ".bar .button, .bar .link");
await page.locator(".bar .button, .bar .link").first().click();

// One window too many.
for (let n = 0; n < 3; n++) await page.context().newPage().then((p) => p.goto(url));
const beyond = await page.context().newPage();
await beyond.goto(url);
await screen(beyond, "windows", beyond.locator(".banner", { hasText: T("창은", "windows") }));

same([...left], [], "screens that weren't reached");
await end(/status of (403|404|409|410|422|429|503|500|507)|WebSocket|ERR_/);
