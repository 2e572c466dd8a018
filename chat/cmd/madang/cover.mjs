// The pictures of the README: one conversation, on a desktop and on a phone.
//
//   node cover.mjs URL CHROMIUM
//
// The server is empty. SHOTS is the folder for room.png and phone.png. Ends with status 0 when they
// were taken, else with the reason on standard error.
import { guest, png } from "./guest.mjs";
import { end, log, person, say, shot, url } from "./rig.mjs";

/** An evening at a river: the sky from one colour to another, a sun, ranges of hills, water. */
function evening(w, h, [above, below, sun, far, near], at = 0.62) {
  const parts = [above, below, sun, far, near].map((c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16)));
  const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * t);
  const shore = h * 0.72;
  const range = (x, of) => shore - h * (0.05 + 0.07 * of) * (1.2 + Math.sin(x / w / 0.16 + 2.1 * of) + 0.5 * Math.sin(x / w / 0.067 + of));
  const over = (x, y) => {
    const round = Math.hypot(x - w * at, y - h * 0.47) / (h * 0.11);
    let c = mix(parts[0], parts[1], Math.min(1, y / shore) ** 1.3);
    c = mix(c, parts[2], round < 1 ? 0.95 : 0.5 / round ** 2.4);
    for (let of = 2; of >= 0; of--) if (y > range(x, of)) c = mix(parts[3], parts[4], 1 - of / 2);
    return c;
  };
  const rows = Buffer.alloc((3 * w + 1) * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const ripple = Math.sin(y * 0.9) * Math.max(0, y - shore) * 0.06;
      const c = y < shore ? over(x, y) : mix(over(x + ripple, shore - (y - shore) * 1.7), parts[4], 0.25 + (0.4 * (y - shore)) / (h - shore));
      c.forEach((v, i) => (rows[y * (3 * w + 1) + 1 + 3 * x + i] = Math.round(v)));
    }
  }
  return png(w, h, 2, rows);
}

const [mina, tom, seo, noah] = await Promise.all(["민서", "Tom", "서연", "Noah"].map(guest));
const rooms = {};
for (const [who, title, text, more = {}] of [
  [noah, "Film club", "Friday: the one with the train"],
  [mina, "독서 모임", "이번 주는 3장까지예요"],
  [tom, "Board games", "One more round?", { max: 2 }],
  [seo, "팀 회의", "안에서만 보여요", { password: "riverside" }],
  [seo, "오늘의 사진", "고양이가 또 왔어요"],
  [tom, "Korean study", "How do I say “see you tomorrow”?"],
  [mina, "Evening walk", "오늘 노을이 예쁠 것 같아요. 일곱 시에 강가 어때요?"],
]) {
  const room = (rooms[title] = await who.open({ title, ...more }));
  await who.join(room);
  await who.say(room, text);
}
const walk = rooms["Evening walk"];
for (const who of [tom, seo, noah]) await who.join(walk);
await noah.join(rooms["Board games"]);
for (const who of [mina, seo]) await who.join(rooms["Korean study"]);
await noah.join(rooms["오늘의 사진"]);

const rename = (page, nickname) =>
  page.evaluate((nickname) => fetch("/api/v1/me", { method: "PATCH", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ nickname }) }), nickname);
const desktop = await person({ locale: "en-US", colorScheme: "light", viewport: { width: 1180, height: 740 }, reducedMotion: "reduce" }, "/");
await rename(desktop, "Jamie");
// One has looked into this room, and what is said there later is new.
await desktop.goto(`${url}/room/${rooms["Korean study"]}`);
await log(desktop).getByText("see you tomorrow").waitFor();
await desktop.goto(`${url}/room/${walk}`);
await log(desktop).getByText("노을이").waitFor();
const phone = await person({ locale: "ko-KR", colorScheme: "dark", viewport: { width: 390, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, reducedMotion: "reduce" }, "/");
await rename(phone, "지우");
await phone.goto(`${url}/room/${walk}`);
await log(phone).getByText("노을이").waitFor();

await tom.say(walk, "Yes! On the bridge? 🌉");
await say(desktop, "I'm in. I'll bring tea for everybody");
await say(phone, "저도 갈게요!");
const shots = [
  ["#1f2a5c", "#ff9a62", "#ffe3a8", "#6a4a78", "#2a2347"],
  ["#5aa7d8", "#ffe9c4", "#fff8dc", "#6f9fae", "#2f5f6b"],
  ["#3b2a63", "#f4738a", "#ffd2a0", "#7a4a86", "#31204f"],
  ["#0e1d3f", "#4d6fa8", "#f3f0d8", "#31497a", "#101c38"],
].map((colours, i) => evening(520, 400, colours, 0.3 + 0.15 * i));
await seo.say(walk, "지난주에 찍은 강이에요");
await seo.show(walk, shots[0], ...shots.slice(1).map((s) => [s, ""]));
await tom.say(walk, "😍");
await mina.say(rooms["Korean study"], "“내일 봐요!”");
await mina.say(walk, "따뜻하게 입고 오세요. 저녁엔 바람이 불어요");
for (const [page, name] of [[desktop, "room"], [phone, "phone"]]) {
  await log(page).getByText("따뜻하게").waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("#log img")].filter((img) => img.complete && img.naturalWidth).length === 4);
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(1500);
  await shot(page, name);
}
await end();
