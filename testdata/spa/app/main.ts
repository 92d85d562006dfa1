import '@angular/compiler';
import {provideHttpClient} from '@angular/common/http';
import {createApplication} from '@angular/platform-browser';
import {OAuthService, provideOAuthClient} from 'angular-oauth2-oidc';
import {JwksValidationHandler} from 'angular-oauth2-oidc-jwks';

declare const ISSUER: string; // serve.mjs sets it

// The library does not validate signatures unless it is given this handler.
const {injector} = await createApplication({
  providers: [provideHttpClient(), provideOAuthClient(undefined, JwksValidationHandler)],
});
const oauth = injector.get(OAuthService);
oauth.configure({
  issuer: ISSUER,
  clientId: 'warehouse-spa',
  responseType: 'id_token token',
  scope: 'openid profile stock:read',
  redirectUri: location.origin + '/',
  postLogoutRedirectUri: location.origin + '/',
  silentRefreshRedirectUri: location.origin + '/silent.html',
});

const element = (id: string) => document.getElementById(id)!;

function show(message = '') {
  const claims = oauth.hasValidIdToken() && oauth.hasValidAccessToken() ? oauth.getIdentityClaims() : undefined;
  element('status').textContent = message || (claims ? `Signed on as ${claims['name']}` : 'Signed off');
  element('roles').textContent = claims?.['roles'].join(', ') ?? '';
  element('expires').textContent = claims ? new Date(oauth.getAccessTokenExpiration()).toISOString() : '';
}

// refuse also drops the access token: the library stores it before it validates
// the ID token.
function refuse(reason: any) {
  oauth.logOut(true);
  show(`Refused: ${reason?.type ?? reason}`);
}

element('sign-on').onclick = () => oauth.initLoginFlow();
element('sign-off').onclick = () => oauth.logOut();
element('renew').onclick = () => oauth.silentRefresh().then(() => show(), failed => {
  if (failed.reason?.params?.error === 'login_required') show('Your session has ended');
  else refuse(failed.reason?.reason ?? failed);
});
await oauth.loadDiscoveryDocumentAndTryLogin().then(() => show(), refuse);
