/**
 * A gateway in front of the service closes the connection during the handshake: on a first connect, and in a
 * session that was confirmed before.
 */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { NOW_EPOCH_MS, socketClosed } from './facts.js';

function meaning(facts: FailureFacts, confirmedBefore: boolean): string {
  const found = classify({ ...facts, confirmedBefore }, NOW_EPOCH_MS);
  return found.normalEnd ? 'normal end' : `${found.code} of the ${found.origin}`;
}

describe('a close in response to the handshake', () => {
  const refused = { phase: 'websocket_connect', confirmed: false } as const;

  it.each([1002, 1003, 1007, 1008, 1009])(
    '%i comes from a gateway if the session was confirmed before',
    (closeCode) => {
      const facts = socketClosed(closeCode, { ...refused, closeReason: 'policy violation' });
      expect(meaning(facts, true)).toBe('upstreamError of the gateway');
      expect(meaning(facts, false)).toMatch(/^(protocolError|invalidRequest) of the service$/);
    },
  );

  it.each([
    [1008, 'no audio input for 60s', 'idleTimeout of the service'],
    [1008, 'session denied: no plan', 'billingRequired of the service'],
    [4401, 'who are you', 'connectionClosed of the service'],
    [1011, '', 'connectionClosed of the service'],
  ])('%i %j comes from the service', (closeCode, closeReason, expected) => {
    expect(meaning(socketClosed(closeCode, { ...refused, closeReason }), true)).toBe(expected);
  });

  it('is not a response to the handshake if the connection was confirmed', () => {
    expect(meaning(socketClosed(1008), true)).toBe('invalidRequest of the service');
  });
});
