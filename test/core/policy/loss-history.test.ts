/**
 * What is concluded from several losses in a row: a proxy with an idle time-out, a peer that does not answer
 * pings, or nothing.
 */
import { describe, expect, it } from 'vitest';
import { NO_LOSSES, connectionEnded } from '../../../src/core/policy/loss-history.js';
import type { ConnectionEnd, LossHistory } from '../../../src/core/policy/loss-history.js';

const cut = (silentMs: number, ageMs = silentMs): ConnectionEnd => ({
  how: 'cut',
  ageMs,
  silentMs,
  pingAnswered: true,
});
const unanswered = (pingAnswered: boolean): ConnectionEnd => ({
  how: 'unanswered',
  ageMs: 10_000,
  silentMs: 10_000,
  pingAnswered,
});
const other: ConnectionEnd = { how: 'other', ageMs: 4_000, silentMs: 4_000, pingAnswered: true };
const after = (...ends: readonly ConnectionEnd[]): LossHistory => ends.reduce(connectionEnded, NO_LOSSES);

describe('connections that were cut after the same time without traffic', () => {
  it.each<readonly [string, readonly ConnectionEnd[], number | undefined]>([
    ['one', [cut(4_000)], undefined],
    ['two, exactly', [cut(4_000), cut(4_000)], 2_000],
    ['two, equal within the accuracy of the measurement', [cut(1_000, 60_000), cut(1_250, 90_000)], 500],
    ['two, a tenth apart', [cut(30_000), cut(33_000)], 15_000],
    ['two that differ', [cut(2_000), cut(4_000)], undefined],
    ['two with another loss between them', [cut(4_000), other, cut(4_000)], undefined],
    [
      'two directly after the confirmation: the service accepts and drops',
      [cut(50), cut(60), cut(50)],
      undefined,
    ],
    [
      'two, and between them one on which audio was sent before the cut was received',
      [cut(4_000), cut(200, 3_900), cut(4_000)],
      2_000,
    ],
    [
      'two, and between them one on which speech began, and a ping was sent, before the cut was received',
      [cut(4_000), { ...cut(4_000), how: 'cutWhilePinged' }, cut(4_000)],
      2_000,
    ],
    ['two after two that differ', [cut(2_000), cut(9_000), cut(4_000), cut(4_100)], 2_000],
    ['two, and later one of another kind', [cut(4_000), cut(4_000), other, unanswered(true)], 2_000],
    [
      'two, and later two after a shorter silence',
      [cut(4_000), cut(4_000), cut(1_000, 70_000), cut(1_100)],
      500,
    ],
    ['two, and a reset hours later', [cut(4_000), cut(4_000), cut(1_000, 9_000_000)], 2_000],
  ])('%s: %j → pings every %s ms', (_name, ends, pingEveryMs) => {
    expect(after(...ends).pingEveryMs).toBe(pingEveryMs);
  });

  it('lead to no ping interval if pings of that interval did not prevent a cut', () => {
    const refuted = after(cut(2_000), cut(2_000), cut(900, 2_010));
    expect(refuted.pingEveryMs).toBeUndefined();
    const again = [cut(2_000), cut(2_000), cut(2_000)].reduce(connectionEnded, refuted);
    expect(again.pingEveryMs).toBeUndefined();
    expect([cut(4_000), cut(4_000)].reduce(connectionEnded, refuted).pingEveryMs).toBe(2_000);
  });
});

describe('losses by the heartbeat', () => {
  it.each<readonly [string, readonly ConnectionEnd[], number]>([
    ['one', [unanswered(false)], 1],
    ['two in a row', [unanswered(false), unanswered(false)], 2],
    ['one on which pings were answered', [unanswered(false), unanswered(true)], 0],
    ['two with a cut between them', [unanswered(false), cut(4_000), unanswered(false)], 1],
  ])('%s, never answered', (_name, ends, neverAnswered) => {
    expect(after(...ends).neverAnswered).toBe(neverAnswered);
  });

  it.each<readonly [string, readonly ConnectionEnd[], number]>([
    ['two soon after the confirmation', [unanswered(true), unanswered(true)], 2],
    ['one soon, one a minute after it', [unanswered(true), { ...unanswered(true), ageMs: 60_000 }], 0],
    ['two soon with a cut between them', [unanswered(true), cut(4_000), unanswered(true)], 1],
  ])('%s', (_name, ends, soonUnanswered) => {
    expect(after(...ends).soonUnanswered).toBe(soonUnanswered);
  });
});
