import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../../src/emulator/index.js';
import { MemoryNetwork } from '../../../src/emulator/http/memory-network.js';
import type { EmulatedService } from '../../../src/emulator/http/loopback-server.js';
import type { AcceptedSocket } from '../../../src/emulator/socket/service-socket.js';
import { describeTransport, type ServedConnection, type Service } from '../../adapters/transport-contract.js';
import { RecordingSink } from '../../adapters/recording-sink.js';

interface Accepted extends ServedConnection {
  readonly socket: AcceptedSocket;
}

/** A service that accepts every upgrade. The network in front of it is under test. */
function startMemoryService(
  latencyMs = 0,
  clock = createVirtualClock(),
): Service & { next(): Promise<Accepted> } {
  const waiting: ((connection: Accepted) => void)[] = [];
  const sockets = new Set<AcceptedSocket>();
  const service: EmulatedService = {
    token: (call) => call.answer(200, {}, '{}'),
    upgrade: (call) =>
      call.accept((connect) => {
        const received: (string | readonly number[])[] = [];
        const socket = connect({
          message: (bytes) => received.push([...(bytes ?? [])]),
          disconnected: () => sockets.delete(socket),
          closed: () => undefined,
        });
        sockets.add(socket);
        const send = (data: Uint8Array | string): void => socket.send(data);
        const close = (code: number, reason: string): void => socket.close(code, reason);
        waiting.shift()?.({ received, send, close, socket });
      }),
  };
  const network = new MemoryNetwork({ service, clock, latencyMs, maxMessageBytes: 1_000 });
  const next = (): Promise<Accepted> => new Promise((resolve) => waiting.push(resolve));
  return {
    transport: network.transport,
    url: `ws://${network.authority}/v2`,
    deadUrl: 'ws://unknown.localhost/v2',
    accepted: next,
    next,
    openSockets: () => sockets.size,
    stop: () => network.stop(),
  };
}

describeTransport('the network in memory', async () => Promise.resolve(startMemoryService()));

describe('the network in memory', () => {
  async function connected(latencyMs = 0) {
    const clock = createVirtualClock();
    const service = startMemoryService(latencyMs, clock);
    const sink = new RecordingSink();
    const accepted = service.next();
    const { signal } = new AbortController();
    const near = await clock.run(
      service.transport.dial({ url: service.url, headers: {}, maxMessageBytes: 1_000, signal }, sink),
    );
    return { clock, sink, near, far: await accepted };
  }

  it('applies the latency in each direction, on the clock', async () => {
    const { clock, sink, near, far } = await connected(20);
    expect(clock.nowMs()).toBe(40);
    near.send(Uint8Array.of(1));
    await clock.advance(19);
    expect(far.received).toEqual([]);
    await clock.advance(1);
    expect(far.received).toEqual([[1]]);
    far.send('late');
    await clock.advance(19);
    expect(sink.messages).toEqual([]);
    await clock.advance(1);
    expect(sink.messages).toEqual(['late']);
  });

  it('buffers bytes that the service has not read, until it reads again', async () => {
    const { clock, sink, near, far } = await connected();
    far.socket.stopHandling('unread');
    near.send(new Uint8Array(400));
    near.notifyBelow(100);
    await clock.advance(0);
    expect([near.bufferedBytes, near.takenBytes, far.received.length, sink.kinds]).toEqual([400, 0, 0, []]);
    far.socket.handleAgain();
    await clock.advance(0);
    expect([near.bufferedBytes, near.takenBytes, far.received.length]).toEqual([0, 400, 1]);
    expect(sink.kinds).toEqual(['drained']);
  });

  it('answers pings unless the service is configured not to', async () => {
    const { clock, sink, near, far } = await connected();
    near.ping?.();
    await clock.advance(0);
    expect(sink.kinds).toEqual(['heard']);
    far.socket.answerNoPings();
    near.ping?.();
    await clock.advance(0);
    expect(sink.kinds).toEqual(['heard']);
  });

  it.each([
    ['reset', 'ECONNRESET'],
    ['terminate', 'ERR_STREAM_PREMATURE_CLOSE'],
  ] as const)('%s of the service is a loss with the cause %s', async (how, code) => {
    const { clock, sink, far } = await connected();
    far.socket[how]();
    await clock.advance(0);
    expect(sink.events).toMatchObject([{ kind: 'closed', code: 1006, cause: { code } }]);
  });

  it('a message above the limit of the service closes with 1009', async () => {
    const { clock, sink, near, far } = await connected();
    near.send(new Uint8Array(1_001));
    await clock.advance(0);
    expect(far.received).toEqual([]);
    expect(sink.events).toMatchObject([{ kind: 'closed', code: 1009 }]);
  });
});
