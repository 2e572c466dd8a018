// The pictures of the README: one conversation, in a window and on a phone that speaks the other
// language, in the other theme.
//
//   node cover.mjs URL CHROMIUM
//
// The server is empty. SHOTS is the folder for talk.LANG.THEME.png, in which language and theme are
// those of the window. Ends with status 0 when they were taken, else with the reason on standard
// error.
import { guest, png } from "./guest.mjs";
import { browser, end, log, person, say, url } from "./rig.mjs";

/** An evening at a river: the sky from one colour to another, a sun, ranges of hills, water. */
function evening(w, h, [above, below, sun, far, near], at) {
  const parts = [above, below, sun, far, near].map((c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16)));
  const mix = (a, b, t) => a.map((v, i) => v + (b[i] - v) * t);
  const shore = h * 0.72;
  const range = (x, of) => shore - h * (0.03 + 0.06 * of) * (1.2 + Math.sin(x / w / 0.16 + 2.1 * of + 9 * at) + 0.5 * Math.sin(x / w / 0.067 + of - 5 * at));
  const over = (x, y) => {
    const round = Math.hypot(x - w * at, y - h * 0.47) / (h * 0.11);
    let c = mix(parts[0], parts[1], Math.min(1, y / shore) ** 1.3);
    c = mix(c, parts[2], round < 1 ? 0.95 : 0.5 / round ** 2.4);
    for (let of = 2; of >= 0; of--) if (y > range(x, of)) c = mix(parts[3], parts[4], 1 - of / 2);
    return c;
  };
  const seen = (x, y) => {
    if (y < shore) return over(x, y);
    const ripple = Math.sin(y * 0.9) * (y - shore) * 0.06;
    return mix(over(x + ripple, shore - (y - shore) * 1.7), parts[4], 0.25 + (0.4 * (y - shore)) / (h - shore));
  };
  // Four looks for each pixel, so that edges are smooth.
  const looks = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]];
  const rows = Buffer.alloc((3 * w + 1) * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const all = looks.map(([dx, dy]) => seen(x + dx, y + dy));
      for (let i = 0; i < 3; i++) rows[y * (3 * w + 1) + 1 + 3 * x + i] = Math.round(all.reduce((sum, c) => sum + c[i], 0) / all.length);
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
const look = { deviceScaleFactor: 2, reducedMotion: "reduce" };
const desktop = await person({ ...look, locale: "en-US", viewport: { width: 1080, height: 680 } }, "/");
await rename(desktop, "Jamie");
// One has looked into this room, and what is said there later is new.
await desktop.goto(`${url}/room/${rooms["Korean study"]}`);
await log(desktop).getByText("see you tomorrow").waitFor();
await desktop.goto(`${url}/room/${walk}`);
await log(desktop).getByText("노을이").waitFor();
const phone = await person({ ...look, locale: "ko-KR", viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }, "/");
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
].map((colours, i) => evening(640, 480, colours, 0.34 + 0.2 * i));
await seo.say(walk, "지난주에 찍은 강이에요");
await seo.show(walk, shots[0], ...shots.slice(1).map((s) => [s, ""]));
await tom.say(walk, "😍");
await mina.say(walk, "따뜻하게 입고 오세요");
await say(desktop, "Thanks! See you at seven");
await say(phone, "이따 봐요 👋");

/** What a page looks like in a language and a theme. */
async function shown(page, lang, theme) {
  await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
  await page.context().addCookies([{ name: "lang", value: lang, url }]);
  await page.reload();
  await log(page).getByText("이따 봐요").waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll("#log img")].filter((img) => img.complete && img.naturalWidth).length === 3);
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => document.activeElement?.blur());
  await page.waitForTimeout(1500);
  return `data:image/png;base64,${(await page.screenshot()).toString("base64")}`;
}

// The window on a table, and the phone over its corner.
const table = await browser.newPage({ viewport: { width: 1120, height: 716 }, deviceScaleFactor: 1.5 });
let news = false;
for (const [lang, other] of [["en", "ko"], ["ko", "en"]]) {
  for (const [theme, opposite] of [["light", "dark"], ["dark", "light"]]) {
    // Not before the window has read everything else.
    if (!news) news = await shown(desktop, lang, theme).then(() => mina.say(rooms["Korean study"], "“내일 봐요!”"));
    const [window, screen] = [await shown(desktop, lang, theme), await shown(phone, other, opposite)];
    const dark = theme === "dark";
    await table.setContent(`<style>
      body { margin: 0; }
      div { position: absolute; box-sizing: border-box; overflow: hidden; }
      img { display: block; width: 100%; }
      .window { top: 16px; left: 24px; width: 1000px; padding-top: 30px; border-radius: 12px; background: ${dark ? "#2c3138" : "#e7e9ee"};
        box-shadow: 0 0 0 1px ${dark ? "#3a4048" : "#d5d8de"}, 0 14px 34px rgb(15 20 40 / ${dark ? 50 : 18}%); }
      .window i { position: absolute; top: 10px; width: 10px; height: 10px; border-radius: 50%; background: ${dark ? "#4a5059" : "#c4c8d0"}; }
      .phone { right: 20px; bottom: 18px; width: 246px; border: 7px solid #0e1013; border-radius: 32px;
        box-shadow: 0 0 0 1px ${dark ? "#4a5059" : "#3a4048"}, 0 16px 40px rgb(15 20 40 / 38%); }
    </style>
    <div class="window">${[14, 32, 50].map((x) => `<i style="left: ${x}px"></i>`).join("")}<img src="${window}"></div>
    <div class="phone"><img src="${screen}"></div>`);
    await table.waitForFunction(() => [...document.images].every((img) => img.complete && img.naturalWidth));
    if (process.env.SHOTS) await table.screenshot({ path: `${process.env.SHOTS}/talk.${lang}.${theme}.png`, omitBackground: true });
  }
}
await end();
