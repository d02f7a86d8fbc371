/** A session with an `httpPost` of the application. */
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { ApplicationHttpPost, HttpPostRequest } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { FakeTransport } from './fake-transport.js';

describe('a session with an HTTP client of its own', () => {
  it('requests its tokens with it', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTransport((dial) => void dial.confirm());
    const posted: HttpPostRequest[] = [];
    const session = newAvatarSession({
      apiKey: 'key',
      appId: 'app',
      avatarId: 'avatar',
      consoleEndpointUrl: 'https://console.test/v1/console',
      transport,
      clock,
      httpPost: (request) => {
        posted.push(request);
        return Promise.resolve({ status: 200, headers: {}, body: '{"sessionToken":"tok"}' });
      },
    });
    const started = session.start();
    await clock.settle();
    await started;
    expect(posted).toMatchObject([
      { url: new URL('https://console.test/v1/console/session-tokens'), headers: { 'X-Api-Key': 'key' } },
    ]);
    expect(transport.dials[0]?.request.headers).toMatchObject({ 'X-Session-Key': 'tok' });
    await Promise.all([session.close(), clock.advance(2_000)]);
  });

  it('treats a response that ended too early as a failure of the network', async () => {
    const session = newAvatarSession({
      apiKey: 'key',
      appId: 'app',
      avatarId: 'avatar',
      retry: false,
      httpPost: () => Promise.resolve({ status: 200, headers: {}, body: '{"sess', broken: {} }),
    });
    await expect(session.start()).rejects.toMatchObject({ code: 'connectionFailed', phase: 'session_token' });
  });
});

/** The result of `start` for a session that gets this response to its token request. */
async function started(answer: unknown): Promise<unknown> {
  const transport = new FakeTransport((dial) => void dial.confirm());
  const session = newAvatarSession({
    apiKey: 'key',
    appId: 'app',
    avatarId: 'avatar',
    retry: false,
    transport,
    httpPost: (() => Promise.resolve(answer)) as ApplicationHttpPost,
  });
  try {
    await session.start();
    return transport.dials[0]?.request.headers['X-Session-Key'];
  } catch (error) {
    return error;
  } finally {
    await session.close();
  }
}

const TOKEN = '{"sessionToken":"tok"}';
function throwing(): never {
  throw new Error('no');
}

describe('a response of an HTTP client of the application', () => {
  it.each<[string, unknown]>([
    ['a Response of fetch', new Response(TOKEN)],
    ['an answer', { status: 200, headers: {}, body: TOKEN }],
    ['an answer with a Map of headers', { status: 201, headers: new Map([['a', 'b']]), body: TOKEN }],
    [
      'a response with unusual headers',
      { status: 200, headers: { a: ['b', 7], c: 5, d: null, e: {} }, body: TOKEN },
    ],
    ['a response with a list of header pairs', { status: 200, headers: [['a', 'b']], body: TOKEN }],
    ['a response without headers', { status: 200, headers: [], body: TOKEN }],
    ['a token with outer white space', new Response('{"token":" tok\\n"}')],
  ])('can be %s', async (_what, answer) => {
    await expect(started(answer)).resolves.toBe('tok');
  });

  it('that is a refusal is classified with its headers, also as a Response', async () => {
    const response = new Response('{"message":"slow down"}', {
      status: 429,
      headers: { 'Retry-After': '7' },
    });
    await expect(started(response)).resolves.toMatchObject({
      code: 'concurrencyLimit',
      httpStatus: 429,
      retryAfterMs: 7_000,
    });
  });

  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'an object, got undefined'],
    [
      'header names and values in one list',
      { status: 200, headers: ['a', 'b'], body: TOKEN },
      'headers that are an object, or a list of pairs of name and value, got another list',
    ],
    [
      'a header pair of three values',
      { status: 200, headers: [['a', 'b', 'c']], body: TOKEN },
      'headers that are an object, or a list of pairs of name and value, got another list',
    ],
    ['a text', TOKEN, 'an object, got string'],
    ['no status', { headers: {}, body: TOKEN }, 'a status from 100 to 599, got undefined'],
    [
      'a status that is text',
      { status: '200', headers: {}, body: TOKEN },
      'a status from 100 to 599, got string',
    ],
    ['an invalid status', { status: 1_000, headers: {}, body: TOKEN }, 'a status from 100 to 599, got 1000'],
    ['no headers', { status: 503, body: '' }, 'headers that are an object, got undefined'],
    ['no body', { status: 500, headers: {} }, 'a body that is a string, got undefined'],
    [
      'bytes as the body',
      { status: 200, headers: {}, body: Buffer.from(TOKEN) },
      'a body that is a string, got a Uint8Array',
    ],
    [
      'a text() that returns no string',
      { status: 200, headers: {}, text: () => 7 },
      'a text() that gives a string, got number',
    ],
    ['a getter that throws', Object.defineProperty({}, 'status', { get: throwing }), 'can not be read'],
    ['a Proxy that throws', new Proxy({}, { getOwnPropertyDescriptor: throwing }), 'can not be read'],
  ])('with %s causes a clear error', async (_what, answer, words) => {
    await expect(started(answer)).resolves.toMatchObject({
      code: 'sessionTokenInvalid',
      phase: 'session_token',
      origin: 'application',
      message: expect.stringContaining(words) as unknown,
      remediation: expect.stringContaining('Let httpPost resolve') as unknown,
    });
  });

  it.each([200, 503])('with %i and an endless body of empty chunks does not delay timers', async (status) => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(0)),
    });
    const session = newAvatarSession({
      apiKey: 'key',
      appId: 'app',
      avatarId: 'avatar',
      retry: false,
      timeoutMs: 100,
      httpPost: () => Promise.resolve(new Response(body, { status })),
    });
    const other = new Promise((resolve) => setTimeout(resolve, 10, 'on time'));
    const failed = session.start().catch((error: unknown) => error);
    expect(await other).toBe('on time');
    expect(await failed).toMatchObject({ phase: 'session_token' });
  });

  it('whose body is cut is a failure of the network', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('cut')) });
    await expect(started(new Response(body))).resolves.toMatchObject({ code: 'connectionFailed' });
  });

  it.each<[string, string]>([
    ['a token that is too long', 't'.repeat(16_385)],
    ['a token with a line break inside', 'to\nken'],
  ])('with %s is refused, and the error says what is wrong', async (_what, sessionToken) => {
    await expect(started(new Response(JSON.stringify({ sessionToken })))).resolves.toMatchObject({
      code: 'sessionTokenInvalid',
      origin: 'service',
      message: expect.stringMatching(
        /^the console answered with a token (of 16385 characters|with control characters)/,
      ) as unknown,
    });
  });
});
