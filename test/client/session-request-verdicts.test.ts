/**
 * The verdict about the session in an error of one request, and the effect of a close after it. In virtual time.
 */
import { describe, expect, it } from 'vitest';
import type { Utterance } from '../../src/index.js';
import { complain, started, verdicts } from './verdict-stage.js';
import type { Verdict } from './verdict-stage.js';
import { virtualSession } from './virtual-session.js';

const ENDS: Verdict = ['serverError', false, 'rule'];

describe('an error of one request, and a close after it', () => {
  it('emits an error for a close with another meaning, too', async () => {
    const { session, clock, transport, errors } = await started();
    const utterance = session.speak();
    await utterance.end(new Uint8Array(640));
    complain(transport.latest, 3, 'why', utterance.reqId);
    transport.latest.drop(1011);
    await clock.advance(20_000);
    await expect(utterance.finished).rejects.toMatchObject({ reqId: utterance.reqId, outcome: 'failed' });
    expect(verdicts(errors)).toEqual([
      ['invalidRequest', true],
      ['connectionClosed', true],
    ]);
  });

  it('with the same meaning, which ends the session: no error says that it continues, and the error of the session has the reason', async () => {
    const { session, clock, transport, errors } = await started();
    const utterance = session.speak();
    await utterance.end(new Uint8Array(640));
    const { reqId } = utterance;
    complain(transport.latest, 4002, 'why', reqId);
    await clock.settle();
    expect(errors).toEqual([]);
    transport.latest.drop(4002);
    const failed = await utterance.finished.catch((error: unknown) => error);
    expect(failed).toMatchObject({ reqId, outcome: 'failed', willRetry: false });
    await clock.settle();
    expect(verdicts(errors)).toEqual([
      ['sessionDurationExceeded', false],
      ['sessionDurationExceeded', false, 'rule'],
    ]);
    expect(errors.map((error) => [error.reqId, error.outcome])).toEqual([
      [reqId, 'failed'],
      [undefined, undefined],
    ]);
    expect(session.explain().flatMap((entry) => (entry.kind === 'state' ? [] : [entry.kind]))).toEqual([
      'failure',
      'giveUp',
      'failure',
      'giveUp',
    ]);
  });

  it('emits no second error for a close with the same meaning that is retried', async () => {
    const retry = { rules: { sessionDurationExceeded: 'retry' } } as const;
    const { session, clock, transport, errors } = await started({ retry });
    const utterance = session.speak(undefined, { recovery: 'fail' });
    await utterance.end(new Uint8Array(640));
    complain(transport.latest, 4002, 'why', utterance.reqId);
    transport.latest.drop(4002);
    await clock.advance(20_000);
    expect(verdicts(errors)).toEqual([['sessionDurationExceeded', true]]);
    expect(session.state).toBe('websocket_runtime');
  });

  it('does not hide an error of the connection before it', async () => {
    const { session, clock, transport, errors } = await started({ retry: false });
    const utterance = session.speak();
    await utterance.end(new Uint8Array(640));
    complain(transport.latest, 0, 'something odd');
    complain(transport.latest, 3, 'why', utterance.reqId);
    transport.latest.drop(1011);
    await clock.settle();
    expect(verdicts(errors)).toEqual([ENDS, ['invalidRequest', false]]);
  });

  it('without a close: the error is emitted after a second, followed by its entry in explain()', async () => {
    const { session, clock, transport, errors } = await started();
    const utterance = session.speak();
    await utterance.end(new Uint8Array(640));
    complain(transport.latest, 4002, 'why', utterance.reqId);
    await clock.advance(1_000);
    expect(errors).toMatchObject([{ reqId: utterance.reqId, outcome: 'failed', willRetry: true }]);
    expect(errors[0]?.reason).toBeUndefined();
    expect(session.explain().slice(-2)).toMatchObject([{ kind: 'failure' }, { kind: 'giveUp' }]);
    expect(session.state).toBe('websocket_runtime');
  });

  it('has no effect on the connection if the service began the request', async () => {
    const { clock, transport, errors, closes } = await started();
    complain(transport.latest, 0, 'why', 'greeting');
    transport.latest.drop(1000);
    await clock.settle();
    expect(errors).toMatchObject([{ code: 'serverError', reqId: 'greeting', outcome: 'failed' }]);
    expect(closes).toEqual([{ reason: 'ended' }]);
  });

  it('causes no re-send with recovery: fail', async () => {
    const { session, clock, transport, errors } = await started();
    const utterance = session.speak(undefined, { recovery: 'fail' });
    await utterance.end(new Uint8Array(640));
    complain(transport.latest, 14, 'busy', utterance.reqId);
    await clock.advance(20_000);
    await expect(utterance.finished).rejects.toMatchObject({ code: 'upstreamError' });
    expect(errors.map(({ code, reason }) => [code, reason])).toEqual([['upstreamError', undefined]]);
    expect(transport.dials).toHaveLength(1);
  });

  it('fails the utterance when it is too old to be sent again', async () => {
    const { session, clock, transport } = await started();
    const utterance = session.speak(undefined, { ttlMs: 100 });
    await utterance.end(new Uint8Array(640));
    await clock.advance(101);
    complain(transport.latest, 14, 'busy', utterance.reqId);
    await clock.advance(0);
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'expired' });
  });
});

