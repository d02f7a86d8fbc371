/**
 * The event loop stalls for longer than the limit of a step of the dial, while the answer is in flight. The arrived
 * answer counts, and no session dials twice. Each case runs in its own process.
 */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { Child } from './scenario-support/child.js';

/** Longer than a message to the child process takes, and shorter than its time-out. */
const ANSWER_AFTER_MS = 600;
const STEPS: readonly [step: string, fault: Fault, state: string][] = [
  ['the token request', { kind: 'delay', phase: 'token', delayMs: ANSWER_AFTER_MS }, 'session_token'],
  ['the upgrade', { kind: 'delay', phase: 'upgrade', delayMs: ANSWER_AFTER_MS }, 'websocket_connect'],
  ['the handshake', { kind: 'delay', phase: 'handshake', delayMs: ANSWER_AFTER_MS }, 'websocket_connect'],
];

describe('a stall of the event loop that is longer than the time-out', () => {
  it.concurrent.each(STEPS)('during %s does not fail the dial', async (_step, fault, stalledIn) => {
    await using service = await AvatarEmulator.start({ faults: [fault] });
    const child = new Child('stalls-while-dialling.mjs', service, '');
    await service.waitFor(({ event }) => event === 'faultFired', { timeoutMs: 15_000 });
    child.goOn();
    const { exitCode, stdout, stderr } = await child.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      stalledIn,
      states: ['session_token', 'websocket_connect', 'websocket_runtime'],
      failures: 0,
      outcome: 'delivered',
    });
    expect(service.log.filter(({ event }) => event === 'tokenRequested')).toHaveLength(1);
  });
});
