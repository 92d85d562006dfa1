import {expect, test, type Page} from '@playwright/test';
import {fill, press, response, start, totp} from './sandbox';

// Every status of a flow has a page that works, without scripts too.

test.use({javaScriptEnabled: false});

let sandbox: Awaited<ReturnType<typeof start>>;
test.beforeAll(async () => { sandbox = await start('--choose-user'); });
test.afterAll(() => sandbox.stop());

const signOn = (user: string) => async (page: Page) => {
  await fill('Username', user)(page);
  await fill('Password', sandbox.password(user))(page);
  await press('Sign on')(page);
};
const heading = (text: string) => (page: Page) => expect(page.getByRole('heading', {name: text})).toBeVisible();
const alert = (text: string | RegExp) => (page: Page) => expect(page.getByRole('alert')).toHaveText(text);
const choose = (device: RegExp) => async (page: Page) => {
  const name = await page.getByRole('option', {name: device}).textContent();
  await page.getByLabel('Device').selectOption(name!);
};
// The page of a push reads the flow again by itself, but later.
const reload = (page: Page) => page.goto(page.url()).catch(() => {});
const enter = (label: string) => (page: Page) => page.getByLabel(label, {exact: true}).press('Enter');
const changed = [fill('New password', 'Another-fake-1'), press('Change password')];

type Row = {
  name: string, app?: string, user?: string, error?: string,
  steps?: ((page: Page) => Promise<unknown>)[],
};

