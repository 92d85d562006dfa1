import {spawn} from 'node:child_process';
import {createHmac} from 'node:crypto';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {createInterface} from 'node:readline';
import {expect, type Page} from '@playwright/test';

// A sandbox that a test starts, and the place to which it sends the browser back.
export async function start(...args: string[]) {
  const program = spawn('implicit', ['sandbox', ...args], {stdio: ['ignore', 'pipe', 'ignore']});
  const [line] = await once(createInterface(program.stdout), 'line');
  const settings = JSON.parse(line);
  const app = createServer((_, answer) => answer.end('back at the application')).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const callback = `http://127.0.0.1:${(app.address() as AddressInfo).port}/callback`;

  return {
    settings,
    authorize(client: string, more: Record<string, string> = {}) {
      return `${settings.issuer}/authorize?` + new URLSearchParams({
        client_id: settings.applications.find((a: any) => a.name === client).client_id,
        redirect_uri: callback, response_type: 'id_token token', scope: 'openid', nonce: 'n', state: 's', ...more,
      });
    },
    password: (user: string) => settings.users.find((u: any) => u.username === user).password,
    stop() {
      app.close();
      program.kill();
    },
  };
}

// response waits until the browser is back at the application.
export async function response(page: Page) {
  await page.waitForURL(/callback#/);
  return new URLSearchParams(new URL(page.url()).hash.slice(1));
}

export const claims = (token: string | null) => JSON.parse(Buffer.from(token!.split('.')[1], 'base64url').toString());

export const fill = (label: string, value: string) => (page: Page) => page.getByLabel(label, {exact: true}).fill(value);

// press waits for the page that the form leads to.
export const press = (name: string) => async (page: Page) => {
  await page.getByRole('button', {name, exact: true}).waitFor();
  await filled(page);
  await Promise.all([page.waitForEvent('domcontentloaded'), page.getByRole('button', {name, exact: true}).click()]);
};

// filled says what a password manager and a screen reader need of every page.
async function filled(page: Page) {
  const found = await page.evaluate(() => ({
    title: document.title,
    heading: document.querySelector('h1')?.textContent,
    fields: [...document.querySelectorAll<any>('input:not([type=hidden], [hidden]), select')].map(e => ({
      label: e.labels[0]?.textContent ?? '', autocomplete: e.tagName === 'SELECT' ? 'off' : e.autocomplete,
    })),
    passwords: document.querySelectorAll('[autocomplete$=password]').length,
    usernames: document.querySelectorAll('[autocomplete=username]').length,
  }));
  expect(found.heading).toBe(found.title);
  for (const field of found.fields) expect(field).toEqual({label: expect.stringMatching(/./), autocomplete: expect.stringMatching(/./)});
  if (found.passwords) expect(found.usernames).toBe(1);
}

// totp is the passcode that an authenticator app shows (RFC 6238).
export function totp(secret: string) {
  const bits = [...secret].map(c => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)!.map(b => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0');
}
