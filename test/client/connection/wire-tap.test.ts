/**
 * Taps between a connection and its transport. Without a tap they cost nothing, and no number of taps changes
 * the behaviour.
 */
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
  it('add no object when there are none', () => {
    const between = new WireTaps().between(silentSink([]), () => {
      throw new Error('no tap may be created');
    });
    expect(between).toBeUndefined();
  });

  it('each get every call in order, and pass it on unchanged', () => {
    const taps = new WireTaps();
    const first: string[] = [];
    const second: string[] = [];
    const reported: string[] = [];
    const called: string[] = [];
    taps.add(() => noting(first));
    taps.add(() => noting(second));
    taps.add(() => undefined);
    const between = taps.between(silentSink(reported), () => ABOUT);
    const service = between?.sink;
    const made = between?.opened(connection(called));
    made?.send(new Uint8Array(4));
    made?.ping?.();
    made?.notifyBelow(9);
    service?.message('abc');
    service?.heard?.();
    service?.drained();
    service?.violated('no mask');
    made?.close(1000, 'bye');
    made?.terminate();
    service?.closed(1006, 'gone');
    expect([made?.bufferedBytes, made?.receivedBytes, made?.takenBytes]).toEqual([1, 2, 3]);
    expect(called).toEqual(['send 4', 'ping', 'notifyBelow 9', 'close 1000 bye', 'terminate']);
    expect(reported).toEqual(['message 3', 'heard', 'drained', 'violated no mask', 'closed 1006 gone']);
    expect(first).toEqual([
      ...['opened', 'sent 4', 'pinged', 'received 3', 'answered', 'violated no mask'],
      ...['closing 1000', 'closing undefined', 'closed 1006 gone'],
    ]);
    expect(second).toEqual(first);
  });

  it('have no ping if the transport has none', () => {
    const taps = new WireTaps();
    taps.add(() => noting([]));
    const inner = connection([]);
    delete (inner as { ping?: unknown }).ping;
    expect(taps.between(silentSink([]), () => ABOUT)?.opened(inner)).not.toHaveProperty('ping');
  });

  it('get no calls of connections that are dialled after their removal', () => {
    const taps = new WireTaps();
    const leave = taps.add(() => noting([]));
    leave();
    leave();
    expect(taps.between(silentSink([]), () => ABOUT)).toBeUndefined();
  });
});
