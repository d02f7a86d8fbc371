/**
 * The effect of an animation message on the ledger of its utterance: new keyframes, the end of a segment, or the
 * end of the utterance.
 */
import { describe, expect, it } from 'vitest';
import { UtteranceLedger } from '../../../src/core/utterance/utterance-ledger.js';

const part = (byte: number): Uint8Array => Uint8Array.of(byte, byte);

function takeAll(ledger: UtteranceLedger): void {
  while (ledger.takeNext() !== undefined);
}

/** A ledger whose current run has sent its end. */
function ended(): UtteranceLedger {
  const ledger = new UtteranceLedger('r');
  ledger.append(part(1));
  ledger.askEnd();
  takeAll(ledger);
  return ledger;
}

describe('the sent audio', () => {
  it('is counted in bytes of the utterance over all runs, together with whether the end was sent', () => {
    const ledger = new UtteranceLedger('r');
    ledger.append(new Uint8Array(1_000));
    ledger.askEnd();
    expect([ledger.sentBytes, ledger.endSent]).toEqual([0, false]);
    ledger.takeNext(600);
    expect([ledger.sentBytes, ledger.endSent]).toEqual([600, false]);
    ledger.takeNext();
    expect([ledger.sentBytes, ledger.endSent]).toEqual([1_000, true]);
    ledger.restart('fresh', { bytes: 400, ms: 40, keyframe: 1 });
    expect([ledger.sentBytes, ledger.runFromMs, ledger.endSent]).toEqual([400, 40, false]);
    ledger.takeNext(100);
    ledger.stopKeeping();
    takeAll(ledger);
    expect([ledger.sentBytes, ledger.endSent]).toEqual([1_000, true]);
  });
});

describe('an animation message', () => {
  it('is delivered with the number of its first keyframe', () => {
    const ledger = ended();
    expect(ledger.receive(3, false)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 0,
      last: false,
      resumed: false,
    });
    expect(ledger.receive(2, true)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 3,
      last: true,
      resumed: false,
    });
    expect(ledger.keyframesDelivered).toBe(5);
  });

  it('is a repeat while a replay has no new keyframes, and is cut where the new keyframes begin', () => {
    const ledger = new UtteranceLedger('r');
    ledger.receive(5, false);
    ledger.restart('fresh');
    expect(ledger.receive(2, false)).toEqual({ kind: 'repeat' });
    expect(ledger.receive(3, false)).toEqual({ kind: 'repeat' });
    expect(ledger.receive(3, false)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 5,
      last: false,
      resumed: false,
    });
    ledger.restart('fresher');
    expect(ledger.receive(10, false)).toEqual({
      kind: 'deliver',
      skip: 8,
      index: 8,
      last: false,
      resumed: false,
    });
  });

  it('is marked as resumed once for each restart, at its first new keyframe', () => {
    const ledger = new UtteranceLedger('r');
    const resumed = (keyframes: number): unknown => {
      const receipt = ledger.receive(keyframes, false);
      return receipt.kind === 'deliver' ? receipt.resumed : receipt.kind;
    };
    ledger.append(part(1));
    takeAll(ledger);
    expect([resumed(4), resumed(2)]).toEqual([false, false]);
    ledger.restart('fresh', { bytes: 0, ms: 0, keyframe: 3 });
    takeAll(ledger);
    // The end of a segment in the lead-in, the lead-in, an empty message, and then new keyframes.
    expect([resumed(0), resumed(2), resumed(1), resumed(0), resumed(2), resumed(2)]).toEqual([
      'repeat',
      'repeat',
      'repeat',
      false,
      true,
      false,
    ]);
    ledger.restart('fresher', { bytes: 0, ms: 0, keyframe: 8 });
    ledger.restart('freshest', { bytes: 0, ms: 0, keyframe: 8 });
    expect([resumed(9), resumed(1)]).toEqual([true, false]);
  });

  it('is delivered if it has the end, also when all its keyframes are known', () => {
    const ledger = ended();
    ledger.receive(4, false);
    ledger.restart('fresh');
    takeAll(ledger);
    expect(ledger.receive(4, true)).toEqual({
      kind: 'deliver',
      skip: 4,
      index: 4,
      last: true,
      resumed: true,
    });
  });

  it('has no keyframes in egress mode', () => {
    const ledger = ended();
    expect(ledger.receive(0, false)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 0,
      last: false,
      resumed: false,
    });
    expect(ledger.receive(0, true)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 0,
      last: true,
      resumed: false,
    });
  });
});

describe('an end of the service', () => {
  it.each<readonly [string, (ledger: UtteranceLedger) => void]>([
    ['the application has not asked for the end', (ledger) => takeAll(ledger)],
    ['the requested end has not been sent', (ledger) => ledger.askEnd()],
    [
      'some of the audio, and so the end, has not been sent',
      (ledger) => {
        ledger.append(new Uint8Array(1_000));
        ledger.askEnd();
        ledger.takeNext(500);
      },
    ],
  ])('is the end of a segment while %s, and further frames can follow', (_why, prepare) => {
    const ledger = new UtteranceLedger('r');
    ledger.append(part(1));
    prepare(ledger);
    expect(ledger.receive(2, true)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 0,
      last: false,
      resumed: false,
    });
    ledger.askEnd();
    takeAll(ledger);
    expect(ledger.receive(3, false)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 2,
      last: false,
      resumed: false,
    });
    expect(ledger.receive(0, true)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 5,
      last: true,
      resumed: false,
    });
  });

  it('completes the utterance when its end has been sent, also if that was sent without the ledger', () => {
    const ledger = new UtteranceLedger('r');
    ledger.askEnd();
    ledger.append(part(1));
    ledger.markSent(true);
    expect(ledger.receive(1, true)).toMatchObject({ last: true });
  });

  it('is the end of a segment again after a restart, until the end has been sent in that run', () => {
    const ledger = ended();
    ledger.receive(2, false);
    ledger.restart('fresh');
    expect(ledger.receive(2, true)).toEqual({ kind: 'repeat' });
    takeAll(ledger);
    expect(ledger.receive(1, true)).toEqual({
      kind: 'deliver',
      skip: 0,
      index: 2,
      last: true,
      resumed: true,
    });
  });
});
