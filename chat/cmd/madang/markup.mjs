// What looks like markup is text wherever it is shown, and nothing in it runs:
//
//   node markup.mjs URL CHROMIUM
//
// Its visitors' browsers ignore the page's content policy, so that what would be markup did run.
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { readFileSync } from "node:fs";
import { end, entered, person, problems, url } from "./rig.mjs";

const corpus = JSON.parse(readFileSync(new URL("../../internal/corpus/markup.json", import.meta.url), "utf8"));

async function visitor() {
  const page = await person({ bypassCSP: true, locale: "ko-KR", viewport: { width: 1280, height: 900 } });
  const context = page.context();
  context.setDefaultTimeout(90_000);
  const ran = (what) => problems.push(`ran: ${what}`);
  await context.exposeFunction("ran", ran);
  context.on("dialog", (dialog) => (ran(dialog.message()), dialog.dismiss()));
  await context.addInitScript(() => (window.alert = window.print = (what) => window.ran(String(what))));
  await page.goto(url);
  return page;
}

// post sends some bodies and returns their answers.
const post = (page, path, bodies) =>
  page.evaluate(([path, bodies]) => {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    return Promise.all(bodies.map(async (body) => {
      const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
      return { status: response.status, ...(await response.json()) };
    }));
  }, [path, bodies]);

// outlines are what there is in pages besides texts: each element with the names of its attributes.
const outlines = (page, paths) =>
  page.evaluate((paths) => Promise.all(paths.map(async (path) => {
    const html = await (await fetch(path, { headers: { Accept: "text/html" } })).text();
    const all = [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("*")];
    const data = JSON.parse(all.find((e) => e.id === "data").textContent);
    return { tags: all.map((e) => [e.localName, ...e.getAttributeNames()].join(" ")).join("\n"), title: data.room?.title, preview: all.find((e) => e.getAttribute("property") === "og:title")?.content };
  })), paths);

const [owner, watcher] = [await visitor(), await visitor()];

// Titles: in the list as rooms come, in the list of the next page, in the address and the tab of the
// room, in the HTML.
const titles = new Map();
const asked = corpus.map((text) => ({ title: [...new Intl.Segmenter().segment(text)].slice(0, 50).map((g) => g.segment).join("") }));
for (const [i, { status, room, error }] of (await post(owner, "/room", asked)).entries()) {
  if (status === 201) titles.set(room._id, room.title);
  else same([status, error.field], [422, "title"], `the answer to ${JSON.stringify(asked[i])}`);
}
ok(titles.size >= 180, `${titles.size} rooms`);

const listed = () =>
  watcher.evaluate(() => {
    const rows = [...document.querySelectorAll(".row")];
    return rows.map((row) => [row.dataset.room, row.querySelector(".row-name").textContent, row.querySelector(".row-name").childElementCount]);
  });
async function checkList(least) {
  const rows = await listed();
  ok(rows.length >= least, `${rows.length} rows`);
  for (const [id, title, elements] of rows) same([title, elements], [titles.get(id), 0]);
}
await watcher.waitForFunction((n) => document.querySelectorAll(".row").length === n, titles.size);
await checkList(titles.size);
await watcher.reload();
await watcher.locator(".row").nth(40).waitFor();
await checkList(40);
for (const id of [...titles.keys()].slice(0, 6)) {
  await watcher.getByRole("searchbox").fill(titles.get(id));
  await watcher.waitForTimeout(300);
  await checkList(0);
}

const ids = [...titles.keys()];
const pages = await outlines(owner, ids.map((id) => `/room/${id}`));
const { tags } = pages[0];
ok(!/ on\w+/.test(tags), tags);
for (const [i, page] of pages.entries()) same(page, { tags, title: titles.get(ids[i]), preview: titles.get(ids[i]) });

for (const id of ids.filter((_, i) => i % 50 === 0)) {
  await watcher.goto(`${url}/room/${id}`);
  await watcher.getByRole("heading", { level: 1 }).getByText("", { exact: false }).first().waitFor();
  same(await watcher.locator(".talk-title span").last().textContent(), titles.get(id));
  same(await watcher.title(), await watcher.evaluate((title) => Object.assign(document.implementation.createHTMLDocument(""), { title }).title, titles.get(id)));
}

// A door shows the title too.
const [{ room: locked }, { room }] = await post(owner, "/room", [{ title: "<img src=x onerror=alert(1)>", password: "강변북로" }, { title: "<b>방</b>" }]);
await watcher.goto(`${url}/room/${locked._id}`);
same(await watcher.locator(".gate h1").innerHTML(), "&lt;img src=x onerror=alert(1)&gt;");

