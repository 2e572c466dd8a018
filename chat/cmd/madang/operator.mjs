// What the operator does is seen on open pages at once:
//
//   node operator.mjs URL CHROMIUM PROGRAM DATA
//
// PROGRAM is the one that serves URL with the folder DATA. Ends with status 0 when everything was
// seen, else with the reason on standard error.
import { deepStrictEqual as same, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { box, end, more, person as visitor, url } from "./rig.mjs";

const [program, data] = more;
const madang = (...args) => execFileSync(program, [...args, `--data=${data}`], { encoding: "utf8" });
const person = (locale) => visitor({ locale }, "/");
const listed = (page) => page.getByRole("link", { name: /산책/ });

const mina = await person("ko-KR");
await mina.getByRole("textbox", { name: "방 이름" }).fill("산책");
await mina.getByRole("button", { name: "방 열기", exact: true }).click();
await box(mina).waitFor();
const room = new URL(mina.url()).pathname.split("/").pop();
const [tom, eve] = [await person("en-US"), await person("en-US")];
await tom.goto(`${url}/room/${room}`);
await box(tom).waitFor();
await listed(eve).waitFor();

// Out of the list and back: who is in the room stays.
madang("rooms", "unlist", room);
await listed(eve).waitFor({ state: "detached" });
madang("rooms", "unlist", "--off", room);
await listed(eve).waitFor();
ok(await box(tom).isVisible(), "the room goes on");

// A ban: the page says so in words, stays away, and is all that there is.
const [, banned] = JSON.parse(madang("rooms", "show", "--json", room)).seats;
madang("ban", "add", banned.session);
await tom.locator(".banner", { hasText: "You can't use this server." }).waitFor();
await mina.getByText(/퇴장하셨습니다/).waitFor();
await tom.reload();
await tom.getByRole("heading", { name: "You can't use this server." }).waitFor();
same((await tom.context().request.get(`${url}/room/${room}`)).status(), 403);
madang("ban", "lift", "1");
await tom.goto(`${url}/room/${room}`);
await box(tom).waitFor();

// Closed by the operator.
madang("rooms", "close", room);
for (const page of [mina, tom]) await page.getByText(/^(운영자가 방을 닫았어요\.|Whoever runs this server closed this room\.)$/).first().waitFor();
await listed(eve).waitFor({ state: "detached" });
await end(/status of (403|404)|WebSocket connection/);
