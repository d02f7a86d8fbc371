/**
 * Random hostile values for all options, and for all functions that an application gives or calls. Each promise settles in time, with
 * an AvatarSDKError, a TypeError or a RangeError; no rejection is unhandled; `close()` settles; other sessions can still dial.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../src/adapters/node/system-clock.js';
import { onRejection } from '../../src/core/option/plain-object.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { AvatarSDKError, createWsTransport, newAvatarSession } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import type { TransportConnection } from '../../src/ports/transport.js';
import { HOSTILE } from './hostile-values.js';
import { FUNCTION_PATHS, OPTION_PATHS } from './option-names.js';

const SETTLES_WITHIN_MS = 10_000;
const RUNS = 600;
const QUICK_RETRY = { maxAttempts: 2, backoff: { baseMs: 1, minIntervalMs: 0 } };

/** Short limits, because a failing coordinator is asked again until the limit of the outage. */
const IMPATIENT = { ...QUICK_RETRY, maxElapsedMs: 50 };

type Options = Partial<Record<string, unknown>>;
/** Further functions of the application, besides those that are options; each returns the value or throws it. */
const FURTHER_FUNCTIONS: Readonly<Record<string, (call: () => unknown) => Options>> = {
  'transport that closes at once': (call) => ownTransport(call, () => ({ send: undefined })),
  'methods of a connection': (call) =>
    ownTransport(call, () => ({
      ...{ send: call, ping: call, close: call, terminate: call, notifyBelow: call },
      ...{ bufferedBytes: memberOf(call), receivedBytes: memberOf(call), takenBytes: memberOf(call) },
    })),
  'all methods of a connect gate': (call) => ({ connectGate: { endpoint: () => gateOf(call, call) } }),
  'all methods of a permit of a connect gate': (call) => ({
    connectGate: {
      endpoint: () =>
        gateOf(
          () => ALLOWS,
          () => permitOf(call),
        ),
    },
  }),
  'all methods of a coordinator': (call) => ({
    retry: IMPATIENT,
    coordinator: { acquire: call, dial: call, publish: call },
  }),
  'all members of a lease': (call) => ({
    retry: IMPATIENT,
    coordinator: { acquire: () => ({ lost: memberOf(call), release: call }), publish: call },
  }),
  'the end of a lease': (call) => ({
    coordinator: { acquire: () => ({ lost: new AbortController().signal, release: call }), publish: call },
  }),
  'all handlers': (call) =>
    Object.fromEntries(
      FUNCTION_PATHS.filter(([name]) => name?.startsWith('on')).map(([name = '']) => [name, call]),
    ),
  nothing: () => ({}),
};

const ALLOWS = 0;
const gateOf = (call: () => unknown, enter: () => unknown): object => ({
  ...{ register: call, unregister: call, answered: call, resendInMs: call },
  enter,
});
const permitOf = (call: () => unknown): object => ({
  ...{
    prepared: call,
    confirmed: call,
    failed: call,
    decided: call,
    lost: call,
    left: call,
    whyWaiting: call,
  },
  get admission() {
    return valueOf(call);
  },
});

/** A working transport whose connections have the members of `over`; without a `send` it closes at the first message. */
function ownTransport(call: () => unknown, over: () => Record<string, unknown>): Options {
  const dial = async (
    request: never,
    sink: { closed(code: unknown, reason: unknown, cause: unknown): void },
  ): Promise<unknown> => {
    const connection = await createWsTransport().dial(request, sink as never);
    const end = (): void => sink.closed(memberOf(call), memberOf(call), memberOf(call));
    const { send = () => setImmediate(end), ...others } = over();
    return Object.create(
      connection,
      Object.getOwnPropertyDescriptors({ ...bound(connection), send, ...others }),
    ) as unknown;
  };
  return { transport: { name: 'own', sendsHeaders: true, dial } };
}

function bound(connection: TransportConnection): Partial<TransportConnection> {
  return {
    terminate: () => connection.terminate(),
    close: (code, reason) => connection.close(code, reason),
    notifyBelow: (bytes) => connection.notifyBelow(bytes),
  };
}

