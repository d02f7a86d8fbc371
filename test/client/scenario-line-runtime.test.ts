/**
 * Every fault of the line on a confirmed session, while it is idle and during speech, over real sockets. A fault that
 * breaks the connection is reported once; the session recovers, the utterance continues, and every keyframe is
 * delivered once. A fault that only delays or splits the bytes is not reported.
 */
import { describe, expect, it } from 'vitest';
import { pieces, tone } from '../emulator/pcm.js';
import { FaultyLine } from './scenario-support/faulty-line.js';
import { IDLE_FAULTS, SPEAKING_FAULTS } from './scenario-support/line-faults.js';
import type { FaultRow, SeenFailure } from './scenario-support/line-faults.js';
import { next } from './scenario-support/record.js';
import { CHUNK_BYTES, expectSpokenOnce } from './scenario-support/spoken.js';
import { waitFor } from '../support/wait-for.js';

/** The number of bytes of an answer to a ping. */
const PONG_BYTES = 2;
const SENTENCE = tone(600);

function expectHealed({ seen, ingress, session }: FaultyLine, failure: SeenFailure | undefined): void {
  const failures = failure === undefined ? [] : [{ ...failure, willRetry: true }];
  expect(seen.errors).toMatchObject(failures);
  expect(seen.errors).toHaveLength(failures.length);
  expect(seen.reconnects).toHaveLength(failures.length);
  expect(ingress.taken).toBe(1 + failures.length);
  expect(session.state).toBe('websocket_runtime');
}

async function whileIdle({ place, fault, seen, session = {} }: FaultRow): Promise<void> {
  await FaultyLine.during({ session }, async (line) => {
    await line.session.start();
    const healed = next(line.session, 'reconnect');
    line.ingress.strike(fault, place);
    if (seen !== undefined) await healed;
    else {
      // After two answers to pings have passed the line, the fault has had its effect.
      const before = line.ingress.countedBytes('toClient');
      await waitFor(() =>
        expect(line.ingress.countedBytes('toClient')).toBeGreaterThanOrEqual(before + 2 * PONG_BYTES),
      );
    }
    expectHealed(line, seen);
    const pcm = tone(120);
    const utterance = line.session.speak(pcm);
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: 3 });
    expectSpokenOnce(line.seen.frames, utterance.reqId, pcm);
  });
}

async function whileSpeaking({ place, fault, seen, session = {} }: FaultRow): Promise<void> {
  await FaultyLine.during({ session }, async (line) => {
    await line.session.start();
    line.ingress.strike(fault, place);
    const utterance = line.session.speak(pieces(SENTENCE, CHUNK_BYTES));
    const outcome = seen === undefined ? 'delivered' : 'replayed';
    expect(await utterance.finished).toMatchObject({ outcome, keyframes: 15 });
    expectSpokenOnce(line.seen.frames, utterance.reqId, SENTENCE);
    expectHealed(line, seen);
  });
}

describe('a line that fails while the session is idle', () => {
  it.each(IDLE_FAULTS)('$name', whileIdle);
});

describe('a line that fails during speech', () => {
  it.each(SPEAKING_FAULTS)('$name', whileSpeaking);
});
