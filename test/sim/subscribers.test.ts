/**
 * Simulated worlds with subscribers: the behaviour of the sessions is unchanged, and the published messages
 * are consistent.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { faultOfLine } from '../../src/recorder/flight-record.js';
import { createRecorder } from '../../src/recorder/index.js';
import { Lines } from '../recorder/flight.js';
import { ChannelRecord } from '../support/channel-record.js';
import { searched } from '../support/search.js';
import { faultsOf } from './published.js';
import { traceOf } from './trace.js';
import { drawSchedule } from './world/draw-schedule.js';
import { runSchedule } from './world/run-schedule.js';

const WORLDS = searched(200, 15);
const SEEDS = Array.from({ length: WORLDS }, (_, at) => at + 1);
const WITHIN_MS = 120_000;
/** The secrets of the worlds: API keys and session tokens. */
const SECRET = /key-[0-9a-f]{8}-|st_[0-9a-f]{32}/;

interface Watched {
  readonly trace: string;
  readonly channels: ChannelRecord;
  readonly lines: Lines;
}

async function watched(seed: number): Promise<Watched> {
  using channels = new ChannelRecord();
  const lines = new Lines();
  await using recorder = createRecorder({ stream: lines, payload: true });
  const trace = traceOf(await runSchedule(drawSchedule(seed)));
  await recorder.close();
  return { trace, channels, lines };
}

describe('a world with subscribers', () => {
  afterEach(() => {
    // The messages of a world must not stay for the next one.
    expect(process.listenerCount('uncaughtExceptionMonitor')).toBe(0);
  });

  it(
    `behaves as without subscribers, publishes consistent messages, and its record has no secrets, in ${WORLDS} of them`,
    async () => {
      let messages = 0;
      for (const seed of SEEDS) {
        const { trace, channels, lines } = await watched(seed);
        expect(trace === traceOf(await runSchedule(drawSchedule(seed))), `seed ${seed}`).toBe(true);
        expect(faultsOf(channels.published), `seed ${seed}`).toEqual([]);
        const wrong = lines.all.map(faultOfLine).filter((fault) => fault !== undefined);
        expect(wrong, `seed ${seed}`).toEqual([]);
        expect(SECRET.exec(lines.text)?.[0], `seed ${seed}`).toBeUndefined();
        messages += channels.published.length;
      }
      expect(messages).toBeGreaterThan(30 * WORLDS);
    },
    WITHIN_MS,
  );
});

describe('the check of published messages', () => {
  const message = { sessionId: 'one', atMs: 0, endpoint: { host: 'x', port: 1 } };
  const of = (name: string, facts: object = {}) => ({ name, message: { ...message }, then: { ...facts } });
  it.each([
    ['a dial without an end', [of('dial:start')], 'a dial has no end'],
    ['an end without a dial', [of('dial:asyncEnd', { durationMs: 1 })], 'a dial ends that had not begun'],
    ['two dials at once', [of('dial:start'), of('dial:start')], 'two dials at once'],
    [
      'a wait without an end',
      [of('gate-wait', { stage: 'began', gate: 'ingress' })],
      'a gate-wait ingress has no end',
    ],
    ['a state out of order', [of('state', { from: 'waiting', to: 'closing' })], 'it changes from waiting'],
    [
      'the end of an unconfirmed connection',
      [of('connection-closed', { connectionId: 'x' })],
      'that had not been confirmed',
    ],
    ['a close too many', [of('close')], 'closed 0 times, but 1 messages'],
  ])('detects %s', (_what, published, fault) => {
    expect(faultsOf(published)[0]).toContain(fault);
  });
});
