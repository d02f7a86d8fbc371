/** Kept audio is counted and bounded, and writes wait for memory and for the socket. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import type { FakeSocket } from '../fake-transport.js';
import { audioMessages, confirmedSession, stateOf } from '../../support/confirmed-session.js';
import type { VirtualSession } from '../virtual-session.js';

// Sessions that a test leaves open would use the shared memory of the process in the next test.
afterEach(() => AvatarSession.closeAll());

const KIB = 1024;
const bytes = (count: number): Uint8Array => new Uint8Array(count);

function writeState(virtual: VirtualSession, promise: Promise<unknown>): Promise<unknown> {
  return stateOf(virtual, promise, { value: () => 'done', error: () => 'refused' });
}

function finish(socket: FakeSocket, nth: number): void {
  const ids = new Set<string>();
  for (const one of socket.received) if (one.type === MessageType.clientAudioInput) ids.add(one.reqId);
  const reqId = [...ids][nth] ?? '';
  socket.say({
    type: MessageType.serverResponseAnimation,
    connectionId: 'connection-1',
    reqId,
    end: true,
    avatarId: '',
    keyframes: [],
  });
}

describe('at the limit of kept audio', () => {
  const replay = { maxBytes: 10 * KIB } as const;

  it('a write waits, and continues when another utterance has ended', async () => {
    const virtual = await confirmedSession({ replay });
    const { session, transport } = virtual;
    const first = session.speak();
    await first.end(bytes(8 * KIB));
    const second = session.speak();
    const write = second.write(bytes(4 * KIB));
    expect(await writeState(virtual, write)).toBe('pending');
    finish(transport.latest, 0);
    expect(await writeState(virtual, write)).toBe('done');
  });

  it('the memory of chunks that wait can be used again after the call', async () => {
    const virtual = await confirmedSession({ replay });
    const { session, transport } = virtual;
    await session.speak().end(bytes(8 * KIB));
    const second = session.speak();
    const chunk = bytes(KIB);
    const writes = [1, 2, 3, 4].map((value) => second.write(chunk.fill(value)));
    finish(transport.latest, 0);
    for (const write of writes) expect(await writeState(virtual, write)).toBe('done');
    const sent = Buffer.concat(
      audioMessages(virtual).flatMap(({ reqId, audio }) => (reqId === second.reqId ? [audio] : [])),
    );
    expect([1, 2, 3, 4].map((_value, at) => sent[at * KIB])).toEqual([1, 2, 3, 4]);
  });

  it('an older utterance can end while a younger one waits for its memory', async () => {
    const virtual = await confirmedSession({ replay });
    const older = virtual.session.speak();
    await older.write(bytes(8 * KIB));
    const waiting = virtual.session.speak().write(bytes(4 * KIB));
    expect(await writeState(virtual, waiting)).toBe('pending');
    expect(await writeState(virtual, older.end())).toBe('done');
    finish(virtual.transport.latest, 0);
    expect(await writeState(virtual, waiting)).toBe('done');
  });

  it('a write that gets no memory within silenceTimeoutMs fails its utterance', async () => {
    const virtual = await confirmedSession({ replay, silenceTimeoutMs: 1_000 });
    await virtual.session.speak().write(bytes(8 * KIB));
    const second = virtual.session.speak();
    const write = second.write(bytes(4 * KIB));
    await virtual.clock.advance(1_000);
    await expect(write).rejects.toMatchObject({ code: 'invalidRequest', outcome: 'failed' });
    await expect(second.finished).rejects.toMatchObject({ outcome: 'failed' });
  });

  it('an utterance larger than the limit does not wait, because there can never be enough memory', async () => {
    const virtual = await confirmedSession({ replay });
    const { finished } = virtual.session.speak(bytes(11 * KIB));
    expect(await writeState(virtual, finished)).toBe('refused');
    await expect(finished).rejects.toMatchObject({ code: 'invalidRequest', outcome: 'failed' });
  });

  it('a write is refused at once with `fail`, and can be repeated', async () => {
    const virtual = await confirmedSession({ replay: { ...replay, onLimit: 'fail' } });
    const first = virtual.session.speak();
    await first.end(bytes(8 * KIB));
    const second = virtual.session.speak();
    await expect(second.write(bytes(4 * KIB))).rejects.toMatchObject({ code: 'invalidRequest' });
    finish(virtual.transport.latest, 0);
    expect(await writeState(virtual, second.write(bytes(4 * KIB)))).toBe('done');
  });

  it('speak(audio) that is refused settles `finished`', async () => {
    const virtual = await confirmedSession({ replay: { ...replay, onLimit: 'fail' } });
    const { finished } = virtual.session.speak(bytes(11 * KIB));
    await expect(finished).rejects.toMatchObject({ code: 'invalidRequest', outcome: 'failed' });
  });

  it('a write is sent with `stopReplaying`, and its utterance fails with the connection', async () => {
    const virtual = await confirmedSession({ replay: { ...replay, onLimit: 'stopReplaying' } });
    const utterance = virtual.session.speak();
    for (let nth = 0; nth < 10; nth += 1) await utterance.write(bytes(4 * KIB));
    virtual.transport.latest.drop();
    await virtual.clock.until(() => virtual.reconnects.length === 1);
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'failed' });
  });

  it('with `stopReplaying` a write waits while there is no connection', async () => {
    const virtual = await confirmedSession({ replay: { ...replay, onLimit: 'stopReplaying' } });
    virtual.transport.latest.drop();
    await virtual.clock.settle();
    const utterance = virtual.session.speak();
    await utterance.write(bytes(8 * KIB));
    const writes = [utterance.write(bytes(4 * KIB)), utterance.write(bytes(4 * KIB))];
    expect(await writeState(virtual, Promise.race(writes))).toBe('pending');
    await virtual.clock.until(() => virtual.reconnects.length === 1);
    expect(await writeState(virtual, Promise.all(writes))).toBe('done');
  });

  it('of the process, sessions share the memory', async () => {
    const one = await confirmedSession({ replay: { maxProcessBytes: 10 * KIB, onLimit: 'fail' } });
    const other = await confirmedSession({ replay: { maxProcessBytes: 10 * KIB, onLimit: 'fail' } });
    await one.session.speak().write(bytes(8 * KIB));
    await expect(other.session.speak().write(bytes(4 * KIB))).rejects.toMatchObject({
      code: 'invalidRequest',
    });
    await one.session.close();
    expect(await writeState(other, other.session.speak().write(bytes(4 * KIB)))).toBe('done');
    await other.session.close();
  });
});

describe('a socket with too many buffered bytes', () => {
  it('makes a write wait above the high-water mark, and continue below the low-water mark', async () => {
    const virtual = await confirmedSession();
    const socket = virtual.transport.latest;
    const utterance = virtual.session.speak();
    socket.bufferedBytes = 300 * KIB;
    const write = utterance.write(bytes(640));
    expect(await writeState(virtual, write)).toBe('pending');
    // A quarter of the bytes that may wait there before the speed of the line is measured.
    expect(socket.notifiedBelow).toBe(12 * KIB);
    const sent = socket.received.length;
    void utterance.write(bytes(640));
    expect(socket.received).toHaveLength(sent);
    socket.drain();
    expect(await writeState(virtual, write)).toBe('done');
    expect(socket.received).toHaveLength(sent + 1);
  });

  it('does not delay a write of an interrupted utterance', async () => {
    const virtual = await confirmedSession();
    virtual.transport.latest.bufferedBytes = 300 * KIB;
    const utterance = virtual.session.speak();
    const write = utterance.write(bytes(640));
    await utterance.interrupt();
    expect(await writeState(virtual, write)).toBe('done');
  });

  it('for longer than silenceTimeoutMs fails the utterance, so that no write waits for ever', async () => {
    const virtual = await confirmedSession({ silenceTimeoutMs: 1_000 });
    virtual.transport.latest.bufferedBytes = 300 * KIB;
    const utterance = virtual.session.speak();
    const write = utterance.write(bytes(640));
    await virtual.clock.advance(1_000);
    await expect(write).rejects.toMatchObject({ code: 'upstreamError', outcome: 'expired' });
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'expired' });
    expect(virtual.clock.pendingTimers).toBe(0);
  });

  it('does not fail the utterance if there was room at the end of a stall', async () => {
    const virtual = await confirmedSession({ silenceTimeoutMs: 1_000 });
    const socket = virtual.transport.latest;
    socket.bufferedBytes = 300 * KIB;
    const utterance = virtual.session.speak();
    const write = utterance.write(bytes(640));
    await virtual.clock.advance(500);
    await virtual.clock.stall(5_000, () => socket.drain());
    expect(await writeState(virtual, write)).toBe('done');
  });

  it('but always reports 0 is detected: writing yields turns of the event loop', async () => {
    const virtual = await confirmedSession();
    const utterance = virtual.session.speak();
    let waits = 0;
    for (let mib = 0; mib < 12; mib += 1) {
      const write = utterance.write(bytes(KIB * KIB));
      if ((await Promise.race([write.then(() => 'now'), ...turnsOf(20)])) === 'later') {
        waits += 1;
        await virtual.clock.advance(0);
        await write;
      }
    }
    expect(waits).toBeGreaterThanOrEqual(1);
  });
});

/** A promise that takes more turns of the microtask queue than an accepted write does. */
function turnsOf(count: number): Promise<string>[] {
  let turns: Promise<unknown> = Promise.resolve();
  for (let nth = 0; nth < count; nth += 1) turns = turns.then(() => undefined);
  return [turns.then(() => 'later')];
}
