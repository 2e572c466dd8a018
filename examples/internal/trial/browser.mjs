// What the browser tests of the examples share. Each is started as
//
//   node browser.mjs URL CHROMIUM PROFILE_FOLDER MORE…
//
// and ends with status 0 when everything was seen, else with the reason on standard error.
import { deepStrictEqual as same } from "node:assert";
import { chromium } from "playwright-core";
import { args } from "../../../internal/nodetest/chromium.mjs";

export const [url, executablePath, profile, ...more] = process.argv.slice(2);

// browse starts the browser and runs test. Errors and warnings on the console, errors of a page and
// requests to other hosts are problems, except lines that a pattern of expected matches and the
// hosts listed. The test may look at problems itself; at the end there must be none.
export async function browse(test, { expected = [], hosts = [] } = {}) {
  const first = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args,
  });
  const problems = [];
  const requests = [];
  const websockets = [];
  const allowed = [new URL(url).host, ...hosts];
  const problem = (text) => {
    if (!expected.some((pattern) => pattern.test(text))) problems.push(text);
  };
  const watch = (context) => {
    context.setDefaultTimeout(60_000);
    context.on("request", (request) => {
      requests.push(request.url());
      const { protocol, host } = new URL(request.url());
      if (/^http/.test(protocol) && !allowed.includes(host)) problem(`request to ${request.url()}`);
    });
    context.on("page", (tab) => {
      tab.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) problem(`console: ${message.text()}`);
      });
      tab.on("pageerror", (error) => problem(`page: ${error}`));
      tab.on("websocket", (socket) => websockets.push(socket.url()));
    });
    return context;
  };
  const opener = (context) => async (path = "/") => {
    const tab = await context.newPage();
    await tab.goto(new URL(path, url).href);
    return tab;
  };
  const context = watch(first);
  // A second visitor has cookies of its own in the same browser; its function opens tabs.
  const visitor = async () => opener(watch(await first.browser().newContext()));
  try {
    await test({ context, open: opener(context), visitor, requests, websockets, problems });
    same(problems, []);
  } catch (error) {
    for (const problem of problems) console.error(problem);
    throw error;
  } finally {
    await first.close();
  }
}
