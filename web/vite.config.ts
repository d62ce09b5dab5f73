import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

import { mockApi } from "./mock/plugin.ts";

/**
 * `npm run dev` and `npm run preview` answer from the mock estate, or from a real server
 * when PODTRAIL_URL names one (`PODTRAIL_URL=http://127.0.0.1:8080 npm run dev`).
 */
const server = process.env["PODTRAIL_URL"];
const proxy = server === undefined ? {} : { "/api": { target: server, changeOrigin: true } };

export default defineConfig({
  plugins: [react(), ...(server === undefined ? [mockApi()] : [])],
  server: { proxy },
  preview: { proxy },
  build: { target: "es2023", sourcemap: false, chunkSizeWarningLimit: 700 },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "mock/**/*.test.ts"],
    restoreMocks: true,
  },
});
