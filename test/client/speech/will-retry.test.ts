/**
 * `willRetry` on each kind of error that names a request: true if the session continues and the source did not fail.
 * Virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import type { AvatarSDKError, UtteranceHandle } from '../../../src/index.js';
import { confirmedSession } from '../../support/confirmed-session.js';
import { settled } from '../failed-session.js';
import type { VirtualSession } from '../virtual-session.js';

afterEach(() => AvatarSession.closeAll());

const AUDIO = new Uint8Array(640);

interface Row {
  readonly willRetry: boolean;
  readonly origin: string;
  readonly outcome: string;
  readonly reason?: string;
  /** The promise that rejects with the error. */
  readonly run: (virtual: VirtualSession) => Promise<{ readonly rejects: Promise<unknown> }>;
}

/** Begins an utterance, and then acts on it. */
const begun =
  (act: (utterance: UtteranceHandle, virtual: VirtualSession) => unknown): Row['run'] =>
  async (virtual) => {
    const utterance = virtual.session.speak();
    await utterance.write(AUDIO);
    const rejects = act(utterance, virtual);
    if (rejects instanceof Promise) rejects.catch(() => undefined);
    await virtual.clock.advance(60_000);
    return { rejects: rejects instanceof Promise ? rejects : utterance.finished };
  };

const ROWS: Readonly<Record<string, Row>> = {
  'finished of a request that is refused permanently': {
    ...{ willRetry: true, origin: 'service', outcome: 'failed' },
    run: begun(({ reqId }, { transport }) => transport.latest.refuseRequest(reqId, 3, 'invalid')),
  },
  'finished of a request that was not answered': {
    ...{ willRetry: true, origin: 'local', outcome: 'expired' },
    run: begun((utterance) => void utterance.end()),
  },
  'sendAudio with the id of an interrupted request': {
    ...{ willRetry: true, origin: 'local', outcome: 'interrupted' },
    run: begun(async (_utterance, { session }) => {
      const reqId = await session.sendAudio(AUDIO);
      await session.interrupt();
      await session.sendAudio(AUDIO, { reqId });
    }),
  },
  'a write to an utterance that has ended': {
    ...{ willRetry: true, origin: 'local', outcome: 'failed' },
    run: begun((utterance) => {
      void utterance.end();
      return utterance.write(AUDIO);
    }),
  },
  'a source that throws': {
    ...{ willRetry: false, origin: 'source', outcome: 'failed' },
    run: begun((_utterance, { session }) => session.speak(() => Promise.reject(new Error('no'))).finished),
  },
  'a write to an utterance whose source has failed': {
    ...{ willRetry: false, origin: 'source', outcome: 'failed' },
    run: begun((utterance) => {
      utterance.writable.destroy(new Error('no'));
      return utterance.write(AUDIO);
    }),
  },
  'finished when the application closes the session': {
    ...{ willRetry: false, origin: 'local', outcome: 'failed', reason: 'closed' },
    run: begun((_utterance, { session }) => void session.close()),
  },
  'finished when the service ends the session permanently': {
    ...{ willRetry: false, origin: 'service', outcome: 'failed', reason: 'rule' },
    run: begun((_utterance, { transport }) => transport.latest.drop(4001, 'credits exhausted')),
  },
  'a write after close()': {
    ...{ willRetry: false, origin: 'local', outcome: 'interrupted' },
    run: begun(async (utterance, { session }) => {
      await utterance.interrupt();
      await session.close();
      await utterance.write(AUDIO);
    }),
  },
};

describe('willRetry', () => {
  it.each(Object.entries(ROWS))('%s', async (_what, { run, ...fields }) => {
    const virtual = await confirmedSession();
    const { rejects } = await run(virtual);
    const result = await settled(virtual, rejects);
    expect(result).toMatchObject({ status: 'rejected', reason: fields });
    const { willRetry, origin, reason } = (result as PromiseRejectedResult).reason as AvatarSDKError;
    const goesOn = virtual.session.state === 'websocket_runtime';
    expect(willRetry).toBe(goesOn && origin !== 'source');
    if (goesOn) expect(reason).toBeUndefined();
  });
});
