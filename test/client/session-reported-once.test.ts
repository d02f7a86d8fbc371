/**
 * A ServerError and the close after it: if they have the same meaning they are one failure, which is emitted
 * once, with
 * its verdict.
 */
import { describe, expect, it } from 'vitest';
import type { AvatarSessionOptions } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import type { FakeSocket } from './fake-transport.js';
import { complain, started, verdicts } from './verdict-stage.js';
import type { Verdict } from './verdict-stage.js';

function answerToItsEnd(socket: FakeSocket, reqId: string): void {
  const connectionId = 'connection-1';
  const type = MessageType.serverResponseAnimation;
  socket.say({ type, connectionId, reqId, end: true, keyframes: [], avatarId: 'avatar' });
}

const GOES_ON: Verdict = ['serverError', true];
const ENDS: Verdict = ['serverError', false, 'rule'];

describe('an error without a request, and a close after it:', () => {
  it.each<readonly [string, Partial<AvatarSessionOptions>, number, number, Verdict[], string]>([
    ['1011, with no further meaning', {}, 1011, 0, [GOES_ON], 'websocket_runtime'],
    ['1011, a second later', {}, 1011, 1_000, [GOES_ON], 'websocket_runtime'],
    [
      '1011, more than a second later',
      {},
      1011,
      1_001,
      [GOES_ON, ['connectionClosed', true]],
      'websocket_runtime',
    ],
    ['1000, which ends the session', {}, 1000, 0, [ENDS], 'closed'],
    ['1000, just within the second', {}, 1000, 999, [ENDS], 'closed'],
    ['4503, with another meaning', {}, 4503, 0, [GOES_ON, ['upstreamError', true]], 'websocket_runtime'],
    [
      '4001, with another meaning, which ends the session',
      {},
      4001,
      0,
      [ENDS, ['creditsExhausted', false, 'rule']],
      'closed',
    ],
    ['1011 with retry: false', { retry: false }, 1011, 500, [ENDS], 'closed'],
    [
      '1011 after all attempts',
      { retry: { maxAttempts: 1 } },
      1011,
      500,
      [['serverError', false, 'attempts']],
      'closed',
    ],
    [
      '4503 with retry: false',
      { retry: false },
      4503,
      500,
      [ENDS, ['upstreamError', false, 'rule']],
      'closed',
    ],
  ])('%s', async (_what, options, closeCode, afterMs, reported, state) => {
    const { session, clock, transport, errors, closes } = await started(options);
    complain(transport.latest, 0, 'something odd');
    await clock.advance(afterMs);
    transport.latest.drop(closeCode);
    await clock.advance(20_000);
    expect(verdicts(errors)).toEqual(reported);
    expect(session.state).toBe(state);
    if (state === 'closed') expect(closes).toEqual([{ reason: 'failed', error: errors.at(-1) }]);
  });

  it('the error of a close that ends the session is also that of its requests', async () => {
    const { session, clock, transport } = await started({ retry: false });
    const utterance = session.speak();
    await utterance.write(new Uint8Array(640));
    complain(transport.latest, 0, 'something odd');
    transport.latest.drop(1011);
    await clock.settle();
    const failure = { code: 'serverError', reqId: utterance.reqId, outcome: 'failed', reason: 'rule' };
    await expect(utterance.finished).rejects.toMatchObject(failure);
  });

  it('the error of an end that is not a close of the service is emitted, too', async () => {
    const { clock, transport, errors } = await started();
    complain(transport.latest, 0, 'something odd');
    transport.latest.violate('too long');
    await clock.advance(20_000);
    expect(verdicts(errors)).toEqual([ENDS, ['protocolError', false, 'rule']]);
  });

  it('a close that was read late because of a stall of the event loop is the same failure', async () => {
    const { clock, transport, errors } = await started({ retry: false });
    complain(transport.latest, 0, 'something odd');
    await clock.stall(5_000, () => transport.latest.drop(1011));
    expect(verdicts(errors)).toEqual([ENDS]);
  });

  it('the close determines the verdict of every error that waited, in their order', async () => {
    const { clock, transport, errors } = await started({ retry: false });
    complain(transport.latest, 0, 'first');
    await clock.advance(400);
    complain(transport.latest, 0, 'second');
    transport.latest.drop(1011);
    await clock.settle();
    expect(errors.map(({ serverDetail, reason }) => [serverDetail, reason])).toEqual([
      ['first', 'rule'],
      ['second', 'rule'],
    ]);
  });

  it('the error is emitted first, then the change of state, then the retry', async () => {
    const { clock, transport, lines, session } = await started();
    complain(transport.latest, 0, 'something odd');
    await clock.advance(300);
    const before = lines().length;
    transport.latest.drop(1011);
    await clock.until(() => session.state === 'websocket_runtime');
    expect(lines().slice(before)).toEqual([
      'error serverError',
      'state waiting',
      'retry 2',
      'state session_token',
      'state websocket_connect',
      'state websocket_runtime',
      'reconnect',
    ]);
    const remembered = session.explain().map((entry) => entry.kind);
    expect(remembered.slice(3, 6)).toEqual(['failure', 'retry', 'state']);
  });
});

