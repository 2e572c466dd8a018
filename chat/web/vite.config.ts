import type { Rollup } from "vite";
import { defineConfig } from "vitest/config";

// What every view needs is one script, and the styles are one sheet: a second request costs more
// than the bytes it would spare. Each view, each language and what opens later are files of their
// own; the manifest tells the server which of them a page begins with. Nothing is inlined, because
// the policy of the page forbids it.
/** Modules that the page has no use for, and what stands for them. */
const unused: [RegExp, string][] = [
  // What Vite would fetch before a part are its styles, which are in the one sheet.
  [/vite\/preload-helper\.js$/, "export const __vitePreload = (load) => load();"],
  // The page connects by WebSocket, or by polling.
  [/\/transports\/webtransport\.js$/, "export class WT {}"],
  // All that it sends and gets by its socket is JSON.
  [/\/socket\.io-parser\/build\/esm\/is-binary\.js$/, "export const isBinary = () => false; export const hasBinary = isBinary;"],
  [/\/socket\.io-parser\/build\/esm\/binary\.js$/, "const never = () => { throw new Error('binary'); }; export { never as deconstructPacket, never as reconstructPacket };"],
  [/\/base64-arraybuffer\.js$/, "export const decode = () => { throw new Error('binary'); };"],
];

/** Files that are wanted together: few requests go at a time. */
const groups = [
  { name: "main", test: /\/src\/(main|browser|copy|jump|picture|roomlist|share|sight|topic)\.tsx?$/, priority: 1 },
  { name: "forms", test: /\/src\/(field|mine|opening|spans)\.tsx?$/ },
];

/**
 * Chromium compiles what the first view is made of as it comes, beside the page's own thread, and
 * not function by function when each is called first.
 */
const whole = ({ name }: { name: string }) => (["main", "room", "lobby"].includes(name) ? "//# allFunctionsCalledOnLoad" : "");

/** What Vite writes of a sheet that is a file of its own says where that stood when it was built. */
function placeless(manifest: Rollup.OutputAsset | Rollup.OutputChunk | undefined): void {
  if (manifest?.type === "asset") manifest.source = manifest.source.toString().replaceAll(`${import.meta.dirname}/`, "");
}

export default defineConfig({
  plugins: [
    { name: "unused", enforce: "pre", load: (id) => unused.find(([file]) => file.test(id))?.[1] },
    { name: "anywhere", generateBundle: { order: "post", handler: (_, bundle) => placeless(bundle["manifest.json"]) } },
  ],
  build: {
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    manifest: "manifest.json",
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: true,
    rolldownOptions: { output: { codeSplitting: { groups }, postBanner: whole } },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
