/** What is kept for a re-send is what was given, part by part, across the edges of its blocks. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioLog } from '../../../src/core/utterance/audio-log.js';

const sizes = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 12 });

describe('the audio log', () => {
  it('gives every part back, with its boundaries and in its order', () => {
    fc.assert(
      fc.property(sizes, (lengths) => {
        const log = new AudioLog();
        const parts = lengths.map((length, at) => new Uint8Array(length).fill(at + 1));
        for (const part of parts) log.append(part);
        expect(log.length).toBe(parts.length);
        expect(log.bytes).toBe(lengths.reduce((sum, length) => sum + length, 0));
        for (const [at, part] of parts.entries()) {
          expect(Buffer.compare(log.at(at) ?? Buffer.from('none'), part)).toBe(0);
        }
        expect(log.at(parts.length)).toBeUndefined();
      }),
    );
  });

  it('takes a part larger than a block', () => {
    const log = new AudioLog();
    log.append(new Uint8Array(200_000).fill(7));
    expect([log.at(0)?.length, log.at(0)?.at(-1)]).toEqual([200_000, 7]);
  });

  it('forgets its head to the byte, in the middle of a part too', () => {
    const part = fc.uint8Array({ maxLength: 5 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.nat(50), fc.nat(50), (parts, first, second) => {
        const log = new AudioLog();
        for (const bytes of parts) log.append(bytes);
        log.cutHead(first);
        log.cutHead(second);
        const left = Array.from({ length: log.length }, (_, at) => [...(log.at(at) ?? [])]).flat();
        const whole = parts.flatMap((bytes) => [...bytes]);
        expect(left).toEqual(whole.slice(Math.min(first + second, whole.length)));
        expect(log.bytes).toBe(left.length);
      }),
    );
  });

  it('counts the bytes of its first parts', () => {
    const log = new AudioLog();
    for (const length of [3, 5, 7]) log.append(new Uint8Array(length));
    expect([0, 1, 2, 3, 4].map((parts) => log.bytesOf(parts))).toEqual([0, 3, 8, 15, 15]);
  });

  it('keeps parts together in blocks that grow from 4 to 64 KiB, and fills each to its end', () => {
    const log = new AudioLog();
    for (let part = 0; part < 260; part += 1) log.append(new Uint8Array(1024));
    const blocks = Array.from({ length: log.length }, (_, part) => log.at(part)?.buffer);
    expect([...new Set(blocks)].map((block) => (block?.byteLength ?? 0) / 1024)).toEqual([
      4, 8, 16, 32, 64, 64, 64, 64,
    ]);
    expect(blocks.filter((block) => block === blocks[0])).toHaveLength(4);
  });

  it('says where the latest part lies, and keeps the room in front of each that was asked for', () => {
    const log = new AudioLog({ allocate: (bytes) => new Uint8Array(bytes), headRoomBytes: 10 });
    expect(log.latest).toEqual({ block: new Uint8Array(0), from: 0, to: 0 });
    for (const [at, from, to] of [
      [1, 10, 13],
      [2, 23, 28],
    ] as const) {
      log.append(new Uint8Array(to - from).fill(at));
      expect(log.latest).toMatchObject({ from, to });
      expect([...log.latest.block.subarray(from, to)]).toEqual(Array<number>(to - from).fill(at));
    }
    // It did not fit the first block any more.
    log.append(new Uint8Array(5_000).fill(3));
    expect(log.latest).toMatchObject({ from: 10, to: 5_010 });
    expect(log.latest.block[10]).toBe(3);
    expect([0, 1, 2, 3].map((parts) => log.bytesOf(parts))).toEqual([0, 3, 8, 5_008]);
    log.clear();
    expect(log.latest.to).toBe(0);
  });

  it('is empty after a clear, and can be filled again', () => {
    const log = new AudioLog();
    log.append(Uint8Array.of(1, 2));
    log.clear();
    expect([log.length, log.bytes, log.at(0)]).toEqual([0, 0, undefined]);
    log.append(Uint8Array.of(3));
    expect([...(log.at(0) ?? [])]).toEqual([3]);
  });
});
