// What the browser tests of the examples share. Each is started as
//
//   node browser.mjs CHROMIUM HOST_RULES
//
// and ends with status 0 when everything was seen, else with the reason on standard error. The
// pages have the addresses that the examples give them, such as http://localhost:3000: the rules
// lead them, and the CDNs, to where the test serves them, and no page to any other host.
import { deepStrictEqual as same } from "node:assert";
import { chromium } from "playwright-core";
import { args } from "../../internal/nodetest/chromium.mjs";

const [executablePath, rules] = process.argv.slice(2);

// Nothing that a server did: no example has that file, and a page may be left while it upgrades.
const usual = [/favicon\.ico$/, /WebSocket is closed before the connection is established/];

// browse starts the browser and runs test with a function that makes visitors; one has cookies of
// its own, and is a function that opens tabs. Errors and warnings on the console and errors of
// a page are problems, except what a pattern of expected matches; at the end there must be none.
export async function browse(test, { expected = [] } = {}) {
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: [...args, `--host-resolver-rules=${rules}`, "--ignore-certificate-errors"],
  });
  const problems = [];
  const problem = (text) => {
    if (![...usual, ...expected].some((pattern) => pattern.test(text))) problems.push(text);
  };
  const visitor = async () => {
    const context = await browser.newContext({ viewport: { width: 800, height: 600 } });
    context.setDefaultTimeout(20_000);
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problem(`console: ${message.text()} ${message.location().url}`);
    });
    context.on("weberror", (error) => problem(`page: ${error.error()}`));
    return async (url) => {
      const tab = await context.newPage();
      await tab.goto(url);
      return tab;
    };
  };
  try {
    await test(visitor);
    same(problems, []);
  } catch (error) {
    for (const text of problems) console.error(text);
    throw error;
  } finally {
    await browser.close();
  }
}

// until waits for a condition that is no element of a page.
export async function until(what, holds) {
  for (let end = Date.now() + 20_000; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
