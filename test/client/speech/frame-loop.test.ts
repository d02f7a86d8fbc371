/** Buffered frames are returned first in, first out, and unchanged; the counted bytes are those in memory. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { Frame } from '../../../src/client/events/session-events.js';
import { FrameBacklog } from '../../../src/client/speech/frame-loop.js';

const KIB = 1024;
const NONE = new Uint8Array(0);
const frame = (index: number, bytes: Uint8Array = Uint8Array.of(index), end = false): Frame =>
  new Frame('r', end, index, bytes);

describe('a buffer of frames', () => {
  it('returns them unchanged, oldest first, for the given request', () => {
    const backlog = new FrameBacklog();
    backlog.push(frame(0, Uint8Array.of(1, 2, 3)));
    backlog.push(frame(4_000_000_000, new Uint8Array(0), true));
    expect([backlog.length, backlog.firstIndex]).toEqual([2, 0]);
    expect(backlog.shift('mine')).toMatchObject({ reqId: 'mine', index: 0, end: false });
    expect(backlog.firstIndex).toBe(4_000_000_000);
    const last = backlog.shift('mine');
    expect([last?.end, last?.raw.length, backlog.length, backlog.firstIndex]).toEqual([
      true,
      0,
      0,
      undefined,
    ]);
    expect(backlog.shift('mine')).toBeUndefined();
  });

  it('keeps copies, so that the received buffers are released', () => {
    const backlog = new FrameBacklog();
    const read = new Uint8Array(64 * KIB).fill(7);
    backlog.push(frame(0, read.subarray(100, 110)));
    read.fill(0);
    const raw = backlog.shift('r')?.raw ?? NONE;
    expect([...raw]).toEqual(Array(10).fill(7));
    expect(raw.buffer).not.toBe(read.buffer);
    expect(raw.buffer.byteLength).toBeLessThanOrEqual(4 * KIB);
  });

  it('never overwrites a frame that was delivered', () => {
    const backlog = new FrameBacklog();
    const handedOut: Frame[] = [];
    for (let index = 0; index < 5_000; index += 1) {
      backlog.push(frame(index, new Uint8Array(100).fill(index)));
      if (index % 3 !== 0) handedOut.push(backlog.shift('r') ?? frame(0, NONE));
    }
    for (const { index, raw } of handedOut) expect(new Set(raw)).toEqual(new Set([index % 256]));
  });

  it('counts whole blocks, and releases them as they are read', () => {
    const backlog = new FrameBacklog();
    for (let index = 0; index < 10_000; index += 1) backlog.push(frame(index, new Uint8Array(540)));
    const fullBytes = backlog.keptBytes;
    expect(fullBytes).toBeGreaterThanOrEqual(5_400_000);
    expect(fullBytes).toBeLessThan(1.1 * 5_400_000);
    for (let index = 0; index < 5_000; index += 1) backlog.shift('r');
    expect(backlog.keptBytes).toBeLessThan(fullBytes / 2 + 128 * KIB);
    backlog.clear();
    expect([backlog.keptBytes, backlog.length]).toEqual([0, 0]);
  });

  it('needs little memory for a single frame, and releases the memory of a large one when it has been read', () => {
    const backlog = new FrameBacklog();
    backlog.push(frame(0));
    expect(backlog.keptBytes).toBeLessThanOrEqual(4 * KIB);
    backlog.push(frame(1, new Uint8Array(5_000 * KIB)));
    expect(backlog.keptBytes).toBeGreaterThan(5_000 * KIB);
    backlog.shift('r');
    backlog.shift('r');
    expect(backlog.keptBytes).toBe(0);
  });

  it('predicts the bytes that it will keep, and matches a plain list, for random operations', () => {
    const step = fc.oneof(fc.constant('shift'), fc.nat({ max: 200_000 }), fc.nat({ max: 700 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const backlog = new FrameBacklog();
        const plain: Frame[] = [];
        let index = 0;
        for (const one of steps) {
          if (typeof one === 'string') {
            const expected = plain.shift();
            const given = backlog.shift('r');
            expect([given?.index, given?.raw.length, given?.raw[0]]).toEqual([
              expected?.index,
              expected?.raw.length,
              expected?.raw[0],
            ]);
          } else {
            const added = frame(index++, new Uint8Array(one).fill(index));
            const foretold = backlog.keptWith(one);
            backlog.push(added);
            plain.push(added);
            expect(backlog.keptBytes).toBe(foretold);
          }
          expect([backlog.length, backlog.firstIndex]).toEqual([plain.length, plain[0]?.index]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