/** Working implementations; a test replaces one method of them. */
const WORKING: Readonly<Record<string, object>> = {
  transport: { ...createWsTransport() },
  clock: createSystemClock(),
  random: { next: Math.random },
};

/** Options that have only the option at this path. */
function at([name = '', ...within]: readonly string[], value: unknown): Options {
  return { [name]: within.reduceRight((inner, key) => ({ [key]: inner }), value) };
}

function withFunction(path: readonly string[], call: () => unknown): Options {
  const [name = '', member] = path;
  if (member === undefined) return { [name]: call };
  if (name === 'retry') return { retry: { ...QUICK_RETRY, [member]: call } };
  const retry = name === 'coordinator' ? IMPATIENT : QUICK_RETRY;
  return { [name]: { ...WORKING[name], [member]: call }, retry };
}

/** A value for a member that is perhaps never read; a rejection of it is handled here. */
function memberOf(call: () => unknown): unknown {
  const value = valueOf(call);
  onRejection(value, () => undefined);
  return value;
}

function valueOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
}

let service: AvatarEmulator;
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
beforeAll(async () => {
  service = await AvatarEmulator.start();
  process.on('unhandledRejection', onUnhandled);
  // Failing handlers cause warnings, which this test does not check.
  vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled);
  vi.restoreAllMocks();
  await service.stop();
});

function settings(more: Options): AvatarSessionOptions {
  const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
  return {
    ...credentials,
    consoleEndpointUrl,
    ingressEndpointUrl,
    timeoutMs: 60,
    silenceTimeoutMs: 100,
    retry: QUICK_RETRY,
    connectGate: false,
    ...more,
  };
}

/** Fails if the call does not settle in time, or if its error is not an AvatarSDKError, TypeError or RangeError. */
async function settles(what: string, begin: () => unknown): Promise<void> {
  let late: NodeJS.Timeout | undefined;
  const limit = new Promise((_resolve, reject) => {
    late = setTimeout(() => reject(new Error(`${what} has not settled`)), SETTLES_WITHIN_MS);
  });
  try {
    await Promise.race([begin(), limit]);
  } catch (error) {
    const may = AvatarSDKError.is(error) || error instanceof TypeError || error instanceof RangeError;
    if (!may)
      throw new Error(`${what}: neither an AvatarSDKError nor a TypeError or RangeError`, { cause: error });
  } finally {
    clearTimeout(late);
  }
}

async function live(options: Options, call: () => unknown): Promise<void> {
  let made: AvatarSession | undefined;
  await settles('new', () => {
    made = newAvatarSession(settings(options));
  });
  if (made === undefined) return;
  const session = made;
  const given = call as () => never;
  await settles('init', () => session.init());
  await settles('start with a hostile argument', () => session.start(given()));
  await settles('start with a hostile signal', () => session.start({ signal: given() }));
  await settles('start', () => session.start());
  await settles('sendAudio', () => session.sendAudio(given(), true));
  await settles('speak', () => {
    const utterance = session.speak(given());
    void utterance.end();
    return utterance.finished;
  });
  await settles('speak with hostile options', () => session.speak(new Uint8Array(64), given()).finished);
  await settles('write', () => {
    const utterance = session.speak();
    const written = utterance.write(given());
    void utterance.interrupt();
    return written;
  });
  await settles('pause', () => session.pause());
  for (const method of ['on', 'once', 'off', 'removeListener'] as const) {
    await settles(method, () => session[method]('close', given()));
    await settles(`${method} with a hostile event`, () => session[method](given(), () => undefined));
  }
  await settles('an error of hostile fields', () => new AvatarSDKError(given()));
  for (const name of ['code', 'phase', 'message', 'httpStatus', 'rawBody', 'cause', 'toJSON']) {
    await settles(`an error with a hostile ${name}`, () => {
      const fields = { code: 'unknown', phase: 'session_token', step: 'request', message: 'm' } as const;
      return JSON.stringify(new AvatarSDKError({ ...fields, [name]: given() }));
    });
  }
  await settles('close with a hostile argument', () => session.close(given()));
  await settles('close', () => session.close());
  expect(session.state).toBe('closed');
  expect(() => JSON.stringify(session.explain())).not.toThrow();
}

