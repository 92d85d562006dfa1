import {expect, test, type Page} from '@playwright/test';

async function signOn(page: Page) {
  await page.getByRole('button', {name: 'Sign on'}).click();
  await page.getByLabel('Username').fill('mia');
  await page.getByLabel('Password').fill('Sandbox-Mia-1');
  await page.getByRole('button', {name: 'Sign on'}).click();
}

const status = (page: Page) => page.getByRole('status');

test.beforeEach(({page}) => page.goto('/'));

test('signs on and off', async ({page}) => {
  await signOn(page);
  await expect(status(page)).toHaveText('Signed on as mia');
  await expect(page.getByText('Clerks, Managers')).toBeVisible();
  await page.getByRole('button', {name: 'Sign off'}).click();
  await expect(status(page)).toHaveText('Signed off');
});

test('renews in the background', async ({page}) => {
  await signOn(page);
  const expires = await page.locator('#expires').textContent();
  await page.getByRole('button', {name: 'Renew'}).click();
  await expect(page.locator('#expires')).not.toHaveText(expires!);
  await expect(status(page)).toHaveText('Signed on as mia');
});

test('asks for sign-on again when the session has ended', async ({page, context}) => {
  await signOn(page);
  await expect(status(page)).toHaveText('Signed on as mia');
  await context.clearCookies();
  await page.getByRole('button', {name: 'Renew'}).click();
  await expect(status(page)).toHaveText('Your session has ended');
  await signOn(page);
  await expect(status(page)).toHaveText('Signed on as mia');
});
