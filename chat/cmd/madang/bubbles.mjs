// The measures of a conversation, on a phone and on a desktop, and what moves in it:
//
//   node bubbles.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { guest } from "./guest.mjs";
import { box, end, person, say } from "./rig.mjs";

const [mina, tom] = [await guest(), await guest()];
const room = await mina.open({ title: "점심" });
await mina.join(room);
await tom.join(room);
const long = "어제 지나가다 본 국숫집 어때요? 들기름 막국수가 괜찮아 보였어요. 걸어서 십 분이면 가고 줄도 없대요. ".repeat(2);
for (let n = 0; n < 12; n++) await (n % 2 ? tom : mina).say(room, `메뉴 ${n}번도 있어요`);
const at = (page, text) => page.locator("#log .msg", { hasText: text }).last();
const rect = (locator) => locator.evaluate((e) => e.getBoundingClientRect().toJSON());
const motion = (page, text) => at(page, text).evaluate((e) => {
  const { animationName, animationDuration } = getComputedStyle(e);
  return [animationName, parseFloat(animationDuration)];
});

for (const size of [{ width: 390, height: 844 }, { width: 320, height: 640 }]) {
  const page = await person({ locale: "ko-KR", viewport: size, hasTouch: true, isMobile: true }, `/room/${room}`);
  await at(page, "11번").waitFor();
  await tom.say(room, long);
  await tom.say(room, "짧아요");
  await say(page, long.trim());
  await say(page, "저도요");
  await at(page, "저도요").locator(".msg-time").waitFor();
  // A long one takes 82 of a hundred of the width, that of others what their sign leaves of it.
  const wide = await rect(page.locator(".mine .bubble").nth(0));
  ok(Math.abs(wide.width / size.width - 0.82) < 0.01, `${wide.width} of ${size.width}`);
  const theirs = await rect(at(page, "어제 지나가다").locator("xpath=.").locator(".bubble"));
  ok(theirs.width / size.width > 0.75, `${theirs.width} of ${size.width}`);
  // The time stands under the last of a group, and the others have none to see.
  for (const text of ["짧아요", "저도요"]) {
    const [bubble, time] = [await rect(at(page, text).locator(".bubble")), await rect(at(page, text).locator(".msg-time"))];
    ok(time.top >= bubble.bottom, `${text}: ${time.top} under ${bubble.bottom}`);
  }
  same(await page.locator(".mine .msg-time").count(), 1, "times of a group of two");
  await page.context().close();
}

// On a desktop a dozen messages of two people who alternate are seen at once.
const page = await person({ locale: "ko-KR" }, `/room/${room}`);
await at(page, "저도요").waitFor();
for (let n = 20; n < 32; n++) await (n % 2 ? tom : mina).say(room, `메뉴 ${n}번도 있어요`);
await at(page, "31번").waitFor();
const seen = await page.evaluate(() => {
  const log = document.querySelector("#log").getBoundingClientRect();
  return [...document.querySelectorAll("#log .bubble")].filter((b) => b.getBoundingClientRect().top >= log.top).length;
});
ok(seen >= 10, `${seen} messages on a screen of 800`);

// What one sends rises, what arrives fades in, and with reduced motion nothing does.
await page.route("**/socket.io/**", (route) => route.continue());
await tom.say(room, "새로 왔어요");
await at(page, "새로 왔어요").waitFor();
same(await motion(page, "새로 왔어요"), ["appear", 0.12]);
same((await motion(page, "31번"))[0], "appear", "it came while one was there");
await page.reload();
await at(page, "새로 왔어요").waitFor();
same((await motion(page, "새로 왔어요"))[0], "none", "history stands still");
const moved = page.evaluate(() => new Promise((done) => {
  new MutationObserver((changes, watcher) => {
    const own = changes.flatMap((c) => [...c.addedNodes]).find((n) => n.classList?.contains("sent"));
    if (!own) return;
    watcher.disconnect();
    const { animationName, animationDuration } = getComputedStyle(own);
    done([animationName, parseFloat(animationDuration)]);
  }).observe(document.querySelector("#log .lines"), { childList: true, subtree: true });
}));
await say(page, "저는 출발해요");
const [name, duration] = await moved;
same(name, "sent");
ok(duration <= 0.2, `${duration} s`);
const calm = await person({ locale: "ko-KR", reducedMotion: "reduce" }, `/room/${room}`);
await box(calm).waitFor();
await tom.say(room, "가만히");
await at(calm, "가만히").waitFor();
same(await motion(calm, "가만히"), ["none", 0]);
same(await calm.evaluate(() => document.getAnimations().length), 0, "what moves all the same");
await end();
