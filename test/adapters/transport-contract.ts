/** The contract of every transport, for any kind of socket. The test file of each transport runs it. */
import { getEventListeners } from 'node:events';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DialRequest, Transport, TransportConnection } from '../../src/ports/transport.js';
import { RecordingSink } from './recording-sink.js';
import { waitFor } from '../support/wait-for.js';

/** One connection, as the service sees it. */
export interface ServedConnection {
  readonly received: readonly (string | readonly number[])[];
  send(data: Uint8Array | string): void;
  close(code: number, reason: string): void;
}

export interface Service {
  readonly transport: Transport;
  readonly url: string;
  /** The URL of a port on which no server listens. */
  readonly deadUrl: string;
  /** Resolves with the next connection that the service accepts. */
  accepted(): Promise<ServedConnection>;
  openSockets(): number;
  stop(): Promise<void>;
}

const MAX_MESSAGE_BYTES = 1_000;

export function describeTransport(name: string, start: () => Promise<Service>): void {
  describe(`${name}, as a transport`, () => {
    let service: Service;
    let sink: RecordingSink;
    let abort: AbortController;

    const dial = (changes: Partial<DialRequest> = {}): Promise<TransportConnection> =>
      service.transport.dial(
        {
          url: service.url,
          headers: {},
          maxMessageBytes: MAX_MESSAGE_BYTES,
          signal: abort.signal,
          ...changes,
        },
        sink,
      );
    const connect = async (): Promise<{ near: TransportConnection; far: ServedConnection }> => {
      const accepted = service.accepted();
      return { near: await dial(), far: await accepted };
    };
    const listeners = (): number => getEventListeners(abort.signal, 'abort').length;
    const noSocketsLeft = (): Promise<void> => waitFor(() => expect(service.openSockets()).toBe(0));

    beforeEach(async () => {
      service = await start();
      sink = new RecordingSink();
      abort = new AbortController();
    });
    afterEach(() => service.stop());

    it('carries bytes and text both ways, in order', async () => {
      const { near, far } = await connect();
      far.send(Uint8Array.of(1, 2, 3));
      far.send('text');
      far.send(new Uint8Array(0));
      await sink.until('message', 3);
      expect(sink.messages).toEqual([[1, 2, 3], 'text', []]);

      near.send(Uint8Array.of(4));
      near.send(new Uint8Array([9, 5, 6, 9]).subarray(1, 3));
      await waitFor(() => expect(far.received).toEqual([[4], [5, 6]]));
    });

    it('counts what it receives', async () => {
      const { near, far } = await connect();
      const before = near.receivedBytes;
      far.send(new Uint8Array(100));
      await sink.until('message');
      expect(near.receivedBytes).toBeGreaterThanOrEqual(before + 100);
    });

    it.each([
      [1000, 'done'],
      [4001, 'Credits exhausted'],
      [4503, ''],
    ])('reports the close code %i and the reason "%s" of the peer, once', async (code, reason) => {
      const { far } = await connect();
      far.close(code, reason);
      await sink.until('closed');
      await noSocketsLeft();
      expect(sink.events).toEqual([{ kind: 'closed', code, reason, cause: undefined }]);
    });

    it('closes with a code and a reason, and reports it later, once', async () => {
      const { near } = await connect();
      near.close(1000, 'bye');
      expect(sink.events).toEqual([]);
      await sink.until('closed');
      await noSocketsLeft();
      near.close(1000, 'again');
      near.terminate();
      expect(sink.events).toEqual([{ kind: 'closed', code: 1000, reason: 'bye', cause: undefined }]);
    });

    it.each([1005, 1006, 0, 999, 5000, NaN])(
      'does not throw for the unsendable close code %d',
      async (code) => {
        const { near } = await connect();
        near.close(code, '€'.repeat(100));
        await sink.until('closed');
        expect(sink.kinds).toEqual(['closed']);
      },
    );

    it('ends at once with terminate, and then reports only closed with 1006, not during the call', async () => {
      const { near, far } = await connect();
      near.terminate();
      expect(sink.events).toEqual([]);
      far.send('too late');
      near.terminate();
      await sink.until('closed');
      await noSocketsLeft();
      expect(sink.events).toEqual([{ kind: 'closed', code: 1006, reason: '', cause: undefined }]);
    });

    it('terminates after close too', async () => {
      const { near } = await connect();
      near.close(1000, '');
      near.terminate();
      await sink.until('closed');
      await noSocketsLeft();
      expect(sink.kinds).toEqual(['closed']);
    });

    it('reports no further message when the sink terminates it while messages arrive', async () => {
      const { near, far } = await connect();
      vi.spyOn(sink, 'message').mockImplementationOnce(() => near.terminate());
      for (const text of ['first', 'second', 'third']) far.send(text);
      await sink.until('closed');
      await noSocketsLeft();
      expect(sink.kinds).toEqual(['closed']);
    });

    it.each(['close', 'terminate'] as const)('sends nothing after %s, and does not throw', async (end) => {
      const { near, far } = await connect();
      if (end === 'close') near.close(1000, '');
      else near.terminate();
      const send = (): void => {
        near.send(Uint8Array.of(1));
        near.ping?.();
      };
      send();
      await sink.until('closed');
      send();
      await noSocketsLeft();
      expect(far.received).toEqual([]);
      expect(near.bufferedBytes).toBeLessThan(100);
    });

    it('reports drained after notifyBelow later, once, also when the buffer is already empty', async () => {
      const { near, far } = await connect();
      near.notifyBelow(0);
      near.notifyBelow(10);
      expect(sink.events).toEqual([]);
      await sink.until('drained');
      far.send('marker');
      await sink.until('message');
      expect(sink.kinds).toEqual(['drained', 'message']);
    });

    it('does not report drained after the end', async () => {
      const { near } = await connect();
      near.notifyBelow(0);
      near.terminate();
      await sink.until('closed');
      near.notifyBelow(0);
      await noSocketsLeft();
      expect(sink.kinds).toEqual(['closed']);
    });

    it('accepts a message of exactly the limit, and none above', async () => {
      const { far } = await connect();
      far.send(new Uint8Array(MAX_MESSAGE_BYTES));
      far.send(new Uint8Array(MAX_MESSAGE_BYTES + 1));
      far.send('too late');
      await sink.until('closed');
      await noSocketsLeft();
      expect(sink.kinds).toEqual(['message', 'violated', 'closed']);
    });

    it('does not dial when the signal is aborted already', async () => {
      abort.abort(new Error('before'));
      await expect(dial()).rejects.toBe(abort.signal.reason);
      expect(service.openSockets()).toBe(0);
      expect(listeners()).toBe(0);
    });

    it('aborts a dial under way with the reason of the signal, and leaves no socket', async () => {
      const dialling = dial();
      expect(listeners()).toBe(1);
      abort.abort(new Error('meanwhile'));
      await expect(dialling).rejects.toBe(abort.signal.reason);
      expect(listeners()).toBe(0);
      await noSocketsLeft();
      expect(sink.events).toEqual([]);
    });

    it('ignores the signal when the connection is open', async () => {
      const { far } = await connect();
      expect(listeners()).toBe(0);
      abort.abort(new Error('after'));
      far.send('still here');
      await sink.until('message');
      expect(sink.messages).toEqual(['still here']);
    });

    it('rejects with an Error when no peer answers, and leaves no listener', async () => {
      await expect(dial({ url: service.deadUrl })).rejects.toBeInstanceOf(Error);
      expect(listeners()).toBe(0);
      expect(sink.events).toEqual([]);
    });

    it.each([
      'not a url?sessionKey=s3cret',
      'ftp://user:s3cret@localhost/',
      'ws://local host/?sessionKey=s3cret',
    ])('refuses the URL "%s" without showing it', async (url) => {
      const error: unknown = await dial({ url }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'ERR_INVALID_URL' });
      expect(inspect(error)).not.toContain('s3cret');
      expect(listeners()).toBe(0);
    });
  });
}
