import { describe, expect, it } from 'vitest';
import {
  DialLine,
  FAILURES_WITHIN_MS,
  isSharedHint,
  LATE_MS,
  PROBE_GAP_MS,
  QUEUE_KEEP_MS,
  queueWait,
} from '../../../src/core/fleet/dial-line.js';
import type { LineAsker } from '../../../src/core/fleet/dial-line.js';

const NUMBERS = { intervalMs: 100, claimMs: 15_000 };
const by = (sessionId: string, worker = sessionId, workers = 10): LineAsker => ({
  sessionId,
  worker,
  workers,
});

function downAt(nowMs: number): DialLine {
  const line = new DialLine(NUMBERS);
  for (const id of ['a', 'b', 'c']) line.unreachable(by(id), nowMs);
  return line;
}

describe('the pace', () => {
  it('gives places one interval apart, also after a pause without dials', () => {
    const line = new DialLine(NUMBERS);
    expect(line.ask(by('a'), 'app', undefined, 5_000)).toMatchObject({ waitMs: 0 });
    expect(line.ask(by('b'), 'app', undefined, 5_000)).toMatchObject({ waitMs: 100, slotMs: 5_100 });
    expect(line.ask(by('c'), 'app', undefined, 5_030)).toMatchObject({ waitMs: 170, slotMs: 5_200 });
    expect(line.ask(by('d'), 'app', undefined, 60_000)).toMatchObject({ waitMs: 0 });
    expect(line.ask(by('e'), 'app', undefined, 60_000)).toMatchObject({ waitMs: 100 });
  });

  it('keeps a place for a session that asks early, and for one second for a session that asks late', () => {
    const line = new DialLine(NUMBERS);
    for (let place = 0; place < 51; place += 1) line.ask(by(`${place}`), 'app', undefined, 0);
    expect(line.ask(by('b'), 'app', 5_000, 4_000)).toMatchObject({ waitMs: 1_000, slotMs: 5_000 });
    expect(line.ask(by('b'), 'app', 5_000, 5_000 + LATE_MS)).toMatchObject({ waitMs: 0 });
    line.ask(by('c'), 'app', undefined, 9_000);
    expect(line.ask(by('d'), 'app', 5_000, 9_000)).toMatchObject({ waitMs: 100, slotMs: 9_100 });
  });
});

describe('a place that this line did not give', () => {
  it('has no effect; it can come from a store that has lost its data since then', () => {
    const line = new DialLine(NUMBERS);
    line.ask(by('a'), 'app', undefined, 0);
    expect(line.ask(by('b'), 'app', 3_600_000, 0)).toMatchObject({ waitMs: 100, slotMs: 100 });
  });
});

describe('the line of sessions that wait until fewer are open', () => {
  it('gives shorter waits to sessions with fewer others before them', () => {
    expect([0, 1, 7, 500].map((ahead) => queueWait(ahead).waitMs)).toEqual([250, 500, 2_000, 2_000]);
    expect(queueWait(500).waitMs + queueWait(500).spreadMs).toBeLessThan(QUEUE_KEEP_MS);
  });
});

describe('a wait that the service asks of one session', () => {
  it.each([
    [0, true],
    [120_000, true],
    [120_001, false],
    [Infinity, false],
    [NaN, false],
    [-1, false],
  ])('of %d ms applies to other sessions: %s', (delayMs, isShared) => {
    expect(isSharedHint(delayMs)).toBe(isShared);
  });
});

