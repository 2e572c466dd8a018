// The browser of the tests: Chromium without what it would ask other hosts for.
import { chromium } from "playwright-core";

export const args = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A page of http://madang.test is what a phone sees on a home network: no secure context, unlike
  // localhost.
  "--host-resolver-rules=MAP madang.test 127.0.0.1",
];

// launch starts the Chromium at executablePath; contexts of it are separate visitors.
export const launch = (executablePath) => chromium.launch({ executablePath, headless: true, args });

// watch collects what a page or context of url must not do: messages on the console, errors,
// requests to other hosts.
export function watch(context, url, problems) {
  const { host } = new URL(url);
  context.on("request", (request) => {
    const to = new URL(request.url());
    if (!["data:", "blob:"].includes(to.protocol) && to.host !== host) problems.push(`request to ${to}`);
  });
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  context.on("weberror", (error) => problems.push(`page: ${error.error()}`));
}
