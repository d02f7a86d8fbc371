/**
 * Sockets that accept any number of bytes, report an empty buffer, and have no pings: Bun before 1.4.5. In virtual time.
 */
import { describe, expect, it } from 'vitest';
import { audio, stage } from './scripted-stage.js';
import type { Stage } from './scripted-stage.js';

const CHUNK_BYTES = 64 * 1024;
const MIB = 1024 * 1024;
const OPTIONS = {
  heartbeat: false,
  silenceTimeoutMs: 120_000,
  replay: { maxBytes: 64 * MIB },
} as const;

const uncounted = (): Promise<Stage> =>
  stage(OPTIONS, true, (dial) => {
    dial.confirm().takenBytes = undefined;
  });

/** Writes as fast as writes resolve, and counts the accepted bytes. */
function writeOn({ session }: Stage): {
  readonly reqId: string;
  readonly acceptedBytes: () => number;
} {
  const utterance = session.speak();
  utterance.finished.catch(() => undefined);
  let acceptedBytes = 0;
  const write = async (): Promise<void> => {
    for (;;) {
      await utterance.write(audio(CHUNK_BYTES));
      acceptedBytes += CHUNK_BYTES;
    }
  };
  write().catch(() => undefined);
  return { reqId: utterance.reqId, acceptedBytes: () => acceptedBytes };
}

const sentBytes = ({ sent }: Stage): number =>
  sent().reduce((bytes, message) => bytes + message.audio.length, 0);

describe('a socket that never reports buffered bytes', () => {
  it('gets at most 1 MiB while the service sends nothing', async () => {
    const on = await uncounted();
    const writer = writeOn(on);
    await on.clock.advance(100);
    expect(writer.acceptedBytes()).toBeLessThanOrEqual(MIB + 2 * CHUNK_BYTES);
    expect(sentBytes(on)).toBeGreaterThanOrEqual(MIB);
    expect(sentBytes(on)).toBeLessThan(MIB + 2 * CHUNK_BYTES);
    await on.session.close();
  });

  it('gets as many more bytes as the service has read according to its keyframes', async () => {
    const on = await uncounted();
    const writer = writeOn(on);
    await on.clock.advance(100);
    const before = sentBytes(on);
    await on.animate(writer, 250);
    await on.clock.advance(100);
    const more = sentBytes(on) - before;
    expect(more).toBeGreaterThanOrEqual(320_000 - CHUNK_BYTES);
    expect(more).toBeLessThanOrEqual(320_000 + 2 * CHUNK_BYTES);
    await on.session.close();
  });

  it('gets bytes faster than speech, but at a limited rate, if the progress of the socket can only be estimated by time', async () => {
    const on = await uncounted();
    writeOn(on);
    await on.clock.advance(100);
    const before = sentBytes(on);
    await on.clock.advance(20_000);
    const bytesPerS = (sentBytes(on) - before) / 20;
    expect(bytesPerS).toBeGreaterThan(96_000);
    expect(bytesPerS).toBeLessThan(256 * 1024);
    await on.session.close();
  });
});

describe('a socket that reports buffered bytes', () => {
  it('gets everything while its buffer is empty', async () => {
    const on = await stage(OPTIONS);
    writeOn(on);
    await on.clock.advance(100);
    expect(sentBytes(on)).toBeGreaterThan(4 * MIB);
    await on.session.close();
  });
});
