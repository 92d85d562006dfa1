import {randomBytes} from 'node:crypto';
import {defineConfig} from '@playwright/test';

const {APP_PORT = '4200', SANDBOX_PORT = '9400', CONTROL_PORT = '9401', CHROMIUM} = process.env;
const app = `http://localhost:${APP_PORT}`;
const issuer = `http://localhost:${SANDBOX_PORT}/5a0d0000-0000-4000-8000-000000000001/as`;

// The sandbox and the tests read these.
process.env.IMPLICIT_SANDBOX_CONTROL = `http://localhost:${CONTROL_PORT}`;
process.env.IMPLICIT_SANDBOX_CONTROL_KEY ??= randomBytes(32).toString('hex');

export default defineConfig({
  testDir: 'tests',
  workers: 1, // the tests share one sandbox
  expect: {timeout: 15_000}, // CI may be slow
  use: {
    baseURL: app,
    launchOptions: {executablePath: CHROMIUM}, // unset: Playwright's own
  },
  webServer: [
    {
      command: `implicit sandbox --http --listen localhost:${SANDBOX_PORT} --control localhost:${CONTROL_PORT} --tenant tenant.yaml`,
      url: `${issuer}/.well-known/openid-configuration`,
    },
    {
      command: `node serve.mjs ${APP_PORT} ${issuer}`,
      url: app,
    },
  ],
});
