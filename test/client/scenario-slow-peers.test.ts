/**
 * A service that reads slowly: memory is bounded, because writes wait. Tests of slow loops are in
 * scenario-slow-readers.test.ts. Real sockets.
 */
import { describe, expect, it } from 'vitest';
import { openTrial } from './scenario-support/trial.js';

const MIB = 1024 * 1024;

describe('a service that does not read', () => {
  it('makes writes wait before memory grows, and finally fail', async () => {
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
