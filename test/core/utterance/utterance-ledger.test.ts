/**
 * The rules of the ledger of one utterance. Properties for random events are in
 * utterance-ledger.property.test.ts.
 */
import { describe, expect, it } from 'vitest';
import { UtteranceLedger } from '../../../src/core/utterance/utterance-ledger.js';

const part = (byte: number): Uint8Array => Uint8Array.of(byte, byte);
/** Takes all audio from the ledger, part by part. */
const takeAll = (ledger: UtteranceLedger, maxBytes = 2): { audio: number[]; end: boolean }[] => {
  const taken = [];
  for (let next = ledger.takeNext(maxBytes); next !== undefined; next = ledger.takeNext(maxBytes)) {
    taken.push({ audio: [...next.audio], end: next.end });
  }
  return taken;
};

describe('the audio to send', () => {
  it('comes in order, and the last part has the end', () => {
    const ledger = new UtteranceLedger('r');
    for (const byte of [1, 2]) ledger.append(part(byte));
    ledger.askEnd();
    expect(takeAll(ledger)).toEqual([
      { audio: [1, 1], end: false },
      { audio: [2, 2], end: true },
    ]);
    expect(ledger.begun).toBe(true);
  });

  it('joins the parts that wait into one message', () => {
    const ledger = new UtteranceLedger('r');
    for (const byte of [1, 2, 3]) ledger.append(part(byte));
    ledger.askEnd();
    expect(takeAll(ledger, 4)).toEqual([
      { audio: [1, 1, 2, 2], end: false },
      { audio: [3, 3], end: true },
    ]);
    ledger.restart('fresh');
    expect(takeAll(ledger, 64)).toEqual([{ audio: [1, 1, 2, 2, 3, 3], end: true }]);
  });

  it('is an empty message with the end when all audio was sent before', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    ledger.markSent(false);
    ledger.askEnd();
    expect(takeAll(ledger)).toEqual([{ audio: [], end: true }]);
  });

  it('is nothing when audio and end have been sent without the ledger', () => {
    const ledger = new UtteranceLedger('r');
    ledger.askEnd();
    ledger.append(part(1));
    ledger.markSent(true);
    expect([takeAll(ledger), ledger.begun]).toEqual([[], true]);
  });

  it('is the content of the chunk at the time of the call, also if its memory changes later', () => {
    const ledger = new UtteranceLedger('r');
    const chunk = part(1);
    ledger.append(chunk);
    chunk.fill(9);
    expect(takeAll(ledger)).toEqual([{ audio: [1, 1], end: false }]);
  });

  it('is nothing a second time in the same run', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    ledger.askEnd();
    takeAll(ledger);
    expect(takeAll(ledger)).toEqual([]);
  });

  it('is all audio again after a restart, with the end, under the new id', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    ledger.markSent(false);
    ledger.append(part(2));
    ledger.markSent(false);
    ledger.askEnd();
    takeAll(ledger);
    ledger.restart('fresh');
    expect([ledger.reqId, ledger.wireReqId, ledger.begun, ledger.replays]).toEqual(['r', 'fresh', false, 1]);
    expect(takeAll(ledger)).toEqual([
      { audio: [1, 1], end: false },
      { audio: [2, 2], end: true },
    ]);
  });

  it('does not count as a replay after a run in which nothing was sent', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    ledger.restart('fresh');
    expect(ledger.replays).toBe(0);
  });

  it('is released when the utterance is over', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    expect(ledger.audioBytes).toBe(2);
    ledger.release();
    expect(ledger.keptWhole).toBe(false);
    expect([ledger.audioBytes, takeAll(ledger).length]).toEqual([0, 0]);
  });
});

describe('audio that is not kept', () => {
  it('is still sent once, with its end', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    ledger.stopKeeping();
    ledger.append(part(2));
    ledger.askEnd();
    expect(takeAll(ledger).map(({ audio, end }) => [...audio, end])).toEqual([
      [1, 1, false],
      [2, 2, true],
    ]);
    expect([ledger.keptWhole, ledger.audioBytes]).toEqual([false, 0]);
  });

  it('is released at once when it was sent before', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    ledger.markSent(false);
    ledger.stopKeeping();
    expect(ledger.audioBytes).toBe(0);
    ledger.askEnd();
    expect(takeAll(ledger)).toEqual([{ audio: [], end: true }]);
  });
});

describe('a re-send from a later position', () => {
  it('begins at the requested byte, and counts keyframes from there', () => {
    const ledger = new UtteranceLedger('r');
    for (const byte of [1, 2, 3]) ledger.append(part(byte));
    takeAll(ledger);
    ledger.receive(2, false);
    ledger.restart('fresh', { bytes: 3, ms: 40, keyframe: 1 });
    expect(takeAll(ledger).map(({ audio }) => audio)).toEqual([[2, 3], [3]]);
    expect(ledger.receive(3, false)).toMatchObject({ kind: 'deliver', skip: 1, index: 2, last: false });
    ledger.restart('fresher', { bytes: 4, ms: 60, keyframe: 4 });
    expect(takeAll(ledger).map(({ audio }) => audio)).toEqual([[3, 3]]);
    expect(ledger.receive(1, false)).toMatchObject({ kind: 'deliver', skip: 0, index: 4, last: false });
  });

  it('begins at the position that the room has played, which never goes back', () => {
    const ledger = new UtteranceLedger('r');
    for (const byte of [1, 2, 3]) ledger.append(part(byte));
    takeAll(ledger);
    for (const runMs of [100, 50]) ledger.played(runMs);
    expect(ledger.playedMs).toBe(100);
    ledger.restart('fresh', { bytes: 2, ms: 100, keyframe: 0 });
    ledger.played(30);
    expect(ledger.playedMs).toBe(130);
  });

  it('from before the position of the room does not move that position back', () => {
    const ledger = new UtteranceLedger('r');
    for (const byte of [1, 2, 3]) ledger.append(part(byte));
    takeAll(ledger);
    ledger.played(100);
    ledger.restart('fresh', { bytes: 2, ms: 40, keyframe: 1 });
    expect(ledger.playedMs).toBe(100);
    ledger.played(70);
    expect(ledger.playedMs).toBe(110);
  });

  it('from the beginning does not change positions', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    takeAll(ledger);
    ledger.restart('fresh');
    ledger.played(30);
    expect([ledger.playedMs, ledger.audioBytes]).toEqual([30, part(1).length]);
    takeAll(ledger);
    ledger.restart('fresher', { bytes: 1, ms: 30, keyframe: 0 });
    ledger.restart('freshest');
    ledger.played(10);
    expect([ledger.playedMs, ledger.audioBytes]).toEqual([40, part(1).length - 1]);
  });

  it('drops no audio that was not sent, for any position that the service reports', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    takeAll(ledger);
    for (const byte of [2, 3]) ledger.append(part(byte));
    const sentBytes = part(1).length;
    ledger.played(1_000);
    ledger.restart('fresh', { bytes: sentBytes * 100, ms: 1_000, keyframe: 0 });
    expect(ledger.playedMs).toBe(10);
    expect(takeAll(ledger).map(({ audio }) => audio)).toEqual([[...part(2)], [...part(3)]]);
    ledger.played(5);
    expect(ledger.playedMs).toBe(15);
  });
});
