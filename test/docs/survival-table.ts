/**
 * The README's table about outages: the share of sessions that survive an outage of a certain length,
 * computed with the decisions of the product itself. In the outage each dial is refused at once. This is the
 * worst case, because a dial that hangs costs time instead of an attempt.
 */
import { createSeededRandom } from '../../src/adapters/node/runtime-sources.js';
import { decide } from '../../src/core/policy/decide.js';
import type { DecidableFailure } from '../../src/core/policy/decide.js';
import { attemptStarted, beginOutage, connectionLost } from '../../src/core/policy/outage.js';
import { resolveRetryPolicy } from '../../src/core/policy/resolve-retry-policy.js';
import type { RetryChoice } from '../../src/core/policy/resolve-retry-policy.js';
import type { RetryPolicy } from '../../src/core/policy/rule.js';
import { code, table } from './markdown.js';

const CHOICES: readonly (readonly [written: string, choice: RetryChoice])[] = [
  [code('default'), 'default'],
  [code('{ maxElapsedMs: 120_000 }'), { maxElapsedMs: 120_000 }],
  [code('{ maxElapsedMs: 600_000 }'), { maxElapsedMs: 600_000 }],
  [code('interactive'), 'interactive'],
];
const LENGTHS_S = [5, 15, 30, 60, 90, 120, 240, 300];
const SESSIONS = 10_000;

const LOSS: DecidableFailure = { code: 'connectionClosed', phase: 'websocket_runtime', permanent: false };
const REFUSED: DecidableFailure = { code: 'upstreamError', phase: 'websocket_connect', permanent: false };

export function survivalTable(): string {
  return table(
    ['`retry`', ...LENGTHS_S.map((lengthS) => `${lengthS} s`), 'given up after'],
    CHOICES.map(([written, choice]) => {
      const lastDialsMs = lastDials(resolveRetryPolicy(choice));
      const averageS = lastDialsMs.reduce((sum, ms) => sum + ms, 0) / SESSIONS / 1_000;
      return [
        written,
        ...LENGTHS_S.map((lengthS) => shareText(survivors(lastDialsMs, lengthS * 1_000))),
        `${averageS.toFixed(0)} s on average`,
      ];
    }),
  );
}

/** The share of the sessions that still dial after an outage of this length. */
export function survivors(lastDialsMs: readonly number[], lengthMs: number): number {
  return lastDialsMs.filter((ms) => ms >= lengthMs).length / lastDialsMs.length;
}

/** The time at which each session fails, in milliseconds after the loss: that of its last dial. */
export function lastDials(policy: RetryPolicy, sessions = SESSIONS): number[] {
  return Array.from({ length: sessions }, (_nothing, seed) => lastDialMs(policy, seed + 1));
}

function lastDialMs(policy: RetryPolicy, seed: number): number {
  const random = createSeededRandom(seed);
  const { stableAfterMs } = policy;
  let nowMs = 0;
  let outage = connectionLost(attemptStarted(beginOutage(-60_000), -60_000), {
    confirmedAtMs: -60_000,
    nowMs,
    stableAfterMs,
  });
  for (let failure = LOSS; ; failure = REFUSED) {
    const decision = decide(policy, outage, failure, nowMs, () => random.next());
    if (decision.action === 'giveUp') return nowMs;
    nowMs += decision.delayMs;
    outage = attemptStarted(outage, nowMs);
  }
}

/** Rounded down, so that the table promises no more than the result. */
function shareText(share: number): string {
  if (share === 1) return 'all';
  return share < 0.001 ? 'none' : `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
}
