/**
 * The replay of a recorded flight: the same session behaves in the same way, and another one does not.
 * Virtual time.
 */
import { describe, expect, it } from 'vitest';
import { FAULT_PLANS } from '../../src/emulator/index.js';
import { createSeededRandom } from '../../src/index.js';
import type { FlightLine } from '../../src/recorder/flight-record.js';
import { linesOf } from '../../src/recorder/flight-record.js';
import { replayFlight, Unplayable } from '../../src/recorder/replay/replay.js';
import { recordFlight, SECOND } from './flight.js';
import type { FlightPlan } from './flight.js';

const ofSession = (lines: readonly FlightLine[]): FlightLine[] =>
  lines.filter((line) => 'session_id' in line);

/** Speaks for five seconds in real time, like a microphone. */
const speakSlowly: FlightPlan['fly'] = async (session, sleep) => {
  await session.start();
  const utterance = session.speak(undefined, { label: 'five seconds' });
  for (let piece = 0; piece < 125; piece += 1) {
    await utterance.write(SECOND.subarray(0, 1_280));
    await sleep(40);
  }
  await utterance.end();
  await utterance.finished;
};

async function replayOf(plan: FlightPlan): Promise<Awaited<ReturnType<typeof replayFlight>>> {
  return replayFlight(ofSession((await recordFlight(plan)).all));
}

describe('a replayed flight', () => {
  it.each(Object.entries(FAULT_PLANS))('is the same under the plan %s', async (_name, faults) => {
    const { differences, replayed } = await replayOf({
      emulator: { faults, pace: 'realtime' },
      fly: speakSlowly,
    });
    expect(differences).toEqual([]);
    expect(replayed.end.length + replayed.dials.length).toBeGreaterThan(1);
  });

  it.each<[string, FlightPlan]>([
    ['with the audio at once', {}],
    ['with its payload', { payload: true }],
    [
      'with an interrupt',
      {
        emulator: { pace: 'realtime' },
        async fly(session, sleep) {
          await session.start();
          const first = session.speak(SECOND);
          await sleep(500);
          await first.interrupt();
          await session.speak(SECOND).finished;
        },
      },
    ],
    [
      'with many utterances',
      {
        emulator: { faults: [{ kind: 'close', phase: 'runtime', code: 1012, afterKeyframes: 60 }] },
        async fly(session) {
          await session.start();
          await Promise.all([1, 2, 3, 4].map(() => session.speak(SECOND).finished));
        },
      },
    ],
    ['with a wrong key, which is not retried', { session: { apiKey: 'mistyped' } }],
    [
      'that failed after three attempts',
      {
        emulator: { faults: [{ kind: 'refuse', phase: 'upgrade', status: 503, times: 'always' }] },
        session: { retry: { maxAttempts: 3 } },
      },
    ],
    [
      'that failed at its time limit',
      {
        emulator: { faults: [{ kind: 'refuse', phase: 'token', status: 502, times: 'always' }] },
        session: { retry: { maxElapsedMs: 20_000 } },
      },
    ],
    [
      'with errors of the system',
      {
        emulator: {
          faults: [
            { kind: 'reset', phase: 'token' },
            { kind: 'reset', phase: 'upgrade' },
          ],
        },
      },
    ],
    [
      'with a service that becomes silent',
      {
        emulator: {
          faults: [{ kind: 'silence', phase: 'runtime', afterKeyframes: 10 }],
          pace: 'realtime',
        },
        fly: speakSlowly,
      },
    ],
    [
      'that was restarted',
      {
        emulator: { faults: [{ kind: 'refuse', phase: 'upgrade', status: 503, times: 2 }] },
        session: { retry: { maxAttempts: 2 } },
        async fly(session, sleep) {
          await session.start().catch(() => undefined);
          await sleep(1_000);
          await session.restart();
          await session.speak(SECOND).finished;
        },
      },
    ],
    [
      'with a token that was fetched in advance',
      {
        async fly(session) {
          await session.init();
          await session.start();
          await session.speak(SECOND).finished;
        },
      },
    ],
  ])('is the same %s', async (_what, plan) => {
    expect((await replayOf(plan)).differences).toEqual([]);
  });

  it('is the same under the plan chaos with any seed', async () => {
    const failures: string[] = [];
    for (let seed = 1; seed <= 20; seed += 1) {
      const emulator = { faults: FAULT_PLANS.chaos, seed, pace: 'realtime' } as const;
      const session = { random: createSeededRandom(seed) };
      const { differences, replayed } = await replayOf({ emulator, session, fly: speakSlowly });
      expect(differences, `seed ${seed}`).toEqual([]);
      failures.push(...replayed.failures);
    }
    expect(failures.length).toBeGreaterThan(20);
  });

  it('differs when the record contains another event', async () => {
    const { all } = await recordFlight({
      emulator: { faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 5 }] },
    });
    const lines = ofSession(all).map((line) =>
      line.kind === 'utterance' && line.stage === 'ended' ? { ...line, keyframes: 24 } : line,
    );
    const { differences } = await replayFlight(lines);
    expect(differences).toEqual([
      {
        what: 'utterances',
        recorded: ['replayed, 24 keyframes, sent again 1 ×'],
        replayed: ['replayed, 25 keyframes, sent again 1 ×'],
      },
    ]);
  });

  it('differs with another policy, because the options of the record are used', async () => {
    const { all } = await recordFlight({
      emulator: { faults: [{ kind: 'refuse', phase: 'upgrade', status: 503 }] },
    });
    const lines = ofSession(all).map((line) =>
      line.kind === 'session' ? { ...line, config: { ...line.config, retry: { maxAttempts: 1 } } } : line,
    );
    const { differences } = await replayFlight(lines);
    expect(differences.map(({ what }) => what)).toContain('end');
  });

  it('needs the begin of the session', async () => {
    const { all } = await recordFlight();
    const [first] = linesOf(all, 'state');
    const lines = ofSession(all).filter((line) => line !== first);
    await expect(replayFlight(lines)).rejects.toThrow(Unplayable);
  });

  it('ends where the record ends', async () => {
    const { all } = await recordFlight({ emulator: { pace: 'realtime' }, fly: speakSlowly });
    const { differences, replayed } = await replayFlight(ofSession(all).slice(0, 60));
    expect(differences).toEqual([]);
    expect(replayed.end).toEqual([]);
  });
});
