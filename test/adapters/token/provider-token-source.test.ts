import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import {
  createProviderTokenSource,
  type TokenProvider,
  type TokenProviderRequest,
} from '../../../src/adapters/token/provider-token-source.js';
import { AbortFlag } from '../../../src/client/waiting/deadline.js';
import { TokenProviderError } from '../../../src/ports/token-source.js';

const ask = (provider: unknown, signal = new AbortController().signal): Promise<unknown> =>
  createProviderTokenSource(provider as TokenProvider).fetchToken({ reason: 'start', signal });
const failure = (provider: unknown): Promise<unknown> => ask(provider).catch((error: unknown) => error);

describe('a token provider', () => {
  it.each<[string, unknown, object]>([
    ['a string', 'tok', { token: 'tok' }],
    ['an object', { token: 'tok' }, { token: 'tok' }],
    ['a Date', { token: 'tok', expiresAt: new Date(5_000) }, { token: 'tok', expiresAtMs: 5_000 }],
    [
      'Unix seconds',
      { token: 'tok', expiresAt: 1_700_000_000 },
      { token: 'tok', expiresAtMs: 1_700_000_000_000 },
    ],
    ['outer white space', ' tok\r\n', { token: 'tok' }],
    ['a token of 16 KiB', 't'.repeat(16_384), { token: 't'.repeat(16_384) }],
    ['a class with getters', new Answer(), { token: 'tok' }],
    ['an undefined expiry', { token: 'tok', expiresAt: undefined }, { token: 'tok' }],
  ])('may answer with %s, at once or later', async (_name, answer, token) => {
    await expect(ask(() => answer)).resolves.toEqual(token);
    await expect(ask(() => Promise.resolve(answer))).resolves.toEqual(token);
  });

  it('is called once, with the reason and the signal', async () => {
    const provider = vi.fn(() => 'tok');
    const { signal } = new AbortController();
    await createProviderTokenSource(provider).fetchToken({ reason: 'refused', signal });
    expect(provider.mock.calls).toEqual([[{ reason: 'refused', signal }]]);
  });

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['an empty string', ''],
    ['white space', ' \n'],
    ['an empty object', {}],
    ['an empty token', { token: '' }],
    ['a token that is too long', 's3cret'.repeat(2_731)],
    ['an HTML page with line breaks', '<html>\r\n<body>s3cret 502</body>\r\n</html>\r\n'],
    ['a token with a NUL', 's3cret\u0000'],
    ['a token with a C1 control character inside', 's3cret\u0085x'],
    ['a token that is not valid in a header', 's3cret→'],
    ['a token of bytes', { token: Buffer.from('s3cret') }],
    [
      'a getter that throws',
      Object.defineProperty({}, 'token', {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
    [
      'a Proxy that throws',
      new Proxy(
        {},
        {
          getOwnPropertyDescriptor: () => {
            throw new Error('no');
          },
        },
      ),
    ],
    ['a token that is no string', { token: ['s3cret'] }],
    ['an invalid Date', { token: 's3cret', expiresAt: new Date(NaN) }],
    ['an expiry that is text', { token: 's3cret', expiresAt: '2030-01-01' }],
    ['an infinite expiry', { token: 's3cret', expiresAt: Infinity }],
    ['an expiry in milliseconds', { token: 's3cret', expiresAt: 1_700_000_000_000 }],
  ])('is unusable when it answers with %s', async (_name, answer) => {
    const error = await failure(() => answer);
    expect(error).toBeInstanceOf(TokenProviderError);
    expect(error).toMatchObject({ unusable: true });
    expect(String(error)).not.toContain('s3cret');
  });

  it.each<[string, unknown, ErrorConstructor, string]>([
    ['milliseconds', 1_900_000_000_000, RangeError, 'expiresAt must be Unix seconds, got milliseconds'],
    ['an invalid Date', new Date(NaN), RangeError, 'expiresAt must be a valid Date, got Invalid Date'],
    ['NaN', NaN, RangeError, 'expiresAt must be a finite number of at least 0, got NaN'],
    ['a text', '2030-01-01', TypeError, 'expiresAt must be a number, got a string of 10 characters'],
  ])('has a cause that says what is wrong with %s for expiresAt', async (_name, expiresAt, kind, words) => {
    const error = (await failure(() => ({ token: 's3cret', expiresAt }))) as Error;
    expect(error.message).toContain(words);
    expect(error.cause).toBeInstanceOf(kind);
  });

  it.each<[string, unknown]>([
    ['an Error', new Error('backend down')],
    ['a string', 'backend down'],
    ['undefined', undefined],
  ])('fails, with the cause, when it throws or rejects with %s', async (_name, thrown) => {
    const throwing = (): never => {
      throw thrown;
    };
    const rejecting = async (): Promise<never> => {
      await Promise.resolve();
      throw thrown;
    };
    for (const provider of [throwing, rejecting]) {
      const error = await failure(provider);
      expect(error).toBeInstanceOf(TokenProviderError);
      expect(error).toMatchObject({ unusable: false, message: 'the token provider failed' });
      expect((error as Error).cause).toBe(thrown);
    }
  });

  it('gets a signal that is created when it is first read, also from a copy of the request', async () => {
    const flag = new AbortFlag();
    const made = vi.spyOn(flag, 'real', 'get');
    const silent = createProviderTokenSource(() => 'st_1').fetchToken({ reason: 'start', signal: flag });
    await expect(silent).resolves.toMatchObject({ token: 'st_1' });
    expect(made).not.toHaveBeenCalled();
    const requests: TokenProviderRequest[] = [];
    const provider: TokenProvider = (request) => {
      requests.push({ ...request }, request);
      return 'st_2';
    };
    await createProviderTokenSource(provider).fetchToken({ reason: 'start', signal: flag });
    expect(requests).toEqual([
      { reason: 'start', signal: flag.real },
      { reason: 'start', signal: flag.real },
    ]);
  });

  it('is not called when the signal is aborted already', async () => {
    const provider = vi.fn(() => 'tok');
    const reason = new Error('closed');
    await expect(ask(provider, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(provider).not.toHaveBeenCalled();
  });

  it.each(['resolves', 'rejects'])(
    'is abandoned when the signal aborts; a promise that %s later has no effect',
    async (end) => {
      const unhandled = vi.fn();
      process.on('unhandledRejection', unhandled);
      const abort = new AbortController();
      const late = withResolvers();
      const asking = ask(() => late.promise, abort.signal);
      abort.abort(new Error('time is over'));
      await expect(asking).rejects.toBe(abort.signal.reason);
      if (end === 'resolves') late.resolve('tok');
      else late.reject(new Error('late'));
      await new Promise(setImmediate);
      process.off('unhandledRejection', unhandled);
      expect(unhandled).not.toHaveBeenCalled();
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    },
  );

  it.each<[string, TokenProvider]>([
    ['answers', () => 'tok'],
    ['fails', () => Promise.reject(new Error('no'))],
  ])('leaves no listener on the signal when it %s', async (_name, provider) => {
    const { signal } = new AbortController();
    await ask(provider, signal).catch(() => undefined);
    await new Promise(setImmediate);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

class Answer {
  readonly #token = 'tok';
  get token(): string {
    return this.#token;
  }
}

interface Late {
  readonly promise: Promise<string>;
  readonly resolve: (token: string) => void;
  readonly reject: (error: Error) => void;
}

function withResolvers(): Late {
  let resolve: Late['resolve'] = () => undefined;
  let reject: Late['reject'] = () => undefined;
  const promise = new Promise<string>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
