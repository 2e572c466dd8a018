import { defineConfig } from "vitest/config";

// What every view needs is one script, and the styles are one sheet: a second request costs more
// than the bytes it would spare. Each view, each language and what opens later are files of their
// own; the manifest tells the server which of them a page begins with. Nothing is inlined, because
// the policy of the page forbids it.
export default defineConfig({
  build: {
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    manifest: "manifest.json",
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: true,
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "main", test: /\/src\/(main|browser|copy|roomlist|share|sight|topic)\.tsx?$/ }] } } },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
