/**
 * The audio that is kept for a re-send is equal to the written audio, also across block boundaries, and takes
 * little more memory than its bytes.
 */
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
  it('returns the appended audio in order after each rewind', () => {
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

  it('releases each of its blocks once, when it is cleared', () => {
    const given: Uint8Array[] = [];
    const freed: Uint8Array[] = [];
    const allocate = (bytes: number): Uint8Array => {
      given.push(new Uint8Array(bytes));
      return given.at(-1) ?? new Uint8Array(0);
    };
    const log = new AudioLog({ allocate, free: (block) => freed.push(block) });
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

  it('returns each byte once while it grows, also after audio that was sent without the log', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constantFrom('append', 'appendAndSend'), bytes: anySize }),
      fc.record({ kind: fc.constant('take'), maxBytes: fc.constantFrom(1, 100, 10_000) }),
      fc.record({ kind: fc.constant('letGo'), maxBytes: fc.constantFrom(1, 100, 10_000, 200_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const log = new AudioLog({ allocate: (bytes) => new Uint8Array(bytes) });
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
            if (part !== undefined) sent.push(part.slice());
            continue;
          }
          const part = new Uint8Array(one.bytes).fill(at + 1);
          const nothingWaits = log.takenBytes === log.bytes;
          log.append(part);
          said.push(part);
          if (one.kind === 'append' || !nothingWaits) continue;
          sent.push(part);
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

  it('stores a part that is larger than a block in blocks of the largest size', () => {
    const sizes: number[] = [];
    const allocate = (bytes: number): Uint8Array => {
      sizes.push(bytes);
      return new Uint8Array(bytes);
    };
    const log = new AudioLog({ allocate });
    const part = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251);
    log.append(part);
    expect(sizes).toEqual([65_536, 65_536, 65_536, 4_096 * 16]);
    expect(Buffer.compare(Buffer.concat(takeAll(log)), part)).toBe(0);
  });

  it('drops its beginning to the exact byte, also in the middle of a part', () => {
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

  it('stores parts in blocks that grow from 4 to 64 KiB, and fills each block', () => {
    const log = new AudioLog();
    for (let part = 0; part < 260; part += 1) log.append(new Uint8Array(1024));
    const blocks = takeAll(log).map((part) => part.buffer);
    expect([...new Set(blocks)].map((block) => block.byteLength / 1024)).toEqual([
      4, 8, 16, 32, 64, 64, 64, 64,
    ]);
    expect(blocks).toHaveLength(8);
  });

  it.each([2, 640, 3_200])('takes little more memory than the bytes of parts of %i bytes', (partBytes) => {
    let allocatedBytes = 0;
    const allocate = (bytes: number): Uint8Array => {
      allocatedBytes += bytes;
      return new Uint8Array(bytes);
    };
    const log = new AudioLog({ allocate });
    for (let part = 0; part < 1_000_000 / partBytes; part += 1)
      log.append(new Uint8Array(partBytes).fill(part));
    expect(allocatedBytes).toBeLessThan(1.1 * log.bytes);
    expect(takeAll(log).length).toBeLessThan(20);
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
