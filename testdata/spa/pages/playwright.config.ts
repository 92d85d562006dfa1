import {defineConfig} from '@playwright/test';

// Each worker starts its own sandbox.
export default defineConfig({
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  expect: {timeout: 15_000},
  use: {ignoreHTTPSErrors: true, launchOptions: {executablePath: process.env.CHROMIUM}},
});
