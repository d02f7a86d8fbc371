/**
 * Transports and agents of the application that break their contract: every promise settles within the limits, with
 * one error.
 */
import { EventEmitter } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { AvatarSDKError, createWsTransport, newAvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions, Transport, TransportConnection, TransportSink } from '../../src/index.js';
import { tone } from '../emulator/pcm.js';
import { LooseEnds } from './scenario-support/loose-ends.js';

let service: AvatarEmulator;
beforeAll(async () => {
  service = await AvatarEmulator.start();
});
afterAll(() => service.stop());

const options = (more: Partial<AvatarSessionOptions>): AvatarSessionOptions => ({
  ...service.credentials,
  consoleEndpointUrl: service.consoleEndpointUrl,
  ingressEndpointUrl: service.ingressEndpointUrl,
  timeoutMs: 300,
  silenceTimeoutMs: 500,
  connectGate: false,
  retry: { maxAttempts: 2, backoff: { baseMs: 1, minIntervalMs: 0 } },
  onError: () => undefined,
  ...more,
});

const ws = createWsTransport();
const own = (dial: Transport['dial']): Transport => ({ name: 'own', sendsHeaders: true, dial });
/** A transport with real connections in which some members are replaced. */
const withConnection = (
  change: (connection: TransportConnection, sink: TransportSink) => object,
  changeSink: (sink: TransportSink) => object = () => ({}),
): Transport =>
  own(async (request, sink) => {
    const changed = Object.assign(forwarding(sink), changeSink(sink));
    const connection = await ws.dial(request, changed);
    const facade = {
      send: (bytes: Uint8Array) => connection.send(bytes),
      notifyBelow: (bytes: number) => connection.notifyBelow(bytes),
      close: (code: number, reason: string) => connection.close(code, reason),
      terminate: () => connection.terminate(),
      bufferedBytes: 0,
      receivedBytes: 0,
    };
    return Object.assign(facade, change(connection, changed));
  });
const forwarding = (sink: TransportSink): TransportSink => ({
  message: (data) => sink.message(data),
  closed: (code, reason, cause) => sink.closed(code, reason, cause),
  violated: (message, cause) => sink.violated(message, cause),
  drained: () => sink.drained(),
});
const broken = (): never => {
  throw new Error('the transport is broken');
};

const rejects = (): Promise<never> => Promise.reject(new Error('the transport is broken'));

const rejectedWith = Promise.reject.bind(Promise) as (reason: unknown) => Promise<never>;

const TRANSPORTS: readonly (readonly [string, () => Transport])[] = [
  ['never opens', () => own(() => new Promise(() => undefined))],
  ['throws at once', () => own(broken)],
  ['rejects with undefined', () => own(() => rejectedWith(undefined))],
  ['opens nothing', () => own(() => Promise.resolve(undefined as never))],
  ['opens a connection without functions', () => own(() => Promise.resolve({} as never))],
  [
    'never calls closed',
    () =>
      withConnection(
        () => ({}),
        () => ({ closed: () => undefined }),
      ),
  ],
  [
    'never calls any function of its sink',
    () =>
      withConnection(
        () => ({ close: () => undefined, terminate: () => undefined }),
        () => ({ message: () => undefined, closed: () => undefined }),
      ),
  ],
  [
    'closes twice, and calls its sink after that',
    () =>
      withConnection(
        () => ({}),
        (sink) => ({
          closed: (code: number, reason: string) => {
            sink.closed(code, reason);
            sink.closed(4001, 'again');
            sink.message(Uint8Array.of(8, 2));
            sink.drained();
            sink.violated('after the end');
          },
        }),
      ),
  ],
  [
    'reports closed before it is open',
    () =>
      own(async (request, sink) => {
        sink.closed(1006, '');
        return ws.dial(request, forwarding(sink));
      }),
  ],
  [
    'opens a second connection on the same sink',
    () =>
      own(async (request, sink) => {
        const second = await ws.dial(request, forwarding(sink));
        setTimeout(() => second.terminate(), 20);
        return ws.dial(request, sink);
      }),
  ],
  ['throws in send', () => withConnection(() => ({ send: broken }))],
  ['rejects in send', () => withConnection(() => ({ send: rejects }))],
  [
    'rejects in every other method',
    () => withConnection(() => ({ close: rejects, terminate: rejects, notifyBelow: rejects, ping: rejects })),
  ],
  ['throws in close and terminate', () => withConnection(() => ({ close: broken, terminate: broken }))],
  [
    'throws in notifyBelow and ping',
    () => withConnection(() => ({ notifyBelow: broken, ping: broken, bufferedBytes: 1e9 })),
  ],
  [
    'throws when its numbers are read',
    () =>
      withConnection(() =>
        Object.defineProperties({}, { bufferedBytes: { get: broken, enumerable: false } }),
      ),
  ],
  [
    'delivers values that are not messages',
    () =>
      withConnection(
        () => ({}),
        (sink) => ({ message: () => sink.message({ data: 1 } as never) }),
      ),
  ],
];