const hostile = fc.constantFrom(...Object.keys(HOSTILE));
/** Used only for functions, because a value that is an option or an argument is not awaited. */
const REJECTS = 'a promise that rejects';
const hostileAnswer = fc.constantFrom(REJECTS, ...Object.keys(HOSTILE));
const make = (name: string): unknown =>
  name === REJECTS ? Promise.reject(new Error('hostile')) : HOSTILE[name]?.();

const EMULATOR_OPTION_NAMES = [
  ...['port', 'host', 'allowedHosts', 'seed', 'faults', 'apps', 'avatars', 'tokenErrorShape', 'tokenField'],
  ...['tokenInData', 'tokenLifetimeMs', 'singleUseTokens', 'capabilities', 'keyframesPerMessage', 'pace'],
  ...['idleTimeoutMs', 'idleCloseCode', 'maxSessionMs', 'creditMs', 'maxSessions', 'retryAfterSeconds'],
  ...['overLimit', 'ghostMs', 'tokenEndsSession', 'roomTokens', 'playoutSpeed', 'playbackStateIntervalMs'],
  ...['egressOverlap', 'pauseTimeoutMs', 'maxMessageBytes', 'maxLogEntries', 'unknown'],
] as const;

describe('hostile values', () => {
  it('in the options of the emulator are used, or refused by TypeError or RangeError', async () => {
    for (const [kind, hostileValue] of Object.entries(HOSTILE)) {
      for (const name of EMULATOR_OPTION_NAMES) {
        for (const value of [hostileValue(), [hostileValue()]]) {
          const started = await AvatarEmulator.start({ [name]: value }).catch((error: unknown) => error);
          if (started instanceof AvatarEmulator) await started.stop();
          else expect([TypeError, RangeError], `${name}: ${kind}`).toContain((started as Error).constructor);
        }
      }
      expect(() => service.inject(hostileValue() as never), `inject: ${kind}`).toThrow();
    }
  });

  it(
    'in any option or function leave no promise unsettled and do not affect other sessions',
    { timeout: 120_000 },
    async () => {
      const scenario = fc.oneof(
        fc.record({ option: fc.constantFrom(...OPTION_PATHS), value: hostile }),
        fc.record({ of: fc.constantFrom(...FUNCTION_PATHS), throws: fc.boolean(), value: hostileAnswer }),
        fc.record({
          further: fc.constantFrom(...Object.keys(FURTHER_FUNCTIONS)),
          throws: fc.boolean(),
          value: hostileAnswer,
        }),
      );
      const property = fc.asyncProperty(scenario, async (drawn) => {
        const { value } = drawn;
        const call = (): unknown => make(value);
        const thrower = (): never => {
          throw make(value === REJECTS ? 'undefined' : value);
        };
        if ('option' in drawn) await live(at(drawn.option, make(value)), call);
        else {
          const given = drawn.throws ? thrower : call;
          const options =
            'of' in drawn ? withFunction(drawn.of, given) : FURTHER_FUNCTIONS[drawn.further]?.(given);
          await live(options ?? {}, value === REJECTS ? () => undefined : call);
        }
        await new Promise(setImmediate);
        expect(unhandled).toEqual([]);
      });
      await fc.assert(property, {
        numRuns: RUNS,
        seed: 13,
        plugins: [fc.interruptAfterTimeLimit(20_000)],
        endOnFailure: true,
      });
      await using other = newAvatarSession(settings({ timeoutMs: 5_000, silenceTimeoutMs: 5_000 }));
      await expect(other.start()).resolves.toEqual(expect.any(String));
      await expect(other.speak(new Uint8Array(1_280)).finished).resolves.toMatchObject({
        outcome: 'delivered',
      });
    },
  );
});
