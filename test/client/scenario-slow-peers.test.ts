/** A slow loop over frames and a slow service: memory stays bounded, because reading and writing slow down. Real sockets. */
import { setTimeout as after } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createWsTransport } from '../../src/index.js';
import type { Transport, TransportConnection } from '../../src/index.js';
import { tone } from '../emulator/pcm.js';
import { openTrial } from './scenario-support/trial.js';

const MIB = 1024 * 1024;

/** The `ws` transport, and the connection that it has opened last. */
function watched(): { transport: Transport; receivedBytes: () => number } {
  const inner = createWsTransport();
  let latest: TransportConnection | undefined;
  const dial: Transport['dial'] = async (...given) => (latest = await inner.dial(...given));
  return {
    transport: { name: inner.name, sendsHeaders: inner.sendsHeaders, dial },
    receivedBytes: () => latest?.receivedBytes ?? 0,
  };
}

/** Resolves when the value has been the same at ten looks in a row. */
async function standsStill(value: () => number): Promise<number> {
  for (let same = 0, before = -1; same < 10;) {
    await after(20);
    const now = value();
    same = now === before ? same + 1 : 0;
    before = now;
  }
  return value();
}

describe('a loop over frames that does not read', () => {
  it('makes the session stop reading, and gets every frame when it goes on', async () => {
    const { transport, receivedBytes } = watched();
    await using trial = await openTrial({}, { transport });
    await trial.session.start();
    const minutes = 3;
    const utterance = trial.session.speak(tone(minutes * 60_000));
    const loop = utterance[Symbol.asyncIterator]();
    await loop.next();
    const stoodAt = await standsStill(receivedBytes);
    expect(stoodAt).toBeLessThan(1.5 * MIB);
    let keyframes = 1;
    for (let one = await loop.next(); one.done !== true; one = await loop.next()) {
      keyframes += one.value.keyframes.length;
    }
    expect(keyframes).toBe(minutes * 60 * 25);
    expect(receivedBytes()).toBeGreaterThan(1.5 * MIB);
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered' });
  });
});

describe('a service that does not read', () => {
  it('makes writes wait long before memory grows, and at last fail', async () => {
    await using trial = await openTrial(
      { faults: [{ kind: 'silence', phase: 'runtime', nth: 1, stopReading: true }] },
      { heartbeat: false, silenceTimeoutMs: 300, replay: { maxBytes: 64 * MIB } },
    );
    await trial.session.start();
    await trial.faultFired();
    const utterance = trial.session.speak();
    const chunk = new Uint8Array(64 * 1024);
    let writtenBytes = 0;
    const writing = async (): Promise<void> => {
      for (; writtenBytes < 48 * MIB; writtenBytes += chunk.length) await utterance.write(chunk);
    };
    await expect(writing()).rejects.toMatchObject({ code: 'upstreamError', outcome: 'expired' });
    expect(writtenBytes).toBeLessThan(16 * MIB);
    await expect(utterance.finished).rejects.toMatchObject({ outcome: 'expired' });
  });
});