const rows: Row[] = [
  {name: 'USERNAME_PASSWORD_REQUIRED', user: 'signs'},
  {name: 'by the Enter key', steps: [fill('Username', 'plain'), fill('Password', 'fake-password-1'), enter('Password')]},
  {name: 'wrong password', steps: [fill('Username', 'plain'), fill('Password', 'wrong'), press('Sign on'),
    alert('Invalid username and/or password.'), fill('Password', 'fake-password-1'), press('Sign on')]},
  {name: 'chosen user', steps: [press('plain')]},
  {name: 'cancelled', steps: [press('Cancel')], error: 'access_denied'},
  {name: 'SIGN_ON_REQUIRED, PASSWORD_REQUIRED', app: 'Identifier First', steps: [fill('Username', 'devices'), press('Next'),
    press('Use another account'), fill('Username', 'plain'), press('Next'), fill('Password', 'fake-password-1'), press('Sign on')]},
  {name: 'PASSWORD_EXPIRED', user: 'expired', steps: [fill('Current password', 'fake-password-11'), ...changed]},
  {name: 'MUST_CHANGE_PASSWORD', user: 'must-change', steps: [fill('Current password', 'fake-password-10'),
    fill('New password', 'short'), press('Change password'), alert(/valid length/),
    fill('Current password', 'fake-password-10'), ...changed]},
  {name: 'RECOVERY_CODE_REQUIRED', steps: [fill('Username', 'no-password'), press('Forgot password'), press('Send the code again'),
    fill('Recovery code', 'RECOVER1'), fill('New password', 'Another-fake-1'), press('Set password')]},
  {name: 'VERIFICATION_CODE_REQUIRED', user: 'unverified', steps: [press('Send the code again'), fill('Verification code', 'WRONG'),
    press('Verify'), alert('The verification code is not valid.'), fill('Verification code', 'VERIFY01'), press('Verify')]},
  {name: 'registration', app: 'Registration', steps: [page => page.getByRole('link', {name: 'Create an account'}).click(),
    heading('Create your account'), fill('Username', 'ada'), fill('Email', 'ada@example.com'), fill('Password', 'short'), press('Register'),
    alert(/valid length/), fill('Password', 'Another-fake-1'), press('Register'), fill('Verification code', 'VERIFY01'), press('Verify')]},
  {name: 'DEVICE_SELECTION_REQUIRED, OTP_REQUIRED', app: 'MFA', user: 'devices', steps: [choose(/^SMS/), press('Continue'),
    fill('Passcode', '000000'), press('Verify'), alert(/passcode/i), fill('Passcode', '246810'), press('Verify')]},
  {name: 'OTP_REQUIRED, sent again', app: 'MFA', user: 'email', steps: [press('Send the passcode again'), fill('Passcode', '24681012'), press('Verify')]},
  {name: 'OTP_REQUIRED, authenticator app', app: 'MFA', user: 'totp',
    steps: [page => fill('Passcode', totp('IMPLICITSANDBOXTOTPSECRETAAAAAAA'))(page), press('Verify')]},
  {name: 'MFA that may be skipped', app: 'MFA Skip', user: 'sms', steps: [press('Skip')]},
  {name: 'PUSH_CONFIRMATION_REQUIRED', app: 'MFA', user: 'push', steps: [page => expect(page.getByRole('status')).toHaveText('Approve the request on your phone.')]},
  {name: 'PUSH_CONFIRMATION_TIMED_OUT', app: 'MFA', user: 'push-retry', steps: [reload, reload, press('Send again'), reload, reload]},
  {name: 'push denied', app: 'MFA', user: 'push-denied', steps: [reload, reload], error: 'access_denied'},
  {name: 'FAILED', app: 'MFA', user: 'push-blocked', error: 'access_denied'},
  {name: 'ASSERTION_REQUIRED', app: 'MFA', user: 'fido2', steps: [press('Use the security key')]},
  {name: 'ASSERTION_REQUIRED, another device', app: 'MFA', user: 'all-devices', steps: [choose(/^FIDO2/), press('Continue'),
    choose(/^EMAIL/), press('Use this device'), fill('Passcode', '24681012'), press('Verify')]},
  {name: 'ACCOUNT_LINKING_REQUIRED', app: 'Linking', user: 'plain'},
  {name: 'ACCOUNT_CONFIRMATION_REQUIRED', app: 'Confirmation', user: 'plain', steps: [press('Confirm')]},
  {name: 'EXTERNAL_AUTHENTICATION_REQUIRED', app: 'External IdP', steps: [
    page => page.getByRole('link', {name: 'Sign on with Example Provider'}).click(), press('Continue as plain')]},
  {name: 'PROFILE_DATA_REQUIRED', app: 'Profile', user: 'staff', steps: [fill('Given Name', 'Ada'), fill('Family Name', 'L'), fill('City', 'London'), press('Continue')]},
  {name: 'AGREEMENT_CONSENT_REQUIRED', app: 'Agreement', user: 'plain', steps: [press('Accept')]},
  {name: 'agreement declined', app: 'Agreement', user: 'plain', steps: [press('Decline')], error: 'access_denied'},
  {name: 'five steps', app: 'Five Steps', steps: [fill('Username', 'devices'), press('Next'), fill('Password', 'fake-password-4'),
    press('Sign on'), choose(/^SMS/), press('Continue'), fill('Passcode', '246810'), press('Verify'), press('Accept')]},
];

for (const row of rows) {
  test(row.name, async ({page}) => {
    await page.goto(sandbox.authorize(row.app ?? 'Plain'));
    if (row.user) await signOn(row.user)(page);
    for (const step of row.steps ?? []) await step(page);
    const answer = await response(page);
    expect(answer.get('error')).toBe(row.error ?? null);
    expect(answer.has('id_token')).toBe(!row.error);
  });
}

test('locked out', async ({page}) => {
  await page.goto(sandbox.authorize('Plain'));
  await signOn('locked')(page);
  await alert(/locked/)(page);
});

test('errors without a redirect', async ({page}) => {
  await page.goto(sandbox.authorize('Plain', {redirect_uri: 'https://elsewhere.example.com/'}));
  await alert(/Redirect URI mismatch/)(page);
  await page.goto(sandbox.settings.auth_url + '/signon/?flowId=00000000-0000-4000-8000-000000000000');
  await alert(/has expired or is unknown/)(page);
});

test('signed off', async ({page}) => {
  await page.goto(sandbox.authorize('Plain'));
  await signOn('plain')(page);
  await response(page);
  await page.goto(sandbox.settings.issuer + '/signoff');
  await heading('Signed off')(page);
  await page.goto(sandbox.authorize('Plain', {prompt: 'none'}));
  expect((await response(page)).get('error')).toBe('login_required');
});
