/** Unexpected values that an application can throw, return or pass, by mistake or on purpose. */
import { runInNewContext } from 'node:vm';
import { AvatarSDKError } from '../../src/index.js';

function throwing(): never {
  throw new Error('hostile');
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable(() => undefined, {});
  revoke();
  return proxy;
}

function revokedFunctionOf(value: object): object {
  const { proxy, revoke } = Proxy.revocable(value, {});
  revoke();
  return proxy;
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(64);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

const TRAPS = {
  get: throwing,
  has: throwing,
  ownKeys: throwing,
  getPrototypeOf: throwing,
  getOwnPropertyDescriptor: throwing,
};
const getter = (name: string): object => Object.defineProperty({}, name, { enumerable: true, get: throwing });

const TEXT_OF_CLASS = 'x';
const ADDRESS_OF_CLASS = 'wss://x.example';

/** A class whose fields are all getters of its prototype. */
class OfGetters {
  get token(): string {
    return TEXT_OF_CLASS;
  }
  get url(): string {
    return ADDRESS_OF_CLASS;
  }
  get apiToken(): string {
    return TEXT_OF_CLASS;
  }
}

/** Functions by name that each make a new value. */
export const HOSTILE: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  NaN: () => NaN,
  'a negative number': () => -1,
  'a huge number': () => Number.MAX_VALUE,
  'a huge bigint': () => 2n ** 4_096n,
  'a symbol': () => Symbol('hostile'),
  'an empty text': () => '',
  'a text with control characters': () => '\u0000\r\n\u202e',
  'a lone surrogate': () => '\ud800',
  'a long text': () => 'x'.repeat(100_000),
  'a huge text': () => '\u202e'.repeat(2_000_000),
  Infinity: () => Infinity,
  'minus zero': () => -0,
  'a boxed text': () => Object('text') as unknown,
  'an invalid date': () => new Date(NaN),
  'a list': () => [[], {}, null],
  'an object without a prototype': () => Object.create(null) as object,
  'an object without a prototype, whose getters throw': () =>
    Object.defineProperties(Object.create(null) as object, {
      message: { enumerable: true, get: throwing },
      name: { enumerable: true, get: throwing },
      [Symbol.toPrimitive]: { get: throwing },
      [Symbol.toStringTag]: { get: throwing },
    }),
  'an object that cannot be converted to text': () => ({
    toString: throwing,
    valueOf: throwing,
    toJSON: throwing,
  }),
  'an object that is its own member': () => {
    const round: Record<string, unknown> = {};
    round['self'] = round;
    return round;
  },
  'a class': () =>
    class Hostile {
      readonly token = throwing();
    },
  'a revoked list': () => revokedFunctionOf([]),
  'a revoked error': () => revokedFunctionOf(new Error('revoked')),
  'a frozen error': () => Object.freeze(new Error('frozen')),
  'an error without a message': () => Object.assign(new Error(), { message: undefined, code: {}, stack: 7 }),
  'an error whose code throws': () => Object.defineProperty(new Error('e'), 'code', { get: throwing }),
  'an error whose message throws': () => Object.defineProperty(new Error('e'), 'message', { get: throwing }),
  'an error whose cause throws': () => Object.defineProperty(new Error('e'), 'cause', { get: throwing }),
  'an error with bytes': () =>
    Object.assign(new Error('e'), { message: Buffer.from('m'), code: Buffer.from('c') }),
  'an error that is its own cause': () => {
    const error: Error & { cause?: unknown } = new Error('round');
    error.cause = error;
    return error;
  },
  'an aggregate of revoked Proxies': () => new AggregateError([revoked()], 'many'),
  'a fake AvatarSDKError': () => Object.create(AvatarSDKError.prototype) as object,
  'a frozen AvatarSDKError': () =>
    Object.freeze(
      new AvatarSDKError({ code: 'unknown', phase: 'session_token', step: 'request', message: 'x' }),
    ),
  'an error of another realm': () => runInNewContext('new TypeError("foreign")') as unknown,
  'an AvatarSDKError of another copy': () =>
    runInNewContext(
      `Object.defineProperty(Object.assign(new Error('x'), { name: 'AvatarSDKError', code: 'rateLimited' }),
        'willRetry', { get: () => { throw 1 } })`,
    ) as unknown,
  'bytes of another realm': () => runInNewContext('new Uint8Array(7)') as unknown,
  'a Proxy that throws': () => new Proxy({}, TRAPS),
  'a function Proxy that throws': () => new Proxy(() => undefined, { ...TRAPS, apply: throwing }),
  'a revoked Proxy': revoked,
  'a getter for then': () => getter('then'),
  'a getter for token': () => getter('token'),
  'a getter for status': () => getter('status'),
  'a getter for signal': () => getter('signal'),
  'a thenable that throws': () => ({ then: throwing }),
  'a thenable that rejects twice': () => ({
    then: (_resolve: unknown, reject: (reason: unknown) => void) => {
      reject(revoked());
      reject(null);
    },
  }),
  'a thenable that resolves, then rejects, then throws': () => ({
    then: (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => {
      resolve('x');
      reject(null);
      throwing();
    },
  }),
  'a thenable that resolves with itself': () => {
    const round = { then: (resolve: (value: unknown) => void) => resolve(round), depth: 0 };
    round.then = (resolve) => ((round.depth += 1) < 50 ? resolve(round) : resolve(7));
    return round;
  },
  'a thenable that never settles': () => ({ then: () => undefined }),
  'a getter for constructor': () =>
    Object.defineProperty(Promise.resolve('x'), 'constructor', { get: throwing }),
  'a promise with a then of its own': () => Object.assign(Promise.resolve('x'), { then: throwing }),
  'a promise rejected because of a revoked Proxy': () => {
    const given = Promise.reject<unknown>(new Error('late', { cause: revoked() }));
    // Handles the rejection here, because the test on purpose does not.
    given.catch(() => undefined);
    return given;
  },
  'a promise that never settles': () => new Promise(() => undefined),
  'an iterator that throws': () => ({ [Symbol.iterator]: throwing }),
  'an iterator of invalid values': () => [null, 'x', {}],
  'a stream of nothing': () => ({
    getReader: () => ({ read: throwing, cancel: throwing, releaseLock: throwing }),
  }),
  'a Map': () => new Map([['token', 'x']]),
  'a Set': () => new Set(['x']),
  'a date': () => new Date(0),
  'a regular expression': () => /x/,
  'an address': () => new URL('ftp://host.example'),
  'a boxed number': () => Object(7) as unknown,
  'an instance whose fields are on its class': () => new OfGetters(),
  'an object that inherits its fields': () =>
    Object.create({ token: 'x', url: 'wss://x.example', apiToken: 'x', status: 200 }) as object,
  'a time in milliseconds': () => 1_900_000_000_000,
  'an answer with a time in milliseconds': () => ({ token: 'x', expiresAt: 1_900_000_000_000 }),
  'an answer with a time in the past': () => ({ token: 'x', expiresAt: 1 }),
  'a room at an address of another scheme': () => ({ url: 'ftp://x.example', apiToken: 'x' }),
  'a room with a Map of attributes': () => ({
    url: 'wss://x.example',
    apiToken: 'x',
    extraAttributes: new Map([['a', 'b']]),
  }),
  'a text with NUL': () => 'a\0b',
  'a short secret': () => 'hunter2',
  'the name __proto__': () => '__proto__',
  blanks: () => ' ',
  'one third': () => 1 / 3,
  'floats for samples': () => new Float32Array(64),
  'an async generator that throws': async function* () {
    yield await Promise.resolve(new Uint8Array(64));
    throwing();
  },
  bytes: () => Buffer.from('bytes'),
  'detached bytes': detached,
  'a function that throws': () => throwing,
};
