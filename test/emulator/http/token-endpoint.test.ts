import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { requestToken } from '../raw-client.js';

const nowS = (): number => Math.floor(Date.now() / 1000);

describe('the token endpoint', () => {
  it('returns a new token for a known key and an expiry within a day', async () => {
    await using service = await AvatarEmulator.start();
    const bodies = await Promise.all(
      [requestToken(service), requestToken(service)].map(async (r) => (await r).json()),
    );
    const tokens = (bodies as { sessionToken: string }[]).map(({ sessionToken }) => sessionToken);
    expect(new Set(tokens).size).toBe(2);
    expect(tokens[0]).toMatch(/^st_[0-9a-f]{32}$/);
    expect(JSON.stringify(service.log)).not.toContain(tokens[0]);
  });

  it.each([
    ['wrong key', { apiKey: 'nope' }, 401, 'invalid API key'],
    ['expiry in the past', { expireAt: nowS() - 1 }, 400, 'expire_at must be in the future'],
    ['expiry in a day', { expireAt: nowS() + 90_000 }, 400, 'expire_at must be within 24 hours'],
    ['expiry as text', { expireAt: 'soon' }, 400, 'expire_at must be unix seconds'],
    ['GET', { method: 'GET' }, 405, 'use POST'],
  ])('refuses: %s', async (_name, request, status, detail) => {
    await using service = await AvatarEmulator.start();
    const response = await requestToken(service, request);
    expect(response.status).toBe(status);
    const [error] = ((await response.json()) as { errors: Record<string, unknown>[] }).errors;
    expect(error).toMatchObject({ status, detail, message: detail });
    expect(service.log).toContainEqual(expect.objectContaining({ event: 'tokenRefused', status, detail }));
  });

  it.each([
    ['a body that is not JSON', 'expireAt=1', 400],
    ['a list', '[]', 400],
    ['a body above 64 KiB', `"${'x'.repeat(70_000)}"`, 413],
  ])('refuses %s', async (_name, body, status) => {
    await using service = await AvatarEmulator.start();
    const response = await fetch(`${service.consoleEndpointUrl}/session-tokens`, {
      method: 'POST',
      headers: { 'X-Api-Key': service.credentials.apiKey },
      body,
    });
    expect(response.status).toBe(status);
  });

  it.each([
    ['A', 'application/json', /^\{"errors":\[\{"id":".+","status":401,"code":"unauthorized".+\n$/],
    ['B', 'application/json', /^\{"message":"invalid API key"\}\n$/],
    [
      'C',
      'application/json',
      /^\{"error":\{"code":"unauthorized","message":"invalid API key","request_id":".+"\}\}\n$/,
    ],
    ['D', 'text/html', /^<html>.*invalid API key.*<\/html>\n$/],
  ] as const)('returns errors in shape %s', async (tokenErrorShape, contentType, body) => {
    await using service = await AvatarEmulator.start({ tokenErrorShape });
    const response = await requestToken(service, { apiKey: 'nope' });
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(await response.text()).toMatch(body);
    expect(response.headers.has('x-request-id')).toBe(tokenErrorShape === 'C');
  });

  it('puts the token into the configured place', async () => {
    await using service = await AvatarEmulator.start({ tokenField: 'sessionKey', tokenInData: true });
    const body: unknown = await (await requestToken(service)).json();
    expect(body).toEqual({ data: { sessionKey: expect.stringMatching(/^st_/) as string } });
  });

  it('answers 404 on any other path', async () => {
    await using service = await AvatarEmulator.start();
    expect((await fetch(`${service.consoleEndpointUrl}/other`, { method: 'POST', body: 'x' })).status).toBe(
      404,
    );
  });
});
