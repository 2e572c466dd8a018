import { defineConfig } from "vite";

// The server admits this one origin, so another port would not do.
export default defineConfig({
  server: { port: 5173, strictPort: true },
  // The first browsers that know light-dark().
  build: { target: ["chrome123", "edge123", "firefox120", "safari17.5"] },
  oxc: { jsx: { runtime: "automatic" } },
});
