/** What is kept for a re-send is what was given, byte for byte, across the edges of its blocks; and little more than that. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AudioLog } from '../../../src/core/utterance/audio-log.js';

const anySize = fc.oneof(fc.nat(300), fc.nat(300), fc.nat(40_000));
const bytesOf = (parts: readonly Uint8Array[]): number[] => parts.flatMap((part) => [...part]);

function takeAll(log: AudioLog, maxBytes?: number): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let part = log.take(maxBytes); part !== undefined; part = log.take(maxBytes)) taken.push(part);
  return taken;
}

describe('the audio log', () => {
  it('gives back what was appended, in its order, as often as it is rewound', () => {
    fc.assert(
      fc.property(fc.array(anySize, { maxLength: 12 }), (lengths) => {
        const log = new AudioLog();
        const parts = lengths.map((length, at) => new Uint8Array(length).fill(at + 1));
        for (const part of parts) log.append(part);
        const whole = Buffer.concat(parts);
        expect([log.bytes, log.takenBytes]).toEqual([whole.length, 0]);
        for (const maxBytes of [undefined, 64 * 1024, 5_000]) {
          const taken = takeAll(log, maxBytes);
          expect(Buffer.compare(Buffer.concat(taken), whole)).toBe(0);
          expect(taken.every((part) => part.length > 0 && part.length <= (maxBytes ?? Infinity))).toBe(true);
          expect(log.takenBytes).toBe(whole.length);
          log.rewind();
        }
      }),
    );
  });

  it('gives each of its blocks back once, when it is cleared', () => {
    const given: Uint8Array[] = [];
    const freed: Uint8Array[] = [];
    const allocate = (bytes: number): Uint8Array => {
      given.push(new Uint8Array(bytes));
      return given.at(-1) ?? new Uint8Array(0);
    };
    const log = new AudioLog({ allocate, free: (block) => freed.push(block), headRoomBytes: 44 });
    for (let part = 0; part < 20; part += 1) log.append(new Uint8Array(10_000));
    log.cutHead(100_000);
    const cut = freed.length;
    expect(cut).toBeGreaterThan(1);
    log.takeAll();
    log.letGo(90_000);
    expect(freed.length).toBeGreaterThan(cut);
    log.clear();
    log.clear();
    expect(given.length).toBeGreaterThan(1);
    expect(new Set(freed)).toEqual(new Set(given));
    expect(freed).toHaveLength(given.length);
  });

  it('gives each byte once while it grows, also behind what was sent past the cursor', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('append', 'appendAndSend'), bytes: anySize }),
      fc.record({ kind: fc.constant('take'), maxBytes: fc.constantFrom(1, 100, 10_000) }),
      fc.record({ kind: fc.constant('letGo'), maxBytes: fc.constantFrom(1, 100, 10_000, 200_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const log = new AudioLog({ allocate: (bytes) => new Uint8Array(bytes), headRoomBytes: 44 });
        const said: Uint8Array[] = [];
        const sent: Uint8Array[] = [];
        let gone = 0;
        for (const [at, one] of steps.entries()) {
          if (one.kind === 'letGo') {
            gone += Math.min(one.maxBytes, log.takenBytes);
            log.letGo(one.maxBytes);
            continue;
          }
          if (one.kind === 'take') {
            const part = log.take(one.maxBytes);
            // A copy: what is sent later may be written in front of a place.
            if (part !== undefined) sent.push(part.slice());
            continue;
          }
          const part = new Uint8Array(one.bytes).fill(at + 1);
          const nothingWaits = log.takenBytes === log.bytes;
          log.append(part);
          said.push(part);
          if (one.kind === 'append' || !nothingWaits) continue;
          const { block, from, to, roomBytes } = log.latest;
          block.fill(0xff, from - roomBytes, from);
          sent.push(block.slice(from, to));
          log.takeAll();
        }
        sent.push(...takeAll(log));
        const whole = Buffer.concat(said);
        expect(Buffer.compare(Buffer.concat(sent), whole)).toBe(0);
        log.rewind();
        expect(Buffer.compare(Buffer.concat(takeAll(log)), whole.subarray(gone))).toBe(0);
      }),
    );
  });

  it('takes a part larger than a block', () => {
    const log = new AudioLog();
    log.append(new Uint8Array(200_000).fill(7));
    const part = log.take();
    expect([part?.length, part?.at(-1), log.take()]).toEqual([200_000, 7, undefined]);
  });

  it('forgets its head to the byte, in the middle of a part too', () => {
    const part = fc.oneof(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ minLength: 128, maxLength: 130 }));
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.nat(500),
        fc.nat(500),
        fc.uint8Array({ maxLength: 3 }),
        (parts, first, second, later) => {
          const log = new AudioLog();
          for (const bytes of parts) log.append(bytes);
          log.take(7);
          log.cutHead(first);
          log.cutHead(second);
          log.append(later);
          const left = [...bytesOf(parts).slice(first + second), ...later];
          expect([log.bytes, log.takenBytes]).toEqual([left.length, 0]);
          expect(bytesOf(takeAll(log))).toEqual(left);
        },
      ),
    );
  });

  it('keeps parts together in blocks that grow from 4 to 64 KiB, and fills each to its end', () => {
    const log = new AudioLog();
    for (let part = 0; part < 260; part += 1) log.append(new Uint8Array(1024));
    const blocks = takeAll(log).map((part) => part.buffer);
    expect([...new Set(blocks)].map((block) => block.byteLength / 1024)).toEqual([
      4, 8, 16, 32, 64, 64, 64, 64,
    ]);
    expect(blocks.filter((block) => block === blocks[0])).toHaveLength(4);
  });

  it('keeps the smallest parts without room and place of their own: little more than their bytes', () => {
    let allocatedBytes = 0;
    const allocate = (bytes: number): Uint8Array => {
      allocatedBytes += bytes;
      return new Uint8Array(bytes);
    };
    const log = new AudioLog({ allocate, headRoomBytes: 44 });
    for (let part = 0; part < 500_000; part += 1) log.append(Uint8Array.of(part, part >> 8));
    expect(allocatedBytes).toBeLessThan(1.1 * log.bytes);
    // One place for each block.
    expect(takeAll(log).length).toBeLessThan(20);
  });

  it('says where the latest part lies, and how much room there is in front of it', () => {
    const log = new AudioLog({ allocate: (bytes) => new Uint8Array(bytes), headRoomBytes: 10 });
    expect(log.latest).toEqual({ block: new Uint8Array(0), from: 0, to: 0, roomBytes: 0 });
    for (const [at, from, to, roomBytes] of [
      [1, 10, 13, 10],
      [2, 13, 18, 0],
      [3, 28, 156, 10],
      [4, 156, 283, 0],
      // It does not fit the first block any more.
      [5, 10, 5_010, 10],
    ] as const) {
      log.append(new Uint8Array(to - from).fill(at));
      expect(log.latest).toMatchObject({ from, to, roomBytes });
      expect(log.latest.block.subarray(from, to).every((byte) => byte === at)).toBe(true);
    }
    log.clear();
    expect(log.latest.to).toBe(0);
  });

  it('is empty after a clear, and can be filled again', () => {
    const log = new AudioLog();
    log.append(Uint8Array.of(1, 2));
    log.take();
    log.clear();
    expect([log.bytes, log.takenBytes, log.take()]).toEqual([0, 0, undefined]);
    log.append(Uint8Array.of(3));
    expect([...(log.take() ?? [])]).toEqual([3]);
  });
});
