/** Taps between a connection and its transport: none costs nothing, and any number of them changes nothing. */
import { describe, expect, it } from 'vitest';
import { WireTaps } from '../../../src/client/connection/wire-tap.js';
import type { ConnectionTap } from '../../../src/client/connection/wire-tap.js';
import type { TransportConnection, TransportSink } from '../../../src/ports/transport.js';

const ABOUT = { course: undefined, sessionId: 'session', shown: (text: string) => text };

function silentSink(calls: string[]): TransportSink {
  return {
    message: (data) => void calls.push(`message ${data.length}`),
    closed: (code, reason) => void calls.push(`closed ${code} ${reason}`),
    violated: (message) => void calls.push(`violated ${message}`),
    drained: () => void calls.push('drained'),
    heard: () => void calls.push('heard'),
  };
}

function connection(calls: string[]): TransportConnection {
  return {
    bufferedBytes: 1,
    receivedBytes: 2,
    takenBytes: 3,
    send: (bytes) => void calls.push(`send ${bytes.length}`),
    notifyBelow: (bytes) => void calls.push(`notifyBelow ${bytes}`),
    ping: () => void calls.push('ping'),
    close: (code, reason) => void calls.push(`close ${code} ${reason}`),
    terminate: () => void calls.push('terminate'),
  };
}

function noting(seen: string[]): ConnectionTap {
  return {
    opened: () => void seen.push('opened'),
    sent: (bytes) => void seen.push(`sent ${bytes.length}`),
    received: (data) => void seen.push(`received ${data.length}`),
    pinged: () => void seen.push('pinged'),
    answered: () => void seen.push('answered'),
    closing: (code) => void seen.push(`closing ${code}`),
    closed: (code, reason) => void seen.push(`closed ${code} ${reason}`),
    violated: (message) => void seen.push(`violated ${message}`),
  };
}

describe('taps of connections', () => {
  it('are not in the way where there are none: the very same sink and connection, and nothing is made', async () => {
    const taps = new WireTaps();
    const sink = silentSink([]);
    const inner = connection([]);
    const dialled: TransportSink[] = [];
    const made = await taps.dial(
      sink,
      (given) => {
        dialled.push(given);
        return Promise.resolve(inner);
      },
      () => {
        throw new Error('nobody looks');
      },
    );
    expect(made).toBe(inner);
    expect(dialled).toEqual([sink]);
    expect(dialled[0]).toBe(sink);
  });

  it('see everything in its order, each of them, and pass it on unchanged', async () => {
    const taps = new WireTaps();
    const [first, second, told, called]: string[][] = [[], [], [], []];
    taps.add(() => noting(first ?? []));
    taps.add(() => noting(second ?? []));
    taps.add(() => undefined);
    let service: TransportSink | undefined;
    const made = await taps.dial(
      silentSink(told ?? []),
      (sink) => {
        service = sink;
        return Promise.resolve(connection(called ?? []));
      },
      () => ABOUT,
    );
    made.send(new Uint8Array(4));
    made.ping?.();
    made.notifyBelow(9);
    service?.message('abc');
    service?.heard?.();
    service?.drained();
    service?.violated('no mask');
    made.close(1000, 'bye');
    made.terminate();
    service?.closed(1006, 'gone');
    expect([made.bufferedBytes, made.receivedBytes, made.takenBytes]).toEqual([1, 2, 3]);
    expect(called).toEqual(['send 4', 'ping', 'notifyBelow 9', 'close 1000 bye', 'terminate']);
    expect(told).toEqual(['message 3', 'heard', 'drained', 'violated no mask', 'closed 1006 gone']);
    expect(first).toEqual([
      ...['opened', 'sent 4', 'pinged', 'received 3', 'answered', 'violated no mask'],
      ...['closing 1000', 'closing undefined', 'closed 1006 gone'],
    ]);
    expect(second).toEqual(first);
  });

  it('have no ping where the transport has none', async () => {
    const taps = new WireTaps();
    taps.add(() => noting([]));
    const inner = connection([]);
    delete (inner as { ping?: unknown }).ping;
    const made = await taps.dial(
      silentSink([]),
      () => Promise.resolve(inner),
      () => ABOUT,
    );
    expect(made).not.toHaveProperty('ping');
  });

  it('see no connection that is dialled after they have left', async () => {
    const taps = new WireTaps();
    const leave = taps.add(() => noting([]));
    leave();
    leave();
    const inner = connection([]);
    const made = await taps.dial(
      silentSink([]),
      () => Promise.resolve(inner),
      () => ABOUT,
    );
    expect(made).toBe(inner);
  });
});
