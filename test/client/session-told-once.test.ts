/** A ServerError and the close that follows it: one failure when they mean the same, told once. In virtual time. */
import { describe, expect, it } from 'vitest';
import { MessageType } from '../../src/wire/message.js';
import type { FakeSocket } from './fake-transport.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

async function started(): Promise<VirtualSession> {
  const virtual = virtualSession({ service: (dial) => void dial.confirm(), options: { heartbeat: false } });
  void virtual.session.start();
  await virtual.clock.settle();
  return virtual;
}

function complain(socket: FakeSocket, code: number, message: string, reqId = ''): void {
  socket.say({ type: MessageType.serverError, connectionId: 'connection-1', reqId, code, message });
}

describe('an error without a request, and a close after it', () => {
  it.each([
    ['1011, which says nothing more', 1011, 0, ['serverError'], 'websocket_runtime'],
    ['1011, a second later', 1011, 1_000, ['serverError'], 'websocket_runtime'],
    ['1011, later than that', 1011, 1_001, ['serverError', 'connectionClosed'], 'websocket_runtime'],
    [
      '1000, which ends the session: told again, with that verdict',
      1000,
      0,
      ['serverError', 'serverError'],
      'closed',
    ],
    ['4503, which says more', 4503, 0, ['serverError', 'upstreamError'], 'websocket_runtime'],
  ] as const)('%s', async (_what, closeCode, afterMs, codes, state) => {
    const { session, clock, transport, errors } = await started();
    complain(transport.latest, 0, 'something odd');
    await clock.advance(afterMs);
    transport.latest.drop(closeCode);
    await clock.advance(20_000);
    expect(errors.map(({ code }) => code)).toEqual(codes);
    expect(session.state).toBe(state);
  });

  it('that is no close of the service is told as well', async () => {
    const { clock, transport, errors } = await started();
    complain(transport.latest, 0, 'something odd');
    transport.latest.violate('too long');
    await clock.advance(20_000);
    expect(errors.map(({ code }) => code)).toEqual(['serverError', 'protocolError']);
  });
});

describe('an error of one request, and a close after it', () => {
  it.each([
    ['of another meaning is told too', 3, 1011, ['invalidRequest', 'connectionClosed']],
    [
      'of the same meaning is told again when it ends the session',
      4002,
      4002,
      ['sessionDurationExceeded', 'sessionDurationExceeded'],
    ],
  ] as const)('%s', async (_what, code, closeCode, codes) => {
    const { session, clock, transport, errors } = await started();
    const utterance = session.speak();
    await utterance.end(new Uint8Array(640));
    const { reqId } = utterance;
    complain(transport.latest, code, 'why', reqId);
    transport.latest.drop(closeCode);
    await clock.advance(20_000);
    await expect(utterance.finished).rejects.toMatchObject({ reqId, outcome: 'failed' });
    expect(errors.map((error) => error.code)).toEqual(codes);
  });

  it('is not said again when its recovery is to fail', async () => {
    const { session, clock, transport, errors } = await started();
    const utterance = session.speak(undefined, { recovery: 'fail' });
    await utterance.end(new Uint8Array(640));
    complain(transport.latest, 14, 'busy', utterance.reqId);
    await clock.advance(20_000);
    await expect(utterance.finished).rejects.toMatchObject({ code: 'upstreamError' });
    expect(errors.map(({ code, reason }) => [code, reason])).toEqual([['upstreamError', undefined]]);
    expect(transport.dials).toHaveLength(1);
  });

  it('is given up when the utterance is too old to be said again', async () => {
    const { session, clock, transport } = await started();
    const utterance = session.speak(undefined, { ttlMs: 100 });
    await utterance.end(new Uint8Array(640));
    await clock.advance(101);
    complain(transport.latest, 14, 'busy', utterance.reqId);
    await clock.advance(0);
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'expired' });
  });
});
