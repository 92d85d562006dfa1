import {expect, test} from '@playwright/test';
import {claims, fill, press, response, start, totp} from './sandbox';

// The tenants under examples, in a browser.

const examples = [
  {
    folder: 'spa', app: 'Warehouse', user: 'mia', password: 'Sandbox-Mia-1', scope: 'openid stock:write', steps: [],
    claims: {roles: ['Warehouse Clerks', 'Warehouse Managers'], site: 'HAM-2', 'p1.region': 'EU'},
  },
  {
    folder: 'native', app: 'Field Service', user: 'iris', password: 'Sandbox-Iris-1', scope: 'openid',
    steps: [(page: any) => fill('Passcode', totp('IMPLICITSANDBOXTOTPSECRETEEEEEEE'))(page), press('Verify')],
    claims: {acr: 'Passcode', amr: ['pwd', 'otp', 'mfa']},
  },
  {
    folder: 'b2c', app: 'Shop', user: 'zoe', password: 'Sandbox-Zoe-1', scope: 'openid', steps: [press('Accept')],
    claims: {loyalty: {level: 'gold', points: 1200}, newsletter: false},
  },
];

for (const example of examples) {
  test(example.folder, async ({page}) => {
    const sandbox = await start('--tenant', `../../examples/${example.folder}/tenant.yaml`);
    await page.goto(sandbox.authorize(example.app, {scope: example.scope}));
    await fill('Username', example.user)(page);
    await fill('Password', example.password)(page);
    await press('Sign on')(page);
    for (const step of example.steps) await step(page);
    expect(claims((await response(page)).get('id_token'))).toMatchObject(example.claims);
    sandbox.stop();
  });
}

test('b2c, a new user', async ({page}) => {
  const sandbox = await start('--tenant', '../../examples/b2c/tenant.yaml');
  await page.goto(sandbox.authorize('Shop'));
  await page.getByRole('link', {name: 'Create an account'}).click();
  for (const step of [fill('Username', 'ada'), fill('Email', 'ada@example.com'), fill('Password', 'Another-fake-1'), press('Register'),
    fill('Verification code', 'VERIFY01'), press('Verify'), press('Accept')]) await step(page);
  expect(claims((await response(page)).get('id_token'))).toHaveProperty('sub');
  sandbox.stop();
});
