import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { header, retryAfterMs } from '../../../src/core/failure/classify-http.js';
import { NOW_EPOCH_MS } from './facts.js';

const after = (value: string, headers: Record<string, string> = {}): number | undefined =>
  retryAfterMs({ 'retry-after': value, ...headers }, NOW_EPOCH_MS);

describe('the wait that a response asks for', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    ['120', 120_000],
    [' 30 ', 30_000],
    ['1.5', 1_500],
    ['1.1', 1_100],
    ['0.0001', 1],
    ['007', 7_000],
    ['86400', 86_400_000],
  ])('Retry-After %j is %d ms', (value, ms) => {
    expect(after(value)).toBe(ms);
  });

  it.each([
    ['Sun, 06 Nov 1994 08:50:07 GMT', 30_000],
    ['Sunday, 06-Nov-94 08:50:07 GMT', 30_000],
    ['Sun Nov  6 08:50:07 1994', 30_000],
    ['Wed Nov 16 08:49:37 1994', 10 * 86_400_000],
    ['sun, 06 nov 1994 08:50:07 gmt', 30_000],
    ['Mon, 07 Nov 1994 08:49:37 GMT', 86_400_000],
  ])('Retry-After %j is %d ms after 08:49:37', (value, ms) => {
    expect(after(value)).toBe(ms);
  });

  it.each(['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'])(
    'parses the month %s',
    (month) => {
      expect(after(`Sun, 15 ${month} 1995 00:00:00 GMT`)).toBe(
        Date.parse(`15 ${month} 1995 UTC`) - NOW_EPOCH_MS,
      );
    },
  );

  it('compares a date with the Date of the answer, not with the local clock', () => {
    const date = 'Tue, 01 Jan 2030 00:00:00 GMT';
    expect(after('Tue, 01 Jan 2030 00:00:20 GMT', { date })).toBe(20_000);
    expect(after('Tue, 01 Jan 2030 00:00:20 GMT', { date: 'yesterday' })).toBeGreaterThan(1_000_000_000);
  });

  it('reads two digits of a year as the nearer century', () => {
    const in2026 = Date.UTC(2026, 0, 1);
    expect(retryAfterMs({ 'retry-after': 'Thursday, 01-Jan-26 00:00:05 GMT' }, in2026)).toBe(5_000);
    expect(retryAfterMs({ 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' }, in2026)).toBe(0);
  });

  it('reads two digits of a year as at most fifty years ahead', () => {
    const in2025 = Date.UTC(2025, 0, 1);
    const year = (digits: string): number | undefined =>
      retryAfterMs({ 'retry-after': `Tuesday, 01-Jan-${digits} 00:00:00 GMT` }, in2025);
    expect(year('75')).toBe(Date.UTC(2075, 0, 1) - in2025);
    expect(year('76')).toBe(0);
  });

  it.each([
    ['23:59:59', 15 * 3_600_000 + 10 * 60_000 + 22_000],
    // A leap second counts as the first second of the next minute.
    ['23:59:60', 15 * 3_600_000 + 10 * 60_000 + 23_000],
    ['08:59:37', 600_000],
  ])('reads %s as a time of the day', (time, ms) => {
    expect(after(`Sun, 06 Nov 1994 ${time} GMT`)).toBe(ms);
  });

  it('a date in the past is a hint of 0 ms', () => {
    expect(after('Sun, 06 Nov 1994 08:49:07 GMT')).toBe(0);
    expect(after('Thu, 01 Jan 1970 00:00:00 GMT')).toBe(0);
  });

  it.each([
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '250.2' }, 251],
    [{ 'retry-after-ms': '0' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '9' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9_000],
    [{ 'retry-after-ms': '-1', 'retry-after': '9' }, 9_000],
    [{}, undefined],
  ])('%j is %s ms', (headers, ms) => {
    expect(retryAfterMs(headers, NOW_EPOCH_MS)).toBe(ms);
  });

  it.each([
    '',
    ' ',
    '-1',
    '+1',
    'NaN',
    'Infinity',
    '0x10',
    '1e9',
    '1_000',
    '1,5',
    '1, 2',
    '1 s',
    '.5',
    '5.',
    'soon',
    '9'.repeat(400),
    '1994-11-06T08:50:07Z',
    'Sun, 06 Nov 1994 08:50:07 +0100',
    'Sun, 6 Nov 1994 08:50:07 GMT',
    'Sun, 31 Feb 1994 08:50:07 GMT',
    'Sun, 00 Nov 1994 08:50:07 GMT',
    'Sun, 06 Foo 1994 08:50:07 GMT',
    'Sun, 06 Nov 1994 24:50:07 GMT',
    'Sun, 06 Nov 1994 08:60:07 GMT',
    'Sun, 06 Nov 1994 08:50:61 GMT',
    'xSun, 06 Nov 1994 08:50:07 GMT',
    'Sun, 06 Nov 1994 08:50:07 GMTx',
    '-Sunday, 06-Nov-94 08:50:07 GMT',
    'Sunday, 06-Nov-94 08:50:07 GMTx',
    'xSun Nov  6 08:50:07 1994',
    'Sun Nov  6 08:50:07 1994x',
    'Su, 06 Nov 1994 08:50:07 GMT',
    'Mondaysss9, 06-Nov-94 08:50:07 GMT',
  ])('Retry-After %j is not a hint', (value) => {
    expect(after(value)).toBeUndefined();
  });

  it('is finite and not negative for any headers', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.double(), (ms, seconds, date, now) => {
        const wait = retryAfterMs({ 'retry-after-ms': ms, 'retry-after': seconds, date }, now) ?? 0;
        expect(Number.isFinite(wait) && wait >= 0).toBe(true);
      }),
    );
  });
});

describe('a header', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['that is present', { name: 'value' }, 'value'],
    ['with spaces around it', { name: ' value\t' }, 'value'],
    ['of spaces', { name: '  ' }, undefined],
    ['that is empty', { name: '' }, undefined],
    ['that is absent', {}, undefined],
    ['that only its prototype has', Object.create({ name: 'value' }) as Record<string, string>, undefined],
  ])('%s', (_name, headers, value) => {
    expect(header(headers, 'name')).toBe(value);
  });

  it('that is an array counts as absent', () => {
    expect(header({ name: ['value'] as unknown as string }, 'name')).toBeUndefined();
  });
});
