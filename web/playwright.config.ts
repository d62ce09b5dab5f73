import { defineConfig } from "@playwright/test";

/**
 * Browser journeys. They run against $PODTRAIL_URL, the real server on the demo estate; without it the built
 * dashboard is served here on the mock estate. The browser is the system's Chromium: nothing is downloaded.
 */
const server = process.env["PODTRAIL_URL"];
const MOCK = "http://127.0.0.1:4199";

export default defineConfig({
  testDir: "e2e",
  // Generous: a loaded machine is slow, not wrong.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    baseURL: server ?? MOCK,
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    },
  },
  ...(server === undefined
    ? { webServer: { command: "npx vite preview --host 127.0.0.1 --port 4199 --strictPort", url: MOCK, reuseExistingServer: false } }
    : {}),
});
