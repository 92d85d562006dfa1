import {defineConfig} from '@playwright/test';

// Each worker starts its own sandbox.
export default defineConfig({
  fullyParallel: true,
  workers: 2,
  use: {ignoreHTTPSErrors: true, launchOptions: {executablePath: process.env.CHROMIUM}},
});
