/**
 * Closes for idleness, and the limit of the service for the duration of a session, with the embedded service
 * over real sockets.
 */
import { describe, expect, it } from 'vitest';
import { tone } from '../emulator/pcm.js';
import { enters, next } from './scenario-support/record.js';
import { openTrial } from './scenario-support/trial.js';

describe('a session that the service closes because it is idle', () => {
  it('stays disconnected after two idle closes, and all of the first audio after that is sent', async () => {
    await using trial = await openTrial({ idleTimeoutMs: 150 });
    const { session, service, seen } = trial;
    await session.start();
    while (seen.errors.length < 2) await next(session, 'error');
    expect([session.state, seen.reconnects.length, await trial.socketsLeft()]).toEqual(['waiting', 1, 0]);
    const { outcome, keyframes } = await session.speak(tone(500)).finished;
    expect([outcome, keyframes > 0]).toEqual(['delivered', true]);
    expect(service.log.filter(({ event }) => event === 'confirmed')).toHaveLength(3);
    expect(service.peakOpenSockets).toBe(1);
  });
});

describe('a session with a known limit', () => {
  it('replaces its connection before the limit of the service', async () => {
    await using trial = await openTrial({ maxSessionMs: 500 }, { maxSessionMs: 400 });
    const { session, service, seen } = trial;
    await session.start();
    for (let round = 0; round < 2; round += 1) {
      await next(session, 'reconnect');
      await session.speak(tone(100, round + 1)).finished;
    }
    await enters(session, 'websocket_runtime');
    expect(seen.errors).toEqual([]);
    expect(service.peakOpenSockets).toBe(1);
    const ends = service.log.flatMap((entry) => (entry.event === 'closed' ? [[entry.by, entry.code]] : []));
    expect(new Set(ends.map(String))).toEqual(new Set(['client,1000']));
  });
});
