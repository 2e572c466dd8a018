// A room is taken along, and its page is opened from a folder:
//
//   node export.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inflateRawSync } from "node:zlib";
import { launch, watch } from "../../../internal/nodetest/chromium.mjs";

const [url, executablePath] = process.argv.slice(2);
const browser = await launch(executablePath);
const problems = [];

function unzip(file, folder) {
  const zip = readFileSync(file);
  let at = zip.readUInt32LE(zip.length - 6); // the list of files
  for (let n = zip.readUInt16LE(zip.length - 12); n > 0; n--) {
    const [method, size, name, extra, comment, entry] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), ...[28, 30, 32].map((k) => zip.readUInt16LE(at + k)), zip.readUInt32LE(at + 42)];
    const path = join(folder, zip.toString("utf8", at + 46, at + 46 + name));
    const from = entry + 30 + zip.readUInt16LE(entry + 26) + zip.readUInt16LE(entry + 28);
    const packed = zip.subarray(from, from + size);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, method ? inflateRawSync(packed) : packed);
    at += 46 + name + extra + comment;
  }
}

const context = await browser.newContext({ locale: "en-US", viewport: { width: 1000, height: 800 }, acceptDownloads: true });
context.setDefaultTimeout(90_000);
watch(context, url, problems);
const page = await context.newPage();
await page.goto(url);
const room = await page.evaluate(async () => {
  const post = (path, body) => fetch(path, { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify(body) }).then((r) => r.json());
  return (await post("/room", { title: `</title><script>globalThis.hit = 1</script>` })).room._id;
});
await page.goto(`${url}/room/${room}`);
await page.locator("#log[aria-busy=false]").waitFor(); // a request needs somebody in the room
// Strings that look like markup, and a picture.
const corpus = JSON.parse(readFileSync(new URL("../../internal/corpus/markup.json", import.meta.url), "utf8"));
const sent = await page.evaluate(async ([room, corpus]) => {
  let n = 0;
  for (const chat of ["안녕하세요 https://example.org", ...corpus]) {
    const r = await fetch(`/room/${room}/chat`, { method: "POST", headers: { Accept: "application/json", "Content-Type": "application/json" }, body: JSON.stringify({ chat }) });
    if (r.ok) n++;
  }
  const canvas = new OffscreenCanvas(40, 30);
  canvas.getContext("2d").fillRect(0, 0, 20, 30);
  const form = new FormData();
  form.append("gif", await canvas.convertToBlob({ type: "image/png" }), "x.png");
  form.append("alt", `" onload="globalThis.hit = 1`);
  const r = await fetch(`/room/${room}/gif`, { method: "POST", headers: { Accept: "application/json" }, body: form });
  return [n, r.status];
}, [room, corpus]);
ok(sent[0] > corpus.length / 2 && sent[1] === 200, `sent ${sent}`);

// The owner's settings have it.
const settings = page.getByRole("button", { name: "Room settings" });
if (await settings.count()) await settings.first().click();
else {
  await page.getByRole("button", { name: /menu|more/i }).first().click();
  await page.getByRole("menuitem", { name: /settings/i }).click();
}
const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export the room" }).click()]);
ok(download.suggestedFilename().endsWith(".zip"), download.suggestedFilename());
const folder = mkdtempSync(join(tmpdir(), "export-"));
try {
  await download.saveAs(join(folder, "room.zip"));
  unzip(join(folder, "room.zip"), folder);
  same(readdirSync(folder).sort(), ["index.html", "media", "messages.jsonl", "room.json", "room.zip"]);
  ok(!/<script/i.test(readFileSync(join(folder, "index.html"), "utf8")), "there is a script");

  // It reads without the network, and nothing in it is run or asked for.
  const offline = await browser.newContext({ offline: true, viewport: { width: 420, height: 800 } });
  const asked = [];
  offline.on("request", (r) => asked.push(r.url()));
  const file = await offline.newPage();
  const said = [];
  file.on("console", (m) => said.push(m.text()));
  file.on("dialog", (d) => (said.push(`dialog ${d.message()}`), d.dismiss()));
  for (const colorScheme of ["light", "dark"]) {
    await file.emulateMedia({ colorScheme });
    await file.goto(pathToFileURL(join(folder, "index.html")).href);
    await file.getByText("안녕하세요 https://example.org").waitFor();
    const img = file.locator("img");
    await img.scrollIntoViewIfNeeded();
    await file.waitForFunction(() => document.querySelector("img").naturalWidth === 40);
    same(await img.getAttribute("alt"), `" onload="globalThis.hit = 1`);
    same(await file.evaluate(() => globalThis.hit), undefined, "something ran");
    same(await file.title(), `</title><script>globalThis.hit = 1</script>`);
    same(await file.locator("script, iframe, object, embed, svg, form, link, base, li.msg p *").count(), 0, "markup is text");
    // Its languages change without a script.
    const line = file.locator("li.sys").first();
    ok((await line.innerText()).includes("opened") || (await line.innerText()).length > 3, "a line of the server");
    const english = await line.innerText();
    await file.getByRole("radio", { name: "한국어" }).check();
    ok((await line.innerText()) !== english, "the other language is shown");
    same(await file.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "nothing is wider than the window");
    const background = await file.evaluate(() => getComputedStyle(document.body).backgroundColor);
    same(background, colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(21, 23, 26)");
    if (process.env.SHOTS) await file.evaluate(() => scrollTo(0, 0)).then(() => file.screenshot({ path: `${process.env.SHOTS}/export-${colorScheme}.png` }));
  }
  same(asked.filter((u) => !u.startsWith("file:")), [], "requests");
  same(said, [], "the console");
} finally {
  rmSync(folder, { recursive: true });
}
same(problems, [], "problems");
await browser.close();
