/** Of `token-endpoint`: the check which request gets a token. */
import { describe, expect, it } from 'vitest';
import { checkTokenRequest } from '../../../src/emulator/http/token-endpoint.js';

const NOW_S = 1_800_000_000;
const apps = [
  { appId: 'one', apiKey: 'key-one' },
  { appId: 'two', apiKey: 'key-two' },
];

describe('the check of a token request', () => {
  it.each([
    [NOW_S - 1, 'expire_at must be in the future'],
    [NOW_S, 'expire_at must be in the future'],
    [NOW_S + 1, undefined],
    [NOW_S + 86_399, undefined],
    [NOW_S + 86_400, 'expire_at must be within 24 hours'],
    [NOW_S + 1.5, 'expire_at must be unix seconds'],
    [NOW_S * 1000, 'expire_at must be within 24 hours'],
  ])('checks expireAt %d', (expireAt, detail) => {
    const request = { method: 'POST', apiKey: 'key-one', body: JSON.stringify({ expireAt }) };
    const verdict = checkTokenRequest(request, apps, NOW_S * 1000);
    expect(verdict).toMatchObject(
      detail === undefined
        ? { granted: true, appId: 'one', expireAt }
        : { granted: false, status: 400, detail },
    );
  });

  it('binds the token to the app of the key', () => {
    const request = { method: 'POST', apiKey: 'key-two', body: JSON.stringify({ expireAt: NOW_S + 1 }) };
    expect(checkTokenRequest(request, apps, NOW_S * 1000)).toMatchObject({ granted: true, appId: 'two' });
  });

  it('refuses a request without a key', () => {
    const request = { method: 'POST', apiKey: undefined, body: '{}' };
    expect(checkTokenRequest(request, apps, NOW_S * 1000)).toMatchObject({ granted: false, status: 401 });
  });
});
