/**
 * The proxy applies a fault to a connection as the scenario specifies, at the specified byte, and leaves no
 * socket and no timer.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FaultProxy } from './fault-proxy.js';
import type { Direction, LineFault, PlannedFault } from './line-fault.js';

/** One end of a proxied connection, with the segments and events that it received. */
class End {
  readonly segments: Buffer[] = [];
  readonly events: string[] = [];
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.segments.push(bytes));
    socket.on('end', () => this.events.push('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.events.push(error.code ?? 'error'));
  }

  get text(): string {
    return Buffer.concat(this.segments).toString();
  }
}

const service = createServer({ allowHalfOpen: true });
let arrived: End[] = [];
const clients: End[] = [];
const proxies: FaultProxy[] = [];

function dial({ port }: FaultProxy): End {
  const client = new End(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
  clients.push(client);
  return client;
}

/** Polls often, because the awaited events take only milliseconds. */
const soon = (assertion: () => void): Promise<void> =>
  vi.waitFor(assertion, { timeout: 15_000, interval: 2 });

service.on('connection', (socket) => arrived.push(new End(socket)));
beforeEach(async () => {
  arrived = [];
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
});
afterEach(async () => {
  const closed = new Promise((resolve) => service.close(resolve));
  for (const proxy of proxies.splice(0)) await proxy.stop();
  for (const { socket } of [...arrived, ...clients.splice(0)]) socket.destroy();
  await closed;
});

interface Line {
  readonly proxy: FaultProxy;
  readonly client: End;
  readonly service: End;
}

async function opened(...faults: PlannedFault[]): Promise<Line> {
  const proxy = await FaultProxy.start({ targetPort: (service.address() as AddressInfo).port, faults });
  proxies.push(proxy);
  const before = arrived.length;
  const client = dial(proxy);
  await soon(() => expect(arrived.length).toBe(before + 1));
  const [peer] = arrived.slice(before);
  if (peer === undefined) throw new Error('no connection arrived');
  return { proxy, client, service: peer };
}

const on = (direction: Direction, atByte: number, fault: LineFault): PlannedFault => ({
  connection: 1,
  place: { direction, atByte },
  fault,
});

describe('a line without a fault', () => {
  it('passes bytes and the end of each direction, and counts its clients', async () => {
    const line = await opened();
    line.client.socket.end('question');
    await soon(() => expect([line.service.text, line.service.events]).toEqual(['question', ['end']]));
    expect([line.proxy.taken, line.proxy.openClients, line.proxy.peakOpenClients]).toEqual([1, 0, 1]);
    line.service.socket.end('answer');
    await soon(() => expect([line.client.text, line.client.events]).toEqual(['answer', ['end']]));
  });

  it('passes a reset', async () => {
    const line = await opened();
    line.service.socket.resetAndDestroy();
    await soon(() => expect(line.client.events).toEqual(['ECONNRESET']));
  });
});

describe.each(['toService', 'toClient'] as const)('%s', (direction) => {
  const ends = ({ client, service: peer }: Line): readonly [from: End, to: End] =>
    direction === 'toService' ? [client, peer] : [peer, client];

  it.each([
    ['cut', 'end'],
    ['reset', 'ECONNRESET'],
  ] as const)('a %s lets the bytes before its place pass, and both ends receive %s', async (kind, event) => {
    const line = await opened(on(direction, 5, { kind }));
    const [from, to] = ends(line);
    from.socket.write('abc');
    await soon(() => expect(to.text).toBe('abc'));
    from.socket.write('defgh');
    await soon(() => expect(from.events).toEqual([event]));
    // If a peer was slow to read the bytes before a reset, it receives an end instead.
    await soon(() => expect([event, 'end']).toContain(to.events[0]));
    expect(to.text).toBe('abcde');
  });

  it('a half-open line passes nothing in both directions, and ends no connection', async () => {
    const line = await opened(on(direction, 2, { kind: 'halfOpen' }));
    const [from, to] = ends(line);
    from.socket.write('abc');
    await soon(() => expect(to.text).toBe('ab'));
    to.socket.write('answer');
    from.socket.end('more');
    await after(30);
    expect([from.text, from.events, to.text, to.events]).toEqual(['', [], 'ab', []]);
  });

  it('a line that is half-open in one direction passes the bytes of the other direction', async () => {
    const line = await opened(on(direction, 2, { kind: 'halfOpen', oneWay: true }));
    const [from, to] = ends(line);
    from.socket.write('abc');
    await soon(() => expect(to.text).toBe('ab'));
    to.socket.write('answer');
    await soon(() => expect(from.text).toBe('answer'));
    expect(to.text).toBe('ab');
  });

  it('a delay applies to the bytes after its place, in their order, and to the end of the stream', async () => {
    const line = await opened(on(direction, 1, { kind: 'delay', delayMs: 300 }));
    const [from, to] = ends(line);
    const sentAtMs = performance.now();
    from.socket.write('abc');
    from.socket.end('def');
    await soon(() => expect(to.text).toBe('a'));
    await soon(() => expect(to.events).toEqual(['end']));
    expect(performance.now() - sentAtMs).toBeGreaterThanOrEqual(299);
    expect(to.text).toBe('abcdef');
  });

  it('a throttle lets the configured number of bytes pass per second', async () => {
    const line = await opened(on(direction, 0, { kind: 'throttle', bytesPerSecond: 10_000 }));
    const [from, to] = ends(line);
    const sentAtMs = performance.now();
    from.socket.end('x'.repeat(1_000));
    await soon(() => expect(to.events).toEqual(['end']));
    expect(performance.now() - sentAtMs).toBeGreaterThanOrEqual(99);
    expect(to.text).toHaveLength(1_000);
  });

  it('splits segments, and merges them', async () => {
    const split = await opened(on(direction, 0, { kind: 'split', segmentBytes: 3 }));
    const [from, to] = ends(split);
    from.socket.end('abcdefghij'.repeat(10));
    await soon(() => expect(to.events).toEqual(['end']));
    expect(to.text).toBe('abcdefghij'.repeat(10));
    expect(to.segments.length).toBeGreaterThan(5);

    const merged = await opened(on(direction, 0, { kind: 'merge', segmentBytes: 8, quietMs: 200 }));
    const [source, sink] = ends(merged);
    for (const letter of 'abcdefgh') {
      source.socket.write(letter);
      await after(1);
    }
    await soon(() => expect(sink.segments.map(String)).toEqual(['abcdefgh']));
    source.socket.write('ij');
    await soon(() => expect(sink.segments.map(String)).toEqual(['abcdefgh', 'ij']));
  });
});

describe('the place of a fault', () => {
  it('can be counted from the end of the HTTP head', async () => {
    const line = await opened({
      connection: 'always',
      place: { direction: 'toClient', from: 'headEnd', atByte: 3 },
      fault: { kind: 'cut' },
    });
    line.service.socket.write('HTTP/1.1 200 OK\r\nA: b\r');
    line.service.socket.write('\n\r\n');
    line.service.socket.write('body');
    await soon(() => expect(line.client.events).toEqual(['end']));
    expect(line.client.text).toBe('HTTP/1.1 200 OK\r\nA: b\r\n\r\nbod');
  });

  it('can be a number of bytes from now', async () => {
    const line = await opened();
    line.client.socket.write('abc');
    await soon(() => expect(line.service.text).toBe('abc'));
    line.proxy.strike({ kind: 'cut' }, { direction: 'toService', atByte: 2 });
    line.client.socket.write('defg');
    await soon(() => expect(line.service.events).toEqual(['end']));
    expect(line.service.text).toBe('abcde');
    line.proxy.strike({ kind: 'cut' }, { direction: 'toService', atByte: 0 });
  });

  it('is on the connection that the plan names', async () => {
    const plan = on('toService', 0, { kind: 'reset' });
    const line = await opened({ ...plan, connection: 2 });
    line.client.socket.write('abc');
    await soon(() => expect(line.service.text).toBe('abc'));
    const second = dial(line.proxy);
    await soon(() => expect(second.events).toEqual(['ECONNRESET']));
  });
});
