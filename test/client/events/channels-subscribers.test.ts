/**
 * The effects that subscribers of the channels can have on a session, and those that they cannot have. Virtual
 * time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../../src/index.js';
import { confirmedSession, closeSession } from '../../support/confirmed-session.js';
import { CHANNEL_NAMES } from '../../support/channel-record.js';

const SECOND = new Uint8Array(48_000);

describe('a subscriber', () => {
  it('that throws does not affect the session: Node reports the error as an uncaught exception', async () => {
    const reported: unknown[] = [];
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => reported.push(error.message));
    const throws = (): never => {
      throw new Error('of a subscriber');
    };
    for (const name of CHANNEL_NAMES) subscribe(name, throws);
    try {
      const virtual = await confirmedSession();
      await closeSession(virtual);
      expect(virtual.lines()).toContain('state websocket_runtime');
      expect(virtual.errors).toEqual([]);
    } finally {
      for (const name of CHANNEL_NAMES) unsubscribe(name, throws);
      process.removeAllListeners('uncaughtException');
      for (const other of others) process.on('uncaughtException', other);
    }
    expect(new Set(reported)).toEqual(new Set(['of a subscriber']));
  });

  it('of an operation runs in the context of the caller of speak()', async () => {
    const virtual = await confirmedSession();
    const seen: (string | undefined)[] = [];
    const storage = new AsyncLocalStorage<string>();
    const start = (): void => void seen.push(storage.getStore());
    const traced = tracingChannel(CHANNELS.utterance);
    traced.subscribe({ start, asyncEnd: start } as never);
    try {
      const utterance = storage.run('the request of a user', () => virtual.session.speak(SECOND));
      await virtual.clock.settle();
      virtual.transport.latest.animate(utterance.reqId, 25, { end: true });
      await utterance.finished;
      await virtual.clock.settle();
    } finally {
      traced.unsubscribe({ start, asyncEnd: start } as never);
    }
    expect(seen).toEqual(['the request of a user', 'the request of a user']);
    await closeSession(virtual);
  });

  it.each([
    ['sends the trace that it sets', { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }, true],
    ['is ignored if it sets an invalid trace', { traceparent: 'nonsense' }, false],
  ])('of the beginning of an utterance %s', async (_what, traceContext, isSent) => {
    const virtual = await confirmedSession();
    const name = `tracing:${CHANNELS.utterance}:start`;
    const sets = (message: unknown): void => void Object.assign(message as object, { traceContext });
    subscribe(name, sets);
    try {
      void virtual.session.speak(SECOND);
    } finally {
      unsubscribe(name, sets);
    }
    await virtual.clock.settle();
    const [first] = virtual.transport.latest.received.slice(1);
    if (isSent) expect(first).toMatchObject({ traceContext });
    else expect(first).not.toHaveProperty('traceContext');
    await closeSession(virtual);
  });
});