describe('an error without a request, and no close after it', () => {
  it('is emitted after one second, within which a close would be the same failure', async () => {
    const { clock, transport, errors, session } = await started();
    complain(transport.latest, 0, 'something odd');
    await clock.advance(999);
    expect(errors).toEqual([]);
    await clock.advance(1);
    expect(verdicts(errors)).toEqual([GOES_ON]);
    expect(session.explain().at(-1)).toMatchObject({ kind: 'failure', code: 'serverError' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('is emitted when a request is completed, because the connection works', async () => {
    const { clock, transport, errors, session } = await started();
    const utterance = session.speak(new Uint8Array(640));
    await clock.settle();
    complain(transport.latest, 0, 'something odd');
    answerToItsEnd(transport.latest, utterance.reqId);
    expect(verdicts(errors)).toEqual([GOES_ON]);
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'delivered' });
  });

  it('is emitted at once when the application closes the session, before the end', async () => {
    const { clock, transport, errors, session, lines } = await started();
    complain(transport.latest, 0, 'something odd');
    await clock.advance(100);
    const closed = session.close();
    expect(verdicts(errors)).toEqual([['serverError', false, 'closed']]);
    await clock.settle();
    await closed;
    expect(lines().slice(lines().indexOf('error serverError'))).toEqual([
      'error serverError',
      'state closing',
      'state closed',
      'close closed',
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits for the end of a session that drains', async () => {
    const { clock, transport, errors, session } = await started();
    const utterance = session.speak(new Uint8Array(640));
    await clock.settle();
    void session.close({ drain: true });
    complain(transport.latest, 0, 'something odd');
    await clock.advance(100);
    expect(errors).toEqual([]);
    answerToItsEnd(transport.latest, utterance.reqId);
    await clock.settle();
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'delivered' });
    expect(verdicts(errors)).toEqual([['serverError', false, 'closed']]);
    expect(session.state).toBe('closed');
  });

  it('is emitted before a planned replacement of the connection', async () => {
    const { clock, transport, errors, session } = await started({ maxSessionMs: 10_000 });
    await clock.advance(8_900);
    complain(transport.latest, 0, 'something odd');
    await clock.advance(1_100);
    expect(transport.dials).toHaveLength(2);
    expect(verdicts(errors)).toEqual([GOES_ON]);
    expect(session.state).toBe('websocket_runtime');
  });
});

describe('frames that are not messages', () => {
  it('are reported when the messages that came together with them are read', async () => {
    const { clock, transport, errors } = await started();
    transport.latest.deliver('text');
    await clock.advance(0);
    expect(verdicts(errors)).toEqual([['protocolError', true]]);
  });

  it('that are too many in one turn all have the verdict of the last one', async () => {
    const { clock, transport, errors } = await started();
    for (let n = 0; n < 9; n += 1) transport.latest.deliver('text');
    await clock.settle();
    expect(verdicts(errors)).toEqual(Array.from({ length: 9 }, () => ['protocolError', false, 'rule']));
  });
});

describe('an endless number of errors', () => {
  it.each([
    ['about the connection', ''],
    ['about unknown requests', 'r-of-somebody-else'],
  ])('%s: eight are emitted, and the connection ends', async (_what, reqId) => {
    const { session, clock, transport, errors } = await started();
    const { latest } = transport;
    for (let count = 0; count < 9_000; count += 1) complain(latest, 0, 'again', reqId);
    await clock.advance(20_000);
    expect(latest.closes).toEqual([1002]);
    expect(errors.map(({ code }) => code)).toEqual([
      ...Array<string>(8).fill('serverError'),
      'protocolError',
    ]);
    expect(errors.at(-1)?.message).toContain('too many errors');
    expect(session.state).toBe('closed');
  });

  it('does not include a burst of twenty, as during a shutdown, which does not end the connection', async () => {
    const { session, clock, transport, errors } = await started();
    for (let count = 0; count < 20; count += 1) complain(transport.latest, 0, 'again');
    await clock.advance(20_000);
    expect(errors).toHaveLength(8);
    complain(transport.latest, 0, 'later');
    await clock.advance(1_000);
    expect(errors).toHaveLength(9);
    expect(session.state).toBe('websocket_runtime');
  });
});