// Messages: as they come, in the history, in what a screen reader is told.
await owner.goto(`${url}/room/${room._id}`);
await entered(owner); // a request needs somebody in the room
await watcher.goto(`${url}/room/${room._id}`);
await entered(watcher);
const texts = new Map();
const answers = await post(owner, `/room/${room._id}/chat`, corpus.map((chat, i) => ({ chat, cid: `m${i}` })));
for (const [i, sent] of answers.entries()) {
  if (sent.status === 200) texts.set(`m-${sent.seq}`, corpus[i]);
  else same([sent.status, sent.error.code], [422, "BAD_MESSAGE"], `the answer to ${JSON.stringify(corpus[i])}`);
}
ok(texts.size >= 180, `${texts.size} messages`);
const last = `m-${Math.max(...answers.map((sent) => sent.seq ?? 0))}`;

// The server tidies a text: what it keeps is what has to be seen.
const kept = await owner.evaluate(async (room) => {
  const all = [];
  for (let more = true; more; ) {
    const page = await (await fetch(`/room/${room}/messages?after=${all.at(-1)?.seq ?? 1}`, { headers: { Accept: "application/json" } })).json();
    all.push(...page.messages);
    more = page.more;
  }
  return all;
}, room._id);
for (const m of kept) if (texts.has(`m-${m.seq}`)) texts.set(`m-${m.seq}`, m.chat);
async function checkMessages(page) {
  await page.locator(`#${last}`).waitFor();
  // A room begins with its last messages; those above them are drawn as one goes there.
  await page.waitForFunction(() => {
    document.querySelector("#log").scrollTop = 0;
    return document.querySelectorAll("#log .msg").length >= 150;
  });
  const said = await page.evaluate(() =>
    [...document.querySelectorAll("#log .msg")].map((li) => {
      const p = li.querySelector(".bubble > p, p.bubble");
      const odd = [...p.querySelectorAll("*")].filter((e) => e.localName !== "a" || !/^(https?|mailto):/.test(e.protocol) || e.getAttributeNames().sort().join() !== "href,rel,target");
      return [li.id, p.textContent, odd.map((e) => e.outerHTML)];
    }));
  for (const [id, text, odd] of said) same([text, odd], [texts.get(id), []]);
  same(await page.evaluate(() => document.querySelectorAll("[aria-live=polite] p *").length), 0, "elements in what is read aloud");
  await page.locator("#log").press("End");
}
await checkMessages(watcher);
await watcher.reload();
await checkMessages(watcher);

// Nicknames: in the people of a room, in its lines, over messages, at one's own chip, in the HTML.
const short = [...new Set(corpus.map((text) => [...new Intl.Segmenter().segment(text)].slice(0, 20).map((g) => g.segment).join("")))];
const patch = (nickname) =>
  owner.evaluate(async (nickname) => {
    const headers = { Accept: "application/json", "Content-Type": "application/json" };
    const response = await fetch("/api/v1/me", { method: "PATCH", headers, body: JSON.stringify({ nickname }) });
    return { status: response.status, ...(await response.json()) };
  }, nickname);
let borne = 0;
for (const [i, nickname] of short.entries()) {
  const { status, me, error } = await patch(nickname);
  if (status !== 200) {
    same([status, error.code], [422, "BAD_NICK"], `the answer to ${JSON.stringify(nickname)}`);
    continue;
  }
  borne++;
  const seen = await watcher.waitForFunction((name) => {
    const shown = [...document.querySelectorAll(".crew .person-name [dir=auto]")].filter((e) => e.textContent === name);
    return shown.length && { elements: shown.map((e) => e.childElementCount) };
  }, me.name).then((h) => h.jsonValue());
  same(seen.elements, [0], me.name);
  const lines = await watcher.evaluate(() => [...document.querySelectorAll("#log .sys")].map((e) => e.childElementCount));
  same(lines.filter(Boolean), [], "elements in lines");
  if (i % 20 === 0) {
    await post(owner, `/room/${room._id}/chat`, [{ chat: "hello", cid: `n${i}` }]);
    await watcher.waitForFunction((name) => [...document.querySelectorAll("#log .msg-name > [dir=auto]")].every((e) => e.textContent === name && !e.childElementCount), me.name);
    await owner.waitForFunction((name) => document.querySelector(".me").title.includes(name), me.name);
    const [html] = await outlines(owner, [`/room/${room._id}`]);
    same(html.tags, tags, me.name);
  }
}
ok(borne >= 130, `${borne} nicknames of ${short.length}`);

