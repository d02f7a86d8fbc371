/**
 * The number of an attempt is the same everywhere: in errors, in events, in `explain()`, and in the lines of the
 * command.
 */
import { describe, expect, it } from 'vitest';
import type { HistoryEntry } from '../../src/index.js';
import { UpgradeRefused } from '../../src/index.js';
import { failureLine, reconnectLine, stateLine } from '../../src/cli/say-report.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from './virtual-session.js';

type Dial = Parameters<VirtualSessionPlan['service']>[0];
type Answer = (dial: Dial) => unknown;

const confirm: Answer = (dial) => dial.confirm();
const refuse: Answer = (dial) => dial.refuse(new UpgradeRefused(503, {}, ''));

/** A session whose dials get these answers in order; the last answer applies to all further dials. */
function answered(...answers: readonly Answer[]): VirtualSession {
  let dials = 0;
  return virtualSession({ service: (dial) => void answers[Math.min(dials++, answers.length - 1)]?.(dial) });
}

/** Ends the current connection without a close frame, and waits until the session is connected again. */
async function drop({ transport, clock }: VirtualSession): Promise<void> {
  transport.latest.drop(1006, '');
  await clock.advance(60_000);
}

const retried = (run: VirtualSession): HistoryEntry[] =>
  run.session.explain().filter(({ kind }) => kind === 'retry');

/** The numbers in each place, in order. */
function numbers(run: VirtualSession): object {
  return {
    errors: run.errors.map(({ attempt }) => attempt),
    retries: run.retries.map(({ attempt }) => attempt),
    explained: retried(run).map((entry) => 'attempt' in entry && entry.attempt),
    whys: retried(run).map((entry) => 'why' in entry && / attempt (\d+)/.exec(entry.why)?.[1]),
    reconnects: run.reconnects.map(({ attempts }) => attempts),
  };
}

describe('the number of an attempt', () => {
  it('counts the dials of the first connect', async () => {
    const run = answered(refuse, refuse, confirm);
    void run.session.start();
    await run.clock.advance(30_000);
    expect(numbers(run)).toEqual({
      errors: [1, 2],
      retries: [2, 3],
      explained: [2, 3],
      whys: ['2', '3'],
      reconnects: [],
    });
    await run.session.close();
  });

  it('begins at 1 again when a stable connection is lost', async () => {
    const run = answered(confirm, refuse, confirm);
    void run.session.start();
    await run.clock.advance(10_000);
    await drop(run);
    expect(numbers(run)).toEqual({
      errors: [0, 1],
      retries: [1, 2],
      explained: [1, 2],
      whys: ['1', '2'],
      reconnects: [2],
    });
    await run.session.close();
  });

  it('continues when the connection was lost before it was stable, also in the reconnect event', async () => {
    const run = answered(confirm, refuse, confirm);
    void run.session.start();
    await run.clock.advance(1_000);
    await drop(run);
    expect(numbers(run)).toEqual({
      errors: [1, 2],
      retries: [2, 3],
      explained: [2, 3],
      whys: ['2', '3'],
      reconnects: [3],
    });
    await run.session.close();
  });

  it('is the same in the lines of the command', async () => {
    const run = answered(confirm, refuse, confirm);
    void run.session.start();
    await run.clock.advance(1_000);
    await drop(run);
    const [reconnect] = run.reconnects;
    if (reconnect === undefined) throw new Error('no reconnect event');
    expect(reconnectLine(reconnect).text).toContain('at attempt 3;');
    const change = { from: 'websocket_connect', to: 'websocket_runtime', reason: 'connection-3' } as const;
    expect(stateLine(change, run.retries.at(-1)?.attempt ?? 0).text).toMatch(/^attempt 3: confirmed/);
    expect(run.errors.map((error) => failureLine(error).text).join()).not.toContain('attempt 0');
    await run.session.close();
  });
});
