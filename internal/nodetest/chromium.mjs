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

// watch collects what a page or context of url must not do: messages on the console, among them
// what the content policy stopped, errors, requests to other hosts, HTML with scripts or styles.
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
  context.on("response", async (response) => {
    if (!response.headers()["content-type"]?.startsWith("text/html")) return;
    const html = await response.text().catch(() => ""); // the page may be gone already
    for (const found of inline(html)) problems.push(`inline in ${response.url()}: ${found}`);
  });
}

// inline finds the scripts and styles in HTML. What is only data is no script.
export function inline(html) {
  const markup = html.replace(/<script type="application\/json"[^>]*>[^<]*<\/script>/g, "");
  const found = [];
  for (const [tag, name, rest] of markup.matchAll(/<([a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^>"'])*)/gi)) {
    const attributes = [...rest.matchAll(/([^\s=/"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"']+))?/g)];
    const bad = attributes.some(([, key, value = ""]) => /^(style|on\w+)$/i.test(key) || (/^(href|src|\w*action|data)$/i.test(key) && /^["']?\s*javascript:/i.test(value)));
    if (bad || /^style$/i.test(name) || (/^script$/i.test(name) && !attributes.some(([, key]) => key === "src"))) found.push(tag);
  }
  return found;
}
