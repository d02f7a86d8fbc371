/**
 * The default heartbeat in real time: a silent peer is detected, and a stall of the event loop does not count as
 * silence.
 */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { Child } from './scenario-support/child.js';
import { next } from './scenario-support/record.js';
import { openTrial } from './scenario-support/trial.js';

const NOTICED_WITHIN_MS = 10_000;

describe.concurrent('the default heartbeat', () => {
  it.each([
    ['keeps reading', {}],
    ['also stops reading', { stopReading: true }],
  ])('detects within ten seconds a peer that falls silent and %s', async (_how, detail) => {
    await using trial = await openTrial({
      faults: [{ kind: 'silence', phase: 'runtime', nth: 1, afterMs: 50, ...detail }],
    });
    const { session, service, seen } = trial;
    const noticed = next(session, 'error').then((error) => ({ error, atMs: performance.now() }));
    const fellSilent = service.waitFor(({ event }) => event === 'faultFired').then(() => performance.now());
    const previousConnectionId = await session.start();
    const [{ error, atMs }, silentAtMs] = [await noticed, await fellSilent];
    expect(error).toMatchObject({
      code: 'connectionClosed',
      phase: 'websocket_runtime',
      step: 'heartbeat',
      willRetry: true,
      connectionId: previousConnectionId,
    });
    expect(atMs - silentAtMs).toBeLessThanOrEqual(NOTICED_WITHIN_MS);
    if (seen.reconnects.length === 0) await next(session, 'reconnect');
    expect(seen.reconnects).toMatchObject([{ previousConnectionId }]);
  });

  it('does not end the connection after a stall of five seconds directly after a ping', async () => {
    await using service = await AvatarEmulator.start();
    const { exitCode, stdout, stderr } = await new Child('stalls.mjs', service, '').ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const report = JSON.parse(stdout) as { stalledMs: number; pings: number };
    expect(report).toMatchObject({
      states: ['session_token', 'websocket_connect', 'websocket_runtime'],
      failures: 0,
      outcome: 'delivered',
    });
    expect(report.stalledMs).toBeGreaterThanOrEqual(5_000);
    expect(report.pings).toBeGreaterThanOrEqual(1);
    expect(service.log.filter(({ event }) => event === 'opened')).toHaveLength(1);
  });
});
