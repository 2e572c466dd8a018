// Only who has logged in gets a page and a socket, which knows them; the logout ends both.
import { deepStrictEqual as same } from "node:assert";
import { browse } from "../browse.mjs";

const home = "http://localhost:3000/";

const shows = (tab, id, text) => tab.locator(`#${id}`, { hasText: text }).waitFor();
const handshake = (tab) => tab.evaluate(async () => (await fetch("/socket.io/?EIO=4&transport=polling")).status);

async function login(tab, password) {
  await tab.getByText("Not authenticated").waitFor();
  same(new URL(tab.url()).pathname, "/login");
  await tab.locator("#username").fill("john");
  await tab.locator("#password").fill(password);
  await tab.getByRole("button", { name: "Submit" }).click();
}

async function authenticated(tab) {
  await tab.getByText("Authenticated!").waitFor();
  same(new URL(tab.url()).pathname, "/");
  await shows(tab, "status", /^connected$/);
  await shows(tab, "socket-id", /^[\w-]{20}$/);
  await shows(tab, "username", /^john$/);
}

await browse(async (visitor) => {
  const open = await visitor();
  const first = await open(home);
  same(await handshake(first), 401);
  await login(first, "wrong");
  await login(first, "changeit");
  await authenticated(first);
  same(await handshake(first), 200);
  const second = await open(home + "login");
  await authenticated(second);

  const stranger = await (await visitor())(home);
  same(await handshake(stranger), 401);
  await login(stranger, "changeit");
  await authenticated(stranger);

  await first.bringToFront();
  await first.getByRole("button", { name: "Log out" }).click();
  for (const tab of [first, second]) {
    await shows(tab, "status", /^disconnected$/);
    await shows(tab, "socket-id", /^-$/);
  }
  same(await handshake(second), 401);
  await second.reload();
  await second.getByText("Not authenticated").waitFor();
  await authenticated(stranger); // somebody else's session, of the same user
}, { expected: [/status of 401/] });
