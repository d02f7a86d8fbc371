import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createHttpTokenSource } from '../../../src/adapters/token/http-token-source.js';
import { TokenRefused } from '../../../src/ports/token-source.js';
import { answerWith, apiKey, clock, useTokenConsole } from '../token-console.js';

const service = useTokenConsole();

describe('a token request', () => {
  it('is the POST that the console documents', async () => {
    service.answer = answerWith(200, '{"sessionToken":"tok"}');
    await expect(service.ask()).resolves.toEqual({ token: 'tok', expiresAtMs: 1_700_003_600_000 });
    expect(service.seen).toMatchObject([
      {
        method: 'POST',
        url: '/v1/console/session-tokens',
        headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
        body: '{"expireAt":1700003600}',
      },
    ]);
    await service.expectNothingLeft();
  });

  it.each([
    [new Date(1_800_000_000_900), 1_800_000_000],
    [1_800_000_000.9, 1_800_000_000],
    [0, 0],
  ])('asks for the expiry %s in whole Unix seconds', async (expireAt, seconds) => {
    service.answer = answerWith(200, '{"sessionToken":"tok"}');
    await expect(service.ask({ expireAt })).resolves.toMatchObject({ expiresAtMs: seconds * 1_000 });
    expect(service.seen[0]?.body).toBe(`{"expireAt":${seconds}}`);
  });

  it.each([new Date(NaN), NaN, Infinity])('is refused for the expiry %s', (expireAt) => {
    expect(() =>
      createHttpTokenSource({ consoleEndpointUrl: service.baseUrl, apiKey, clock, expireAt }),
    ).toThrow(RangeError);
  });

  it.each([
    ['/', '/v1/console/session-tokens'],
    ['//', '/v1/console/session-tokens'],
    ['?tenant=a', '/v1/console/session-tokens?tenant=a'],
    ['/?tenant=a/', '/v1/console/session-tokens?tenant=a/'],
  ])('accepts "%s" at the end of the base URL', async (suffix, url) => {
    service.answer = answerWith(200, '{"sessionToken":"tok"}');
    await service.ask({ consoleEndpointUrl: service.baseUrl + suffix });
    expect(service.seen[0]?.url).toBe(url);
  });

  it.each([
    '{"sessionToken":"tok"}',
    '{"session_token":"tok"}',
    '{"sessionKey":"tok"}',
    '{"token":"tok"}',
    '{"data":{"sessionToken":"tok"}}',
    '{"data":{"token":"tok"}}',
    '{"token":"tok","data":{"sessionToken":"other"}}',
    '{"sessionToken":"","session_token":null,"sessionKey":7,"token":"tok"}',
    '{"token":"","data":{"sessionKey":"tok"}}',
  ])('finds the token in %s', async (body) => {
    service.answer = answerWith(200, body);
    await expect(service.ask()).resolves.toMatchObject({ token: 'tok' });
  });

  it('accepts a token with 201 as well', async () => {
    service.answer = answerWith(201, '{"token":"tok"}');
    await expect(service.ask()).resolves.toMatchObject({ token: 'tok' });
  });

  it.each([
    [200, ''],
    [204, ''],
    [200, '<html>login</html>'],
    [200, 'null'],
    [200, '"tok"'],
    [200, '[]'],
    [200, '{"sessionToken":""}'],
    [200, '{"data":null}'],
    [200, '{"errors":[{"status":"401","detail":"bad key"}]}'],
  ])('is refused as without a token: status %i, body %s', async (status, body) => {
    service.answer = answerWith(status, body, { 'X-Request-ID': 'r1' });
    const error = await service.failure();
    expect(error).toBeInstanceOf(TokenRefused);
    expect(error).toMatchObject({
      httpStatus: status,
      body,
      tokenMissing: true,
      headers: { 'x-request-id': 'r1' },
    });
    await service.expectNothingLeft();
  });

  it.each([
    [400, '{"errors":[{"detail":"expire_at must be in the future"}]}'],
    [401, '{"message":"Invalid API key"}'],
    [403, '{"error":{"code":"forbidden","message":"no","request_id":"r"}}'],
    [429, ''],
    [500, '<html>oops</html>'],
    [503, '{"sessionToken":"not for you"}'],
  ])('is refused with status %i, and the error has the body: %s', async (status, body) => {
    service.answer = answerWith(status, body, { 'Retry-After': '1' });
    const error = await service.failure();
    expect(error).toBeInstanceOf(TokenRefused);
    expect(error).toMatchObject({
      httpStatus: status,
      body,
      tokenMissing: false,
      headers: { 'retry-after': '1' },
    });
    expect(inspect(error)).not.toContain(apiKey);
    await service.expectNothingLeft();
  });

  it.each([301, 302, 307, 308])(
    'does not follow a redirect with %i, so the key is not sent to another address',
    async (status) => {
      service.answer = answerWith(status, '', { Location: `${service.baseUrl}/elsewhere` });
      expect(await service.failure()).toMatchObject({ httpStatus: status, tokenMissing: false });
      await service.expectNothingLeft();
      expect(service.seen).toHaveLength(1);
    },
  );

  it.each([200, 500])(
    'reads 1 MiB of an endless answer with %i, and closes the connection',
    async (status) => {
      service.answer = (response) => {
        response.writeHead(status);
        const pour = (): void => void response.write('x'.repeat(65_536), (failed) => failed ?? pour());
        pour();
      };
      const error = await service.failure();
      expect(error).toMatchObject({ httpStatus: status, tokenMissing: status === 200 });
      expect((error as TokenRefused).body).toHaveLength(1_048_576);
      await service.expectNothingLeft();
    },
  );
});
