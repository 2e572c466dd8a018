import { defineConfig } from "vitest/config";

// One script and one style sheet: the page is small, and a second request costs more than
// the bytes it would spare. Nothing is inlined, because the policy of the page forbids it.
export default defineConfig({
  build: {
    target: ["chrome123", "edge123", "firefox120", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: true,
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
