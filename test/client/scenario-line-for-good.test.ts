/**
 * A line that stays broken, in every phase: the session fails after its attempts, in bounded time, with the reason.
 */
import { describe, expect, it } from 'vitest';
import { tone } from '../emulator/pcm.js';
import type { LineFault, Place } from '../support/line-fault.js';
import { FaultyLine } from './scenario-support/faulty-line.js';
import type { LinePlan } from './scenario-support/faulty-line.js';
import { enters } from './scenario-support/record.js';
import { waitFor } from '../support/wait-for.js';

const MAX_ATTEMPTS = 2;
const WITHIN_MS = 4_500;
const SESSION = {
  timeoutMs: 150,
  heartbeat: { intervalMs: 40, timeoutMs: 100 },
  retry: { maxAttempts: MAX_ATTEMPTS, backoff: { baseMs: 1, capMs: 4, minIntervalMs: 0 } },
};
const BREAKS: readonly LineFault[] = [{ kind: 'cut' }, { kind: 'reset' }, { kind: 'halfOpen' }];

function plan(on: 'console' | 'ingress', place: Place, fault: LineFault): LinePlan {
  return { [on]: [{ connection: 'always', place, fault }], session: SESSION };
}

const DIAL_PHASES = [
  ['the token request', 'session_token', 'console', { direction: 'toClient', atByte: 40 }],
  ['the upgrade', 'websocket_connect', 'ingress', { direction: 'toClient', atByte: 40 }],
  ['the handshake', 'websocket_connect', 'ingress', { direction: 'toClient', from: 'headEnd', atByte: 4 }],
] as const;

describe.each(DIAL_PHASES)('a line that always fails %s', (_step, phase, on, place) => {
  it.each(BREAKS)('with a $kind: start() rejects after the attempts', async (fault) => {
    await FaultyLine.during(plan(on, place, fault), async ({ session, seen, [on]: proxy }) => {
      const sinceMs = performance.now();
      await expect(session.start()).rejects.toMatchObject({ phase, willRetry: false, reason: 'attempts' });
      expect(performance.now() - sinceMs).toBeLessThan(WITHIN_MS);
      expect(proxy.taken).toBe(MAX_ATTEMPTS);
      expect(seen.errors.map(({ attempt, willRetry }) => [attempt, willRetry])).toEqual([
        [1, true],
        [MAX_ATTEMPTS, false],
      ]);
      expect(seen.closes).toMatchObject([{ reason: 'failed', error: { phase, reason: 'attempts' } }]);
      expect(session.state).toBe('closed');
      await waitFor(() => expect(proxy.openClients).toBe(0));
    });
  });
});

describe('a line that fails every connection soon after its confirmation', () => {
  // A byte after the confirmation, inside the third frame.
  const place: Place = { direction: 'toClient', from: 'headEnd', atByte: 1_500 };

  it.each(BREAKS)(
    'with a $kind: the utterance fails after the attempts, with their reason',
    async (fault) => {
      await FaultyLine.during(plan('ingress', place, fault), async ({ session, seen, ingress }) => {
        await session.start();
        const sinceMs = performance.now();
        const { finished } = session.speak(tone(600));
        await expect(finished).rejects.toMatchObject({ outcome: 'failed', reason: 'attempts' });
        expect(performance.now() - sinceMs).toBeLessThan(WITHIN_MS);
        expect(ingress.taken).toBe(MAX_ATTEMPTS);
        await enters(session, 'closed');
        expect(seen.closes).toMatchObject([{ reason: 'failed', error: { reason: 'attempts' } }]);
        // All keyframes before the end were delivered once.
        expect(seen.frames.map(({ index }) => index)).toEqual(seen.frames.map((_, at) => at));
      });
    },
  );
});

describe('close() over a line that is half-open', () => {
  it.each([
    ['in both directions', { kind: 'halfOpen' }],
    ['towards the service', { kind: 'halfOpen', oneWay: true }],
  ] as const)('%s resolves soon, and leaves no socket', async (_how, fault) => {
    await FaultyLine.during({ session: { heartbeat: false } }, async ({ session, ingress, seen }) => {
      await session.start();
      ingress.strike(fault, { direction: 'toService', atByte: 0 });
      const { finished } = session.speak(tone(200));
      const sinceMs = performance.now();
      await session.close();
      expect(performance.now() - sinceMs).toBeLessThan(WITHIN_MS);
      await expect(finished).rejects.toMatchObject({ outcome: 'failed', reason: 'closed' });
      expect(seen.closes).toEqual([{ reason: 'closed' }]);
      await waitFor(() => expect(ingress.openClients).toBe(0));
    });
  });
});
