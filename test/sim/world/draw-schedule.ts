/**
 * Draws a schedule from a seed. Most worlds have mild trouble. A fault that is rare in one world occurs often
 * in a thousand.
 */
import type { Recovery, RetryPresetName } from '../../../src/index.js';
import type { Climate } from '../network/weather.js';
import { drawAdversary } from './draw-adversary.js';
import { drawDisturbances } from './draw-disturbances.js';
import { drawOperations } from './draw-operations.js';
import { Draws } from './draws.js';
import type { HandlerManner, OperationKind, Schedule, SessionTraits, TokenManner } from './schedule.js';

const RECOVERIES: readonly [Recovery, ...Recovery[]] = ['replay', 'tail', 'drop', 'fail'];

/** @param adversary the name of an adversary for every world */
export function drawSchedule(seed: number, adversary?: string): Schedule {
  const draws = new Draws(seed, 'schedule');
  const crowd = draws.chance(0.25) ? draws.whole(2, 8) : 1;
  const first = drawTraits(draws, crowd);
  // Sessions of one process usually share their options.
  const sessions = Array.from({ length: crowd }, () => ({ ...first, handlers: drawHandlers(draws) }));
  const lastMs = draws.ms(500, draws.chance(0.3) ? 40_000 : 8_000);
  const operations = drawOperations(draws, sessions, lastMs);
  const schedule: Schedule = {
    seed,
    adversaries: [],
    accounts: [{}],
    climate: drawClimate(draws),
    echoesSecrets: draws.chance(0.3),
    service: drawService(draws, seed),
    sessions,
    operations,
    disturbances: drawDisturbances(draws, lastMs),
    endsAtMs: lastMs + draws.ms(100, draws.chance(0.25) ? 150_000 : 12_000),
  };
  return drawAdversary(seed, schedule, adversary);
}

function drawClimate(draws: Draws): Climate {
  return {
    latencyMs: draws.ms(0.1, draws.chance(0.2) ? 400 : 60),
    jitterMs: draws.chance(0.5) ? 0 : draws.ms(0, 80),
    windowBytes: draws.chance(0.2) ? draws.whole(1_000, 20_000) : 262_144,
  };
}

function drawService(draws: Draws, seed: number): Schedule['service'] {
  const sometimes = (probability: number, value: () => number): number =>
    draws.chance(probability) ? value() : Infinity;
  return {
    seed,
    keyframesPerMessage: draws.pick([1, 1, 4, [1, 12]]),
    pace: draws.pick<'unpaced' | 'realtime' | number>(['unpaced', 'realtime', 'realtime', 3]),
    capabilities: draws.pick([
      ['playback_control', 'playback_state'],
      ['playback_control', 'playback_state'],
      ['playback_control'],
      [],
    ]),
    tokenErrorShape: draws.pick(['A', 'B', 'C', 'D']),
    tokenField: draws.pick(['sessionToken', 'session_token', 'sessionKey', 'token']),
    tokenInData: draws.chance(0.3),
    tokenLifetimeMs: sometimes(0.06, () => draws.whole(1_000, 60_000)),
    singleUseTokens: draws.chance(0.8),
    idleTimeoutMs: draws.chance(0.15) ? draws.whole(6_000, 20_000) : 60_000,
    idleCloseCode: draws.pick([1008, 1011]),
    maxSessionMs: sometimes(0.1, () => draws.whole(6_000, 30_000)),
    creditMs: sometimes(0.05, () => draws.whole(5_000, 60_000)),
    maxSessions: sometimes(0.06, () => draws.whole(0, 3)),
    ...(draws.chance(0.5) ? { retryAfterSeconds: draws.whole(0, 6) } : {}),
    playoutSpeed: draws.pick([1, 4, 20]),
    egressOverlap: draws.pick(['queue', 'preempt']),
    pauseTimeoutMs: draws.pick([3_000, 30_000]),
  };
}

function drawTraits(draws: Draws, crowd: number): SessionTraits {
  const usesEgress = draws.chance(0.15);
  return {
    account: 0,
    audioFormat: 'pcm',
    roomFunction: 'works',
    tokens: drawTokens(draws),
    handlers: { kind: 'quiet' },
    usesEgress,
    useQueryAuth: draws.chance(0.1),
    sampleRate: draws.pick([8_000, 16_000, 24_000]),
    timeoutMs: draws.pick([1_000, 3_000, 10_000]),
    silenceTimeoutMs: draws.pick([4_000, 10_000, 30_000]),
    heartbeat: draws.chance(0.1)
      ? false
      : draws.pick([
          { intervalMs: 5_000, timeoutMs: 5_000 },
          { intervalMs: 1_000, timeoutMs: 2_000 },
        ]),
    recovery: draws.chance(0.6) ? undefined : draws.pick(RECOVERIES),
    idle: draws.pick(['reconnect', 'reconnect', 'reconnectOnDemand', 'stay']),
    replay: draws.chance(0.2)
      ? {
          maxBytes: draws.whole(4_000, 60_000),
          onLimit: draws.pick(['wait', 'fail', 'stopReplaying']),
          ttlMs: draws.pick([2_000, 120_000]),
        }
      : {},
    retry: drawRetry(draws, crowd),
    decider: draws.chance(0.85) ? 'none' : draws.pick(['agreeing', 'tired', 'misbehaving']),
    maxSessionMs: draws.chance(0.08) ? draws.whole(8_000, 20_000) : undefined,
  };
}

function drawRetry(draws: Draws, crowd: number): SessionTraits['retry'] {
  if (crowd === 1 && draws.chance(0.05)) return false;
  if (draws.chance(0.4)) return {};
  if (draws.chance(0.15)) return draws.pick<RetryPresetName>(['patient', 'interactive']);
  return {
    maxAttempts: draws.whole(1, 6),
    maxElapsedMs: draws.pick([5_000, 20_000, 120_000]),
    stableAfterMs: draws.pick([1_000, 5_000]),
    maxHintMs: draws.pick([2_000, 120_000]),
    // A constant, so that earlier seeds give the same worlds.
    patienceMs: 5_000,
    backoff: { baseMs: draws.whole(0, 500), factor: draws.pick([1, 2, 3]), capMs: draws.whole(500, 5_000) },
    ...(draws.chance(0.2) ? { rules: { sessionDurationExceeded: 'retry', serverError: 'retry' } } : {}),
  };
}

function drawTokens(draws: Draws): TokenManner {
  if (draws.chance(0.7)) return { kind: 'console' };
  return {
    kind: 'provider',
    failures: draws.chance(0.4) ? draws.ms(0, 0.5) : 0,
    hangs: draws.chance(0.3) ? draws.ms(0, 0.3) : 0,
    reusable: draws.chance(0.3),
  };
}

function drawHandlers(draws: Draws): HandlerManner {
  if (draws.chance(0.6)) return { kind: 'quiet' };
  if (draws.chance(0.5)) return { kind: draws.pick(['throwing', 'rejecting']), probability: draws.next() };
  return {
    kind: 'meddling',
    on: draws.pick(['state', 'error', 'retry', 'reconnect', 'frame', 'close']),
    nth: draws.whole(1, 4),
    operation: draws.pick<Exclude<OperationKind, { readonly kind: 'speak' }>>([
      { kind: 'interruptAll' },
      { kind: 'interruptNewest' },
      { kind: 'close', drainTimeoutMs: undefined },
      { kind: 'close', drainTimeoutMs: 1_000 },
      { kind: 'start', abortAfterMs: undefined },
      { kind: 'pause' },
      { kind: 'explain' },
    ]),
  };
}