/** The result or the error of the promise. Fails if it takes longer than all limits together. */
async function settled(promise: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the promise has not settled')), 8_000);
  });
  try {
    return await Promise.race([promise.catch((error: unknown) => error), late]);
  } finally {
    clearTimeout(timer);
  }
}

describe('a transport that', () => {
  it.each(TRANSPORTS)('%s', { timeout: 30_000 }, async (_what, transport) => {
    using loose = new LooseEnds();
    const session = newAvatarSession(options({ transport: transport() }));
    const started = await settled(session.start());
    expect(typeof started === 'string' || AvatarSDKError.is(started), String(started)).toBe(true);
    const spoken = await settled(session.speak(tone(40)).finished);
    expect('outcome' in (spoken as object), String(spoken)).toBe(true);
    await settled(session.close());
    expect(session.state).toBe('closed');
    await loose.settle();
    expect(loose.found).toEqual([]);
    // Other sessions are not affected.
    await using other = newAvatarSession(options({}));
    expect(await other.start()).toMatch(/./);
  });

  it('hangs in the dial does not delay close()', async () => {
    const session = newAvatarSession(
      options({ transport: own(() => new Promise(() => undefined)), timeoutMs: 60_000 }),
    );
    const started = session.start();
    await expect.poll(() => session.state).toBe('websocket_connect');
    await settled(session.close());
    expect(await settled(started)).toMatchObject({ reason: 'closed' });
  });
});

const NO_SOCKETS: readonly (readonly [string, () => unknown])[] = [
  ['an object', () => ({})],
  ['a text', () => 'socket'],
  ['a number', () => 1],
  ['an emitter that is not a stream', () => new EventEmitter()],
  ['a Proxy that throws', () => new Proxy({}, { get: broken, has: broken })],
];
type Hand = (agent: Agent, what: unknown) => void;
const set = (agent: Agent, name: string, value: unknown): void => {
  Object.defineProperty(agent, name, { value, configurable: true });
};
const WAYS: readonly (readonly [string, Hand])[] = [
  ['returned by createConnection', (agent, what) => set(agent, 'createConnection', () => what)],
  [
    'given to the callback of createConnection',
    (agent, what) =>
      set(agent, 'createConnection', (_options: unknown, made: (error: null, what: unknown) => void) => {
        setImmediate(() => made(null, what));
      }),
  ],
  [
    'given to the request',
    (agent, what) =>
      set(agent, 'addRequest', (request: { onSocket(what: unknown): void }) => {
        setImmediate(() => request.onSocket(what));
      }),
  ],
];

describe.each(WAYS)('a value that is not a socket, %s of an agent', (_way, hand) => {
  it.each(NO_SOCKETS)('%s', async (_what, value) => {
    for (const where of ['console', 'ingress'] as const) {
      using loose = new LooseEnds();
      const agent = new Agent();
      hand(agent, value());
      const given = where === 'console' ? { agent } : { transport: createWsTransport({ agent }) };
      const session = newAvatarSession(options(given));
      const error = await settled(session.start());
      expect(error).toMatchObject({ code: 'connectionFailed', reason: 'attempts' });
      expect((error as Error).message).toContain('the agent handed over no socket');
      await settled(session.close());
      await loose.settle();
      expect(loose.found).toEqual([]);
    }
  });
});

describe('an agent', () => {
  it('that throws causes an error, and one that returns sockets works', async () => {
    using loose = new LooseEnds();
    const failing = new Agent();
    set(failing, 'createConnection', () => broken());
    const error = await settled(newAvatarSession(options({ agent: failing })).start());
    expect(error).toMatchObject({ code: 'connectionFailed' });
    const made: unknown[] = [];
    class Own extends Agent {
      readonly #made = made;
      override createConnection(to: object, done?: (error: Error | null, socket: never) => void): never {
        const socket = connect(to as { port: number; host: string });
        this.#made.push(socket);
        setImmediate(() => done?.(null, socket as never));
        return undefined as never;
      }
    }
    const session = newAvatarSession(options({ agent: new Own() }));
    expect(await settled(session.start())).toMatch(/./);
    expect(made).toHaveLength(2);
    await session.close();
    await loose.settle();
    expect(loose.found).toEqual([]);
  });
});
