/**
 * What an application can do in its callbacks: the state of the session is consistent, the callback can end the
 * session, and an error in the callback has no other effect.
 */
import { describe, expect, it } from 'vitest';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { tone } from '../emulator/pcm.js';
import { LooseEnds } from './scenario-support/loose-ends.js';
import { next } from './scenario-support/record.js';
import { expectSpokenOnce } from './scenario-support/spoken.js';
import type { Trial } from './scenario-support/trial.js';
import { openTrial } from './scenario-support/trial.js';

/**
 * Faults that together with frames and a pause cause a call of every callback: a refused token and a lost
 * connection.
 */
const EVENTFUL: readonly Fault[] = [
  { kind: 'refuse', phase: 'token', nth: 1, status: 503 },
  { kind: 'close', phase: 'runtime', nth: 1, afterKeyframes: 5, code: 4503, reason: 'deploy' },
];
const PCM = tone(1_000);

const CALLBACKS = [
  'onError',
  'onRetry',
  'onReconnect',
  'onStateChange',
  'onFrame',
  'onPlayback',
  'onClose',
  'transportFrames',
] as const satisfies (keyof AvatarSessionOptions)[];

async function live({ session }: Trial): Promise<string> {
  await session.start();
  const reconnected = next(session, 'reconnect');
  const utterance = session.speak();
  await utterance.write(PCM.subarray(0, 16_000));
  await reconnected;
  const paused = next(session, 'playback');
  await session.pause();
  await paused;
  await session.resume();
  await utterance.end(PCM.subarray(16_000));
  await utterance.finished;
  return utterance.reqId;
}

describe('a callback', () => {
  it.each(CALLBACKS)('%s can close the session: it ends once, and all promises settle', async (name) => {
    using loose = new LooseEnds();
    const calls: string[] = [];
    const holder: { session?: AvatarSession; closing: Promise<void>[] } = { closing: [] };
    await using trial = await openTrial(
      { faults: EVENTFUL },
      {
        [name]: () => {
          calls.push(name);
          const closing = holder.session?.close();
          if (closing !== undefined) holder.closing.push(closing);
        },
      },
    );
    const { session, seen } = trial;
    holder.session = session;
    const ended = next(session, 'close');
    void live(trial).then(
      () => session.close(),
      () => undefined, // The callback closed the session, so a step can reject.
    );
    expect(await ended).toEqual({ reason: 'closed' });
    await Promise.all(holder.closing);
    expect(calls.length).toBeGreaterThan(0);
    expect(session.state).toBe('closed');
    expect(seen.closes).toEqual([{ reason: 'closed' }]);
    expect(seen.names.at(-1)).toBe('close');
    expect(await trial.socketsLeft()).toBe(0);
    expect(trial.service.peakOpenSockets).toBeLessThanOrEqual(1);
    await loose.settle();
    expect(loose.found).toEqual([]);
  });

  const HARM: readonly [how: string, harm: () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('thrown by the application');
      },
    ],
    ['rejects', () => Promise.reject(new Error('rejected by the application'))],
    ['rejects with undefined', () => ({ then: (_done: unknown, failed: () => void) => failed() })],
    [
      'returns a hostile thenable',
      () => ({
        then(): never {
          throw new Error('thrown by then');
        },
      }),
    ],
    [
      'returns an object whose then cannot be read',
      () => ({
        get then(): never {
          throw new Error('thrown by a getter');
        },
      }),
    ],
  ];

  it.each(HARM)(
    'that %s, in every callback and listener, has no effect on the session',
    async (_how, harm) => {
      using loose = new LooseEnds();
      const options = Object.fromEntries(CALLBACKS.map((name) => [name, harm]));
      await using trial = await openTrial({ faults: EVENTFUL }, options);
      const { session, seen } = trial;
      for (const name of ['state', 'error', 'retry', 'reconnect', 'frame', 'playback', 'close'] as const) {
        session.on(name, harm);
        session.once(name, harm);
      }
      const reqId = await live(trial);
      expectSpokenOnce(seen.frames, reqId, PCM);
      await session.close();
      expect(seen.closes).toEqual([{ reason: 'closed' }]);
      expect(await trial.socketsLeft()).toBe(0);
      await loose.settle();
      expect(loose.found).toEqual([]);
      const events = loose.warnings.map(({ message }) => /of "(\w+)"/.exec(message)?.[1]);
      expect(events.toSorted()).toEqual([
        'close',
        'error',
        'frame',
        'playback',
        'reconnect',
        'retry',
        'state',
        'transportFrames',
      ]);
      expect(new Set(loose.warnings.map(({ name }) => name))).toEqual(new Set(['AvatarKitHandlerWarning']));
    },
  );

  it('runs in the state that belongs to its event', async () => {
    const wrong: string[] = [];
    await using trial = await openTrial({ faults: EVENTFUL });
    const { session } = trial;
    const expectState = (event: string, ...states: string[]): void => {
      if (!states.includes(session.state)) wrong.push(`${event} in ${session.state}`);
    };
    session.on('retry', () => expectState('retry', 'waiting'));
    session.on('reconnect', () => expectState('reconnect', 'websocket_runtime'));
    session.on('frame', () => expectState('frame', 'websocket_runtime'));
    session.on('close', () => expectState('close', 'closed'));
    session.on('state', ({ to }) => expectState(`state ${to}`, to));
    await live(trial);
    await session.close();
    expect(wrong).toEqual([]);
  });

  it('that closes the session after a fatal failure does not change the reason of the end', async () => {
    await using trial = await openTrial({ faults: [{ kind: 'refuse', phase: 'upgrade', status: 402 }] });
    const { session, seen } = trial;
    session.on('error', (error) => {
      if (!error.willRetry) void session.close();
    });
    await expect(session.start()).rejects.toMatchObject({ code: 'billingRequired', reason: 'rule' });
    expect(seen.closes).toMatchObject([{ reason: 'failed', error: { code: 'billingRequired' } }]);
  });

  it('of a reconnect can pause, interrupt and speak, which affects the new connection', async () => {
    await using trial = await openTrial({
      faults: [{ kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 5 }],
    });
    const { session, service, seen } = trial;
    await session.start();
    session.on('reconnect', () => void session.pause());
    const utterance = session.speak();
    await utterance.write(tone(400));
    const paused = await service.waitFor(
      (e) => e.event === 'paused' || (e.event === 'ignored' && e.connection === 2),
    );
    const begun = service.log.filter((e) => e.event === 'audio' && e.connection === 2);
    expect(paused).toMatchObject({ event: 'paused', connection: 2 });
    expect(begun.length).toBeGreaterThan(0);
    await session.resume();
    await utterance.end();
    await utterance.finished;
    expectSpokenOnce(seen.frames, utterance.reqId, tone(400));
  });
});
