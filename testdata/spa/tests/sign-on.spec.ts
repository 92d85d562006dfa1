import {expect, test, type Page} from '@playwright/test';

async function control(page: Page, method: string, path: string, data?: object) {
  const response = await page.request.fetch(`${process.env.IMPLICIT_SANDBOX_CONTROL}/v1/${path}`, {
    method, data, headers: {Authorization: `Bearer ${process.env.IMPLICIT_SANDBOX_CONTROL_KEY}`},
  });
  expect(response.ok(), await response.text()).toBe(true);
  return response.json();
}

async function signOn(page: Page) {
  await page.getByRole('button', {name: 'Sign on'}).click();
  await page.getByLabel('Username').fill('mia');
  await page.getByLabel('Password').fill('Sandbox-Mia-1');
  await page.getByRole('button', {name: 'Sign on'}).click();
}

const status = (page: Page) => page.getByRole('status');
const renew = (page: Page) => page.getByRole('button', {name: 'Renew'}).click();

test.beforeEach(async ({page}) => {
  await control(page, 'POST', 'reset');
  await page.goto('/');
});

test('signs on and off', async ({page}) => {
  await signOn(page);
  await expect(status(page)).toHaveText('Signed on as mia');
  await expect(page.getByText('Clerks, Managers')).toBeVisible();
  await page.getByRole('button', {name: 'Sign off'}).click();
  await expect(status(page)).toHaveText('Signed off');
});

for (const [name, change] of [
  ['renews in the background', async (_: Page) => {}],
  ['renews after the keys were rotated', (page: Page) => control(page, 'POST', 'keys/rotate')],
] as const) {
  test(name, async ({page}) => {
    await signOn(page);
    await expect(status(page)).toHaveText('Signed on as mia');
    const expires = await page.locator('#expires').textContent();
    await change(page);
    await renew(page);
    await expect(page.locator('#expires')).not.toHaveText(expires!);
    await expect(status(page)).toHaveText('Signed on as mia');
  });
}

test('asks for sign-on again when the session has ended', async ({page}) => {
  await signOn(page);
  await expect(status(page)).toHaveText('Signed on as mia');
  await control(page, 'DELETE', 'sessions?user=mia');
  await renew(page);
  await expect(status(page)).toHaveText('Your session has ended');
  const {entries} = await control(page, 'GET', 'journal?leg=authorize&outcome=login_required');
  expect(entries).toHaveLength(1);
  await signOn(page);
  await expect(status(page)).toHaveText('Signed on as mia');
});

for (const [fault, reason] of [
  ['wrong-nonce', 'Wrong nonce'],
  ['wrong-audience', 'Wrong audience'],
  ['bad-signature', 'Signature not valid'],
  ['unknown-kid', 'expected key not found'],
  ['wrong-state', 'invalid_nonce_in_state'],
]) {
  test(`refuses ${fault}`, async ({page}) => {
    await control(page, 'POST', 'switches', {name: fault, for: 1});
    await signOn(page);
    await expect(status(page)).toHaveText(new RegExp(`^Refused: ${reason}`));
    await page.getByRole('button', {name: 'Sign on'}).click(); // the session answers
    await expect(status(page)).toHaveText('Signed on as mia');
  });
}

test('refuses a wrong nonce in the background', async ({page}) => {
  await signOn(page);
  await expect(status(page)).toHaveText('Signed on as mia');
  await control(page, 'POST', 'switches', {name: 'wrong-nonce', for: 1});
  await renew(page);
  await expect(status(page)).toHaveText(/^Refused: Wrong nonce/);
  await page.reload();
  await expect(status(page)).toHaveText('Signed off');
});