describe('the state "down" of an endpoint', () => {
  it('needs three failures in a row', () => {
    const line = new DialLine(NUMBERS);
    line.unreachable(by('a'), 0);
    line.unreachable(by('b'), 0);
    line.answered();
    line.unreachable(by('c'), 0);
    line.unreachable(by('d'), 0);
    expect(line.isDown).toBe(false);
    line.unreachable(by('e'), 0);
    expect(line.isDown).toBe(true);
  });

  it('needs failures of more than one process if there are several, because the network of one can be broken', () => {
    const line = new DialLine(NUMBERS);
    for (let at = 0; at < 10; at += 1) line.unreachable(by(`${at}`, 'partitioned', 2), at);
    expect(line.isDown).toBe(false);
    line.unreachable(by('z', 'another', 2), 20);
    expect(line.isDown).toBe(true);
  });

  it('needs only failures of one process if there is one', () => {
    const line = new DialLine(NUMBERS);
    for (let at = 0; at < 3; at += 1) line.unreachable(by(`${at}`, 'alone', 1), at);
    expect(line.isDown).toBe(true);
  });

  it('does not follow from failures that are far apart in time', () => {
    const line = new DialLine(NUMBERS);
    for (const [at, id] of ['a', 'b', 'c'].entries()) line.unreachable(by(id), at * (FAILURES_WITHIN_MS + 1));
    expect(line.isDown).toBe(false);
  });
});

describe('the probe of an endpoint that is down', () => {
  it('is one dial at a time, with a longer pause after each failure', () => {
    const line = downAt(0);
    const gaps: number[] = [];
    let nowMs = 0;
    for (let probe = 0; probe < 6; probe += 1) {
      const early = line.ask(by('a'), 'app', undefined, nowMs);
      expect(early).toMatchObject({ cause: 'down' });
      gaps.push(early.waitMs);
      nowMs += early.waitMs;
      expect(line.ask(by('a'), 'app', undefined, nowMs)).toMatchObject({ waitMs: 0 });
      expect(line.ask(by('b'), 'app', undefined, nowMs)).toMatchObject({ cause: 'probing' });
      // A failure of a dial that is not the probe has no effect.
      line.unreachable(by('b'), nowMs);
      expect(line.claimedBy).toBe('a');
      line.unreachable(by('a'), nowMs);
    }
    expect(gaps).toEqual([250, 500, 1_000, 2_000, 2_000, PROBE_GAP_MS.most]);
  });

  it('passes to another session when its process no longer renews the claim', () => {
    const line = downAt(0);
    line.ask(by('a'), 'app', undefined, 1_000);
    line.renewClaim('a', 10_000);
    expect(line.ask(by('b'), 'app', undefined, 24_999)).toMatchObject({ cause: 'probing' });
    expect(line.ask(by('b'), 'app', undefined, 25_000)).toMatchObject({ waitMs: 0 });
    expect(line.claimedBy).toBe('b');
  });

  it('admits the other sessions at the pace when it succeeds, and those with a place at their time', () => {
    const line = new DialLine(NUMBERS);
    line.ask(by('a'), 'app', undefined, 0);
    for (let at = 1; at <= 20; at += 1) line.ask(by(`${at}`), 'app', undefined, 0);
    for (const id of ['a', 'b', 'c']) line.unreachable(by(id), 10);
    expect(line.ask(by('1'), 'app', 100, 100)).toMatchObject({ cause: 'down' });
    line.ask(by('probe'), 'app', undefined, 1_000);
    line.answered();
    expect(line.ask(by('12'), 'app', 1_200, 1_200)).toMatchObject({ waitMs: 0 });
    expect(line.ask(by('1'), 'app', undefined, 1_200)).toMatchObject({ slotMs: 2_100 });
  });

  it('is requested again within one second by few sessions, and within five seconds by ten thousand', () => {
    const spread = (workers: number): number =>
      downAt(0).ask(by('a', 'a', workers), 'app', undefined, 0).spreadMs;
    expect([2, 1_000, 3_000, 10_000].map(spread)).toEqual([1_000, 1_000, 3_000, 5_000]);
  });
});

describe('a wait that the service asked for', () => {
  it('is never shortened, and has a spread of a tenth of it, at most one second', () => {
    const line = new DialLine(NUMBERS);
    line.hinted(undefined, 5_000);
    line.hinted(undefined, 1_000);
    expect(line.ask(by('a'), 'app', undefined, 0)).toEqual({ waitMs: 5_000, spreadMs: 500, cause: 'hint' });
    line.hinted('app', 60_000);
    expect(line.ask(by('a'), 'app', undefined, 0)).toMatchObject({ waitMs: 60_000, spreadMs: 1_000 });
    expect(line.ask(by('a'), 'another', undefined, 5_000)).toMatchObject({ waitMs: 0 });
  });
});