/** Numbers of a ServerError and of a close with the same code. `upstreamError` is retried, up to a limit. */
const SAME_MEANING = [
  ['invalidRequest', 3, 1008],
  ['invalidRequest', 400, 1009],
  ['invalidRequest', 1008, 1008],
  ['protocolError', 1002, 1002],
  ['protocolError', 1003, 1007],
  ['protocolError', 1007, 1003],
  ['creditsExhausted', 4001, 4001],
  ['sessionDurationExceeded', 4002, 4002],
  ['upstreamError', 14, 4503],
  ['upstreamError', 4503, 4503],
] as const;

describe('an error of one request, and a close with the same meaning within a second', () => {
  const ofOurs = ['of a request of ours', (utterance: Utterance) => utterance.reqId] as const;
  const ofTheService = ['of a request that the service began', () => 'greeting'] as const;
  const reported = SAME_MEANING.flatMap(([code, number, closeCode]) =>
    (code === 'upstreamError' ? [ofOurs] : [ofOurs, ofTheService]).flatMap(([whose, reqIdOf]) =>
      [0, 999].map((afterMs) => ({ code, number, closeCode, whose, reqIdOf, afterMs })),
    ),
  );

  it.each(reported)(
    '$code: $number $whose, $closeCode after $afterMs ms: no error says that the ended session continues',
    async ({ code, number, closeCode, reqIdOf, afterMs }) => {
      const { session, clock, transport, errors, closes } = await started({ retry: { maxAttempts: 1 } });
      const utterance = session.speak();
      await utterance.end(new Uint8Array(640));
      complain(transport.latest, number, 'why', reqIdOf(utterance));
      await clock.advance(afterMs);
      transport.latest.drop(closeCode);
      await clock.advance(20_000);
      const failure: unknown = await utterance.finished.catch((error: unknown) => error);
      expect(failure).toMatchObject({ outcome: 'failed', willRetry: false });
      expect(session.state).toBe('closed');
      expect(closes).toMatchObject([{ reason: 'failed', error: { code, willRetry: false } }]);
      expect(errors.map((error) => [error.code, error.willRetry])).toEqual([
        [code, false],
        [code, false],
      ]);
    },
  );

  it.each(SAME_MEANING.filter(([code]) => code !== 'upstreamError'))(
    '%s: %i, and no close: emitted after a second, and the session continues',
    async (...[code, number]) => {
      const { session, clock, transport, errors } = await started({ retry: { maxAttempts: 1 } });
      complain(transport.latest, number, 'why', 'greeting');
      await clock.advance(1_000);
      expect(verdicts(errors)).toEqual([[code, true]]);
      expect(session.state).toBe('websocket_runtime');
    },
  );
});

describe('an error of a request after the end of the session', () => {
  it('does not say that the session continues', async () => {
    const { session, clock } = await started();
    const utterance = session.speak();
    await utterance.write(new Uint8Array(640));
    void utterance.interrupt();
    void session.close();
    await clock.settle();
    await expect(utterance.write(new Uint8Array(640))).rejects.toMatchObject({
      outcome: 'interrupted',
      willRetry: false,
    });
  });
});

describe('an error whose verdict was decided before a handler closed the session', () => {
  it('of a request does not say that the session continues', async () => {
    const { session, clock, transport, errors } = await started({ replay: { ttlMs: 10 } });
    const utterance = session.speak();
    await utterance.write(new Uint8Array(640));
    session.on('state', ({ to }) => (to === 'websocket_runtime' ? void session.close() : undefined));
    transport.latest.drop();
    await clock.advance(20_000);
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'expired' });
    expect(verdicts(errors)).toEqual([
      ['connectionClosed', true],
      ['connectionClosed', false],
    ]);
  });

  it('is not changed if it was emitted before that', async () => {
    const abort = new AbortController();
    const virtual = virtualSession({ service: (dial) => dial.refuse(new Error('refused')) });
    virtual.session.on('state', ({ to }) => (to === 'waiting' ? abort.abort() : undefined));
    await expect(
      Promise.all([virtual.session.start({ signal: abort.signal }), virtual.clock.advance(5_000)]),
    ).rejects.toMatchObject({ reason: 'aborted', willRetry: false });
    expect(virtual.errors[0]).toMatchObject({ code: 'connectionFailed', willRetry: true });
  });
});
