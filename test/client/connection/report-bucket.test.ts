/** One leaky bucket limits the unusable frames, errors and ignored messages of a connection. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPORT_BURST, ReportBucket } from '../../../src/client/connection/server-message.js';
import type { ReportedFrame } from '../../../src/client/connection/server-message.js';

const KINDS: readonly ReportedFrame[] = [
  'unusable',
  'serverError',
  'ignored',
  'unrequested',
  'empty',
  'late',
];

describe('reports of a connection', () => {
  it.each(['unusable', 'serverError'] as const)(
    '%s: a burst of eight is reported, then one per second',
    (kind) => {
      const bucket = new ReportBucket();
      for (let count = 0; count < REPORT_BURST; count += 1) expect(bucket.admit(kind, 5_000)).toBe(true);
      for (let second = 1; second <= 100; second += 1) {
        expect(bucket.admit(kind, 5_000 + 999 * second)).toBe(true);
      }
    },
  );

  it('errors beyond the burst are not reported, and many of them end the connection', () => {
    const bucket = new ReportBucket();
    const verdicts = Array.from({ length: 33 }, () => bucket.admit('serverError', 0));
    expect(verdicts.slice(8, 32)).toEqual(Array<boolean>(24).fill(false));
    expect(verdicts[32]).toEqual({ message: 'too many errors' });
  });

  it.each([
    ['ignored', 8, 256, 'too many messages without effect'],
    ['unrequested', 128, 4_096, 'too many frames of requests that the service began'],
    ['empty', 128, 4_096, 'too many messages about a request without content'],
    ['late', 4_096, 131_072, 'too many frames of requests that are over'],
  ] as const)(
    '%s messages are never reported; %i count as one report, and a flood ends the connection',
    (kind, perReport, most, message) => {
      const bucket = new ReportBucket();
      const atOnce = Array.from({ length: most }, () => bucket.admit(kind, 0));
      expect(new Set(atOnce)).toEqual(new Set([false]));
      for (let second = 1; second <= 100; second += 1) {
        const sent = Array.from({ length: perReport }, () => bucket.admit(kind, second * 1_000));
        expect(new Set(sent)).toEqual(new Set([false]));
      }
      expect(bucket.admit(kind, 100_000)).toEqual({ message });
    },
  );

  it('ignored messages do not prevent reports of other messages, and share the limit with them', () => {
    const bucket = new ReportBucket();
    for (let sent = 0; sent < 192; sent += 1) expect(bucket.admit('ignored', 0)).toBe(false);
    for (let sent = 0; sent < 8; sent += 1) expect(bucket.admit('unusable', 0)).toBe(true);
    expect(bucket.admit('ignored', 0)).toEqual({ message: 'too many messages without effect' });
  });

  it('are never more than a burst and one per second, for any mix of messages', () => {
    const frames = fc.array(
      fc.record({ kind: fc.constantFrom(...KINDS), afterMs: fc.constantFrom(0, 0, 1, 300, 1_000, 60_000) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(frames, (given) => {
        const bucket = new ReportBucket();
        let nowMs = 0;
        const reportedAtMs: number[] = [];
        for (const { kind, afterMs } of given) {
          nowMs += afterMs;
          const verdict = bucket.admit(kind, nowMs);
          if (typeof verdict !== 'boolean') break;
          if (verdict) reportedAtMs.push(nowMs);
        }
        reportedAtMs.forEach((firstMs, first) => {
          reportedAtMs.slice(first).forEach((lastMs, more) => {
            expect(more + 1).toBeLessThanOrEqual(REPORT_BURST + 1 + (lastMs - firstMs) / 1_000);
          });
        });
      }),
    );
  });
});
