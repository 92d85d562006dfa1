import {expect, test} from '@playwright/test';
import {fill, press, response, start} from './sandbox';

// Silent renewal in a hidden frame needs the application and the sandbox on one
// site (scheme and host; the port does not matter) in a browser that blocks
// third-party cookies, as Safari and Debian's Chromium do.

for (const [name, args, error] of [
  ['a frame of the same site has the session', ['--http'], null],
  ['a frame of another site has none', [], 'login_required'],
] as const) {
  test(name, async ({page}) => {
    const sandbox = await start(...args);
    await (await page.context().newCDPSession(page)).send('Network.setCookieControls', {enableThirdPartyCookieRestriction: true});
    await page.goto(sandbox.authorize('Plain'));
    await fill('Username', 'plain')(page);
    await fill('Password', 'fake-password-1')(page);
    await press('Sign on')(page);
    expect((await response(page)).has('id_token')).toBe(true);
    await page.evaluate(address => {
      const frame = document.body.appendChild(document.createElement('iframe'));
      frame.src = address;
    }, sandbox.authorize('Plain', {prompt: 'none'}));
    await expect.poll(() => page.frames()[1]?.url()).toContain('callback#');
    expect(new URLSearchParams(new URL(page.frames()[1].url()).hash.slice(1)).get('error')).toBe(error);
    sandbox.stop();
  });
}
