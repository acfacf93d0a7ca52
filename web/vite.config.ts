import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** `npm run dev` serves the app with hot reload; SIPFLOW_URL names the `sipflow up` that answers its API. */
const server = process.env.SIPFLOW_URL ?? "http://127.0.0.1:8620";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/sipflow/server/static",
    emptyOutDir: true,
    // One script and one sheet: the page of a single run carries both inside.
    rolldownOptions: { output: { codeSplitting: false } },
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    chunkSizeWarningLimit: 2_000,
  },
  server: { proxy: { "/api": { target: server, ws: true } } },
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node" },
});
