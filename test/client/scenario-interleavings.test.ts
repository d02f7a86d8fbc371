/**
 * Hundreds of sessions, each with its own random order of calls, at a service with faults: every promise settles, and
 * no socket or timer is left.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSeededRandom, newAvatarSession } from '../../src/index.js';
import type { AvatarSession, Random, Utterance } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { tone } from '../emulator/pcm.js';
import { searched } from '../support/search.js';
import { LooseEnds } from './scenario-support/loose-ends.js';
import { record } from './scenario-support/record.js';
import type { Record } from './scenario-support/record.js';
import { expectSpokenOnce } from './scenario-support/spoken.js';
import { QUICK } from './scenario-support/trial.js';

const SESSIONS = 250;
const AT_ONCE = 25;
const PCM = tone(120);

const FAULTS: readonly Fault[] = [
  { kind: 'refuse', phase: 'token', probability: 0.05, times: 'always', status: 503 },
  { kind: 'delay', phase: 'token', probability: 0.2, times: 'always', delayMs: 5 },
  { kind: 'reset', phase: 'upgrade', probability: 0.05, times: 'always' },
  { kind: 'delay', phase: 'handshake', probability: 0.2, times: 'always', delayMs: 5 },
  {
    kind: 'close',
    phase: 'runtime',
    probability: 0.2,
    times: 'always',
    afterAudioBytes: [0, 6_400],
    code: 4503,
  },
  {
    kind: 'close',
    phase: 'runtime',
    probability: 0.05,
    times: 'always',
    afterAudioBytes: [0, 6_400],
    code: 4001,
  },
  { kind: 'framesAfterInterrupt', phase: 'runtime', probability: 0.3, times: 'always' },
];

/** One session and its record after its end. */
interface Life {
  readonly seen: Record;
  readonly session: AvatarSession;
  readonly utterances: readonly Utterance[];
  readonly settled: readonly PromiseSettledResult<unknown>[];
}

async function live(session: AvatarSession, random: Random): Promise<Life> {
  const seen = record(session);
  const controller = new AbortController();
  const promises: Promise<unknown>[] = [];
  const utterances: Utterance[] = [];
  const calls: readonly (() => unknown)[] = [
    () => promises.push(session.start()),
    () => promises.push(session.start({ signal: controller.signal })),
    () => promises.push(session.init()),
    () => promises.push(session.sendAudio(PCM.subarray(0, 640), random.next() < 0.5)),
    () => utterances.push(session.speak(PCM)),
    () => utterances.push(session.speak(PCM)),
    () => promises.push(session.interrupt()),
    () => promises.push(utterances.at(-1)?.interrupt() ?? Promise.resolve()),
    () => random.next() < 0.3 && controller.abort(),
    () => random.next() < 0.3 && promises.push(session.close({ drain: random.next() < 0.5, timeoutMs: 20 })),
  ];
  for (let left = 4 + Math.floor(random.next() * 10); left > 0; left -= 1) {
    calls[Math.floor(random.next() * calls.length)]?.();
    for (let turns = Math.floor(random.next() * 12); turns > 0; turns -= 1) await turn();
  }
  promises.push(...utterances.map(({ finished }) => finished));
  if (random.next() < 0.5) await session.close({ drain: true, timeoutMs: 50 });
  await session.close();
  return { seen, session, utterances, settled: await Promise.allSettled(promises) };
}

async function check({ seen, session, utterances }: Life): Promise<void> {
  expect(session.state).toBe('closed');
  expect(seen.closes).toHaveLength(1);
  expect(seen.names.at(-1)).toBe('close');
  for (const { reqId, finished } of utterances) {
    const result = await finished.catch(() => undefined);
    const keyframes = seen.framesOf(reqId).flatMap((frame) => frame.keyframes);
    if (result?.outcome === 'delivered' || result?.outcome === 'replayed')
      expectSpokenOnce(seen.frames, reqId, PCM);
    if (result !== undefined) expect(keyframes).toHaveLength(result.keyframes);
  }
}

/** For each avatar, the largest number of sockets that were open at the same time. */
function peaksByAvatar(service: AvatarEmulator): Map<string, number> {
  const avatarOf = new Map<number, string>();
  const open = new Map<string, number>();
  const peaks = new Map<string, number>();
  for (const entry of service.log) {
    if (entry.event === 'upgradeRequested') avatarOf.set(entry.connection, entry.avatarId);
    if (entry.event !== 'opened' && entry.event !== 'closed') continue;
    const avatar = avatarOf.get(entry.connection) ?? '';
    const now = (open.get(avatar) ?? 0) + (entry.event === 'opened' ? 1 : -1);
    open.set(avatar, now);
    peaks.set(avatar, Math.max(peaks.get(avatar) ?? 0, now));
  }
  return peaks;
}

describe('a thousand random interleavings', () => {
  it.each(searched([1, 2, 3, 4], [1]))(
    'of start, speak, interrupt, abort and close: every promise settles, and no socket is left open (quarter %i)',
    async (seed) => {
      using loose = new LooseEnds();
      const avatars = Array.from({ length: SESSIONS }, (_, at) => `avatar-${at}`);
      await using service = await AvatarEmulator.start({
        seed,
        faults: FAULTS,
        avatars,
        maxLogEntries: 1_000_000,
      });
      const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
      const outcomes = new Map<string, number>();
      const left = avatars.entries();
      const liveOneByOne = async (): Promise<void> => {
        for (const [at, avatarId] of left) {
          const options = { ...credentials, consoleEndpointUrl, ingressEndpointUrl, avatarId, retry: QUICK };
          const life = await live(newAvatarSession(options), createSeededRandom(seed * SESSIONS + at));
          await check(life);
          for (const { status } of life.settled) outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, liveOneByOne));
      await loose.settle();
      expect(loose.found).toEqual([]);
      expect(outcomes.get('fulfilled')).toBeGreaterThan(SESSIONS);
      expect(outcomes.get('rejected')).toBeGreaterThan(SESSIONS / 2);
      expect([...peaksByAvatar(service)].filter(([, peak]) => peak > 1)).toEqual([]);
      for (let turns = 0; turns < 1_000 && service.openSockets > 0; turns += 1) await turn();
      expect(service.openSockets).toBe(0);
    },
  );
});
