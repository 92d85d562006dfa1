import {defineConfig} from '@playwright/test';

const app = process.env.APP_PORT ?? '4200';
const sandbox = process.env.SANDBOX_PORT ?? '9400';
const issuer = `http://localhost:${sandbox}/5a0d0000-0000-4000-8000-000000000001/as`;

export default defineConfig({
  testDir: 'tests',
  workers: 1, // the tests share one sandbox
  use: {
    baseURL: `http://localhost:${app}`,
    launchOptions: {executablePath: process.env.CHROMIUM}, // unset: Playwright's own
  },
  webServer: [
    {
      command: `implicit sandbox --http --listen localhost:${sandbox} --tenant tenant.yaml`,
      url: `${issuer}/.well-known/openid-configuration`,
    },
    {
      command: `node serve.mjs ${app} ${issuer}`,
      url: `http://localhost:${app}`,
    },
  ],
});
