// Every screen keeps to the page's content policy:
//
//   node policy.mjs URL CHROMIUM
//
// Ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { inline } from "../../../internal/nodetest/chromium.mjs";
import { end, moving, person as visitor, press, problems, roomMenu, url } from "./rig.mjs";

async function person(options) {
  const page = await visitor({ locale: "en-US", ...options });
  page.context().on("response", (response) => {
    if (!response.url().startsWith(url)) return;
    const policy = response.headers()["content-security-policy"] ?? "";
    const strict = /default-src 'none'/.test(policy) && !/unsafe|https?:|\*/.test(policy);
    if (!strict) problems.push(`policy of ${response.url()}: ${policy}`);
  });
  return page;
}

const ann = await person();
const bob = await person({ viewport: { width: 390, height: 844 }, reducedMotion: "reduce", colorScheme: "dark" });

await ann.goto(url);
await ann.getByText("No rooms yet").waitFor();
await ann.getByRole("button", { name: /^Theme/ }).click();
await ann.goto(`${url}/room`);
await ann.getByRole("dialog").getByLabel("Room name").fill("Walk");
await ann.getByRole("dialog").getByLabel("People, at most").fill("2");
await ann.getByRole("dialog").getByRole("textbox", { name: /Password/ }).fill("riverside");
await press(ann.getByRole("dialog"), "Open a room");
await ann.getByRole("textbox", { name: "Message" }).fill("See https://a.example/walk 👋");
await ann.keyboard.press("Enter");
await ann.locator("input[type=file]").setInputFiles({ name: "a.gif", mimeType: "image/gif", buffer: moving });
await press(ann, "Send");
await ann.getByText("See https").waitFor();

await bob.goto(ann.url());
await bob.getByRole("textbox", { name: /Password/ }).fill("no");
await press(bob, "Enter");
await bob.getByText("Wrong password.").waitFor();
await bob.getByRole("textbox", { name: /Password/ }).fill("riverside");
await press(bob, "Enter");
await bob.locator("#log canvas").waitFor(); // its first frame
await bob.getByRole("button", { name: /Play the moving picture/ }).click();
await bob.getByRole("button", { name: /View larger/ }).click();
await bob.getByRole("dialog").waitFor();
await press(bob.getByRole("dialog"), "Close");
await bob.getByRole("button", { name: /^Show people/ }).click();
await bob.getByRole("dialog").getByText("People").first().waitFor();
await press(bob.getByRole("dialog"), "Close");
await roomMenu(bob).click();
await bob.getByRole("menuitem", { name: "한국어" }).click();
await bob.getByRole("textbox", { name: "메시지" }).waitFor();

const eve = await person();
await eve.goto(ann.url());
await eve.getByRole("heading", { level: 1, name: "Walk" }).waitFor();
await eve.goto(`${url}/nowhere`);
await eve.getByText("Page not found.").waitFor();
await eve.goto(`${url}/?e=no_such_room`);
await eve.getByRole("alert").first().waitFor();

// The browser reports refusals itself; they were asked for.
same(problems.filter((p) => !/status of 40[34]/.test(p)), [], "problems");

// And what would be against the policy is heard.
for (const [what, does] of [
  ["TrustedScriptURL", () => document.body.append(Object.assign(document.createElement("script"), { src: "data:,alert(1)" }))],
  ["style", () => document.body.setAttribute("style", "color: red")],
  ["TrustedHTML", () => (document.body.innerHTML += "x")],
]) {
  problems.length = 0;
  await eve.evaluate(does).catch(() => {});
  for (let n = 0; n < 100 && !problems.length; n++) await eve.waitForTimeout(50);
  ok(problems.some((p) => p.includes(what)), `${what}: ${problems}`);
}
const found = inline(`<script type="application/json" id="data">{"a":"x"}</script><script type="module" src="/a.js"></script><p class="on" title="<b onload=a style='x'>"><meta content="javascript:a">`);
same(found, []);
for (const html of ["<script>a</script>", "<script type='module'>", "<style>", "<p style='x'>", "<img src=x onerror=a>", "<a href='javascript:a'>"])
  same(inline(html).length, 1, html);

await end(/TrustedHTML/);
