import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useTokenConsole } from '../token-console.js';

const service = useTokenConsole();

describe('a token request that is not answered', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['before its headers', () => undefined],
    ['in the middle of its body', (response) => response.writeHead(200).write('{"sess')],
  ])('hangs %s until the signal ends it', async (_name, hang) => {
    service.answer = (response) => {
      hang(response);
      setImmediate(() => service.abort.abort(new Error('time is over')));
    };
    expect(await service.failure()).toBe(service.abort.signal.reason);
    await service.expectNothingLeft();
  });

  it('is not made when the signal is aborted already', async () => {
    service.abort.abort(new Error('closed'));
    expect(await service.failure()).toBe(service.abort.signal.reason);
    expect(service.seen).toEqual([]);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['a reset', (response) => response.socket?.resetAndDestroy()],
    ['a hang-up', (response) => response.socket?.end()],
    ['a body that breaks off', (response) => response.writeHead(200).write('{', () => response.destroy())],
    [
      'another protocol',
      (response) => response.socket?.end('HTTP/1.1 101 No\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    ],
  ])('rejects with ECONNRESET after %s', async (_name, hangUp) => {
    service.answer = hangUp;
    expect(await service.failure()).toMatchObject({ code: 'ECONNRESET' });
    await service.expectNothingLeft();
  });

  it('keeps the status of a refusal whose body hangs', async () => {
    service.answer = (response) => response.writeHead(503, { 'Retry-After': '1' }).write('part');
    expect(await service.failure()).toMatchObject({
      httpStatus: 503,
      body: 'part',
      headers: { 'retry-after': '1' },
    });
    await service.expectNothingLeft();
  });

  it('keeps the status of a refusal whose body ends with a reset', async () => {
    service.answer = (response) => {
      const { socket } = response;
      response.writeHead(429, { 'Retry-After': '5' }).write('part', () => {
        setTimeout(() => socket?.resetAndDestroy(), 20);
      });
    };
    expect(await service.failure()).toMatchObject({
      httpStatus: 429,
      body: 'part',
      headers: { 'retry-after': '5' },
    });
    await service.expectNothingLeft();
  });

  it('waits for a slow token as long as the signal allows', async () => {
    service.answer = (response) => {
      response.writeHead(200).write('{"token":');
      setTimeout(() => response.end('"tok"}'), 1_200);
    };
    await expect(service.ask()).resolves.toMatchObject({ token: 'tok' });
    await service.expectNothingLeft();
  });

  it.each(['nowhere?key=s3cret', 'ftp://user:s3cret@host/', 'https://host name/?key=s3cret'])(
    'refuses "%s" as a URL, and does not show it',
    async (consoleEndpointUrl) => {
      const error = await service.failure({ consoleEndpointUrl });
      expect(error).toMatchObject({ code: 'ERR_INVALID_URL' });
      expect(inspect(error)).not.toContain('s3cret');
    },
  );

  it('does not show an API key that is not valid in a header', async () => {
    const error = await service.failure({ apiKey: 's3cret\n' });
    expect(error).toMatchObject({ code: 'ERR_INVALID_CHAR' });
    expect(inspect(error)).not.toContain('s3cret');
    expect(getEventListeners(service.abort.signal, 'abort')).toEqual([]);
  });
});
