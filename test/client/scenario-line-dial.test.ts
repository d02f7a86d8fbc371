/**
 * Every fault of the line while a session connects, over real sockets. A fault that breaks the connection is reported
 * once, with its code and its phase, and the next dial succeeds. A fault that only delays or splits the bytes is not
 * reported. Afterwards nothing keeps the process alive.
 */
import { describe, expect, it } from 'vitest';
import { tone } from '../emulator/pcm.js';
import { FaultyLine } from './scenario-support/faulty-line.js';
import type { LinePlan } from './scenario-support/faulty-line.js';
import { HANDSHAKE_FAULTS, TOKEN_FAULTS, UPGRADE_FAULTS } from './scenario-support/line-faults.js';
import type { FaultRow } from './scenario-support/line-faults.js';
import { expectSpokenOnce } from './scenario-support/spoken.js';

async function expectConnected(row: FaultRow, on: 'console' | 'ingress'): Promise<void> {
  const { place, fault, seen, session = {} } = row;
  const plan: LinePlan = { [on]: [{ connection: 1, place, fault }], session };
  await FaultyLine.during(plan, async (line) => {
    const connectionId = await line.session.start();
    expect(connectionId).toBe(line.session.connectionId);
    const failures = seen === undefined ? [] : [{ ...seen, willRetry: true, attempt: 1 }];
    expect(line.seen.errors).toMatchObject(failures);
    expect(line.seen.errors).toHaveLength(failures.length);
    expect(line.seen.retries.map(({ attempt, source }) => [attempt, source])).toEqual(
      failures.map(() => [2, 'backoff']),
    );
    expect([line.console.taken, line.ingress.taken]).toEqual(dials(on, failures.length));
    const pcm = tone(120);
    const utterance = line.session.speak(pcm);
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 3 });
    expectSpokenOnce(line.seen.frames, utterance.reqId, pcm);
  });
}

/** The number of connections to the console and to the ingress; every dial fetches a new token. */
function dials(on: 'console' | 'ingress', failures: number): [console: number, ingress: number] {
  return [1 + failures, on === 'ingress' ? 1 + failures : 1];
}

describe('a line that fails the token request', () => {
  it.each(TOKEN_FAULTS)('$name', (row) => expectConnected(row, 'console'));
});

describe('a line that fails the upgrade', () => {
  it.each(UPGRADE_FAULTS)('$name', (row) => expectConnected(row, 'ingress'));
});

describe('a line that fails the handshake', () => {
  it.each(HANDSHAKE_FAULTS)('$name', (row) => expectConnected(row, 'ingress'));
});