// Names of files: in the tray, and on the way to the server.
for (const name of corpus) {
  const tile = await owner.evaluate(async (name) => {
    const gif = Uint8Array.fromBase64("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==");
    const picked = new DataTransfer();
    const file = new File([gif], name, { type: "image/gif" });
    picked.items.add(file);
    const input = document.querySelector("input[type=file]");
    input.files = picked.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    while (!document.querySelector(".tile")) await new Promise(requestAnimationFrame);
    const shown = document.querySelector(".tile-name");
    const got = { text: shown.textContent, elements: shown.childElementCount };
    document.querySelector(".tile > button").click();
    while (document.querySelector(".tile")) await new Promise(requestAnimationFrame);
    return { ...got, name: file.name };
  }, name);
  same([tile.text, tile.elements], [tile.name, 0]);
}
const sent = corpus.filter((_, i) => i % 5 === 0).concat(corpus.slice(-12));
const names = await owner.evaluate(async ([names, room]) => {
  const gif = Uint8Array.fromBase64("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==");
  const got = [];
  for (const [i, name] of names.entries()) {
    const form = new FormData();
    form.append("cid", `f${i}`);
    form.append("gif", new Blob([gif], { type: "image/gif" }), name);
    const response = await fetch(`/room/${room}/gif`, { method: "POST", body: form, headers: { Accept: "application/json" } });
    got.push((await response.json()).gif);
  }
  return got;
}, [sent, room._id]);
for (const [i, name] of names.entries()) ok(/^[0-9a-f]{32}\.gif$/.test(name), `${JSON.stringify(sent[i])} became ${name}`);
await watcher.locator("#log .picture img").nth(2).waitFor();

// What is said of pictures: to those who don't see them, and over the whole window.
const words = corpus.filter((text) => [...text].length <= 300);
const alts = await owner.evaluate(async ([words, room]) => {
  const gif = Uint8Array.fromBase64("R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==");
  const got = [];
  for (let i = 0; i < words.length; i += 4) {
    const form = new FormData();
    for (const alt of words.slice(i, i + 4)) {
      form.append("gif", new Blob([gif], { type: "image/gif" }), "a.gif");
      form.append("alt", alt);
    }
    const response = await fetch(`/room/${room}/gif`, { method: "POST", body: form, headers: { Accept: "application/json" } });
    const { ok, seq, media } = await response.json();
    if (ok) got.push({ seq, alts: media.map((m) => m.alt ?? "") });
  }
  return got;
}, [words, room._id]);
ok(alts.length > 40, `${alts.length} messages with words`);
for (const [n, { seq, alts: said }] of alts.entries()) {
  const message = watcher.locator(`#m-${seq}`);
  await message.locator(".picture-open").nth(said.length - 1).waitFor();
  const labels = await message.locator(".picture-open").evaluateAll((all) => all.map((b) => b.getAttribute("aria-label")));
  for (const [i, alt] of said.entries()) ok(!alt || labels[i].startsWith(`${alt}. `), `${JSON.stringify(labels[i])} of ${JSON.stringify(alt)}`);
  same(await message.locator(".picture :not(button, img, canvas, svg, path, span)").count(), 0, said.join());
  if (n % 8 || !said[0]) continue;
  await message.locator(".picture-open").first().click();
  const shown = watcher.locator(".viewer-alt");
  await shown.waitFor();
  same([await shown.textContent(), await shown.evaluate((el) => el.childElementCount)], [said[0], 0]);
  await watcher.keyboard.press("Escape");
  await watcher.locator("dialog").waitFor({ state: "detached" });
}

// What stands in an address isn't shown.
const written = corpus.map(encodeURIComponent).flatMap((value) => [`/?e=${value}`, `/?error=${value}`, `/nowhere/${value}`]);
const [lobby, nowhere] = await outlines(owner, ["/", "/nowhere"]);
for (const [i, { tags }] of (await outlines(owner, written)).entries()) same(tags, (written[i].startsWith("/?") ? lobby : nowhere).tags, written[i]);
for (const text of corpus.filter((_, i) => i % 40 === 0)) {
  await watcher.goto(`${url}/?e=${encodeURIComponent(text)}#${encodeURIComponent(text)}`);
  await watcher.getByRole("heading", { level: 1 }).waitFor();
  same(await watcher.locator(".flash").count(), 0, text);
}

await new Promise((done) => setTimeout(done, 500)); // what would run late
await end(/status of 4\d\d/);
