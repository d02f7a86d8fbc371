/**
 * Fault plans with a name, for the command line, the examples and the tests. A session with default options
 * survives each of them, except where the comment states otherwise.
 */
import type { Fault } from './fault.js';

/** The name of a plan of faults. */
export type FaultPlanName = 'none' | 'demo' | 'chaos' | 'flap' | 'overload' | 'rollingDeploy' | 'deaf';

/**
 * Plans of faults by their names. A session with default options survives each of them, except where its comment says
 * otherwise.
 */
export const FAULT_PLANS: Readonly<Record<FaultPlanName, readonly Fault[]>> = {
  none: [],

  /**
   * One session that speaks 8 to 10 seconds in real time meets five faults: a refused token request, a reset
   * upgrade, a cut, a close and a silence. The cut comes after 5 s, when the connection counts as stable, so
   * that the delays stay short. A threshold counts the keyframes of its connection, which begins with a second that had come before.
   */
  demo: [
    {
      kind: 'refuse',
      phase: 'token',
      nth: 1,
      status: 503,
      headers: { 'Retry-After': '1' },
      body: 'console restarting',
    },
    { kind: 'reset', phase: 'upgrade', nth: 1 },
    { kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 130 },
    { kind: 'close', phase: 'runtime', nth: 2, afterKeyframes: 60, code: 4503, reason: 'rolling deploy' },
    { kind: 'silence', phase: 'runtime', nth: 3, afterKeyframes: 45 },
  ],

  /** Seeded faults in every phase for as long as the service runs. */
  chaos: [
    {
      kind: 'refuse',
      phase: 'token',
      probability: 0.1,
      times: 'always',
      status: 503,
      headers: { 'Retry-After': '1' },
    },
    { kind: 'delay', phase: 'upgrade', probability: 0.2, times: 'always', delayMs: 100 },
    { kind: 'reset', phase: 'upgrade', probability: 0.15, times: 'always' },
    { kind: 'reset', phase: 'handshake', probability: 0.05, times: 'always' },
    { kind: 'garble', phase: 'runtime', probability: 0.2, times: 'always', afterKeyframes: [1, 250] },
    { kind: 'textFrame', phase: 'runtime', probability: 0.1, times: 'always', afterKeyframes: [1, 250] },
    {
      kind: 'foreignFrames',
      phase: 'runtime',
      probability: 0.2,
      times: 'always',
      afterKeyframes: [1, 250],
      count: 3,
    },
    {
      kind: 'truncate',
      phase: 'runtime',
      probability: 0.2,
      times: 'always',
      afterKeyframes: [1, 250],
      variant: 'frame',
    },
    { kind: 'reset', phase: 'runtime', probability: 0.2, times: 'always', afterKeyframes: [1, 250] },
    {
      kind: 'close',
      phase: 'runtime',
      probability: 0.2,
      times: 'always',
      afterKeyframes: [1, 250],
      code: 1012,
    },
    {
      kind: 'delay',
      phase: 'runtime',
      probability: 0.2,
      times: 'always',
      afterKeyframes: [1, 250],
      delayMs: 300,
    },
    { kind: 'duplicateEnd', phase: 'runtime', probability: 0.5, times: 'always' },
    { kind: 'silence', phase: 'runtime', probability: 0.05, times: 'always', afterKeyframes: [1, 250] },
  ],

  /** Confirms and drops every connection: a session must give up after a bounded number of attempts. */
  flap: [{ kind: 'acceptThenDrop', phase: 'handshake', times: 'always', dropAfterMs: 50 }],

  /** Refuses every upgrade with a Retry-After: a session must wait that long, and never connects. */
  overload: [
    {
      kind: 'refuse',
      phase: 'upgrade',
      times: 'always',
      status: 429,
      headers: { 'Retry-After': '30', 'Content-Type': 'application/json' },
      body: '{"message":"maximum concurrent sessions reached"}',
    },
  ],

  /** Every connection is closed with 4503 some seconds after its confirmation, three times. */
  rollingDeploy: [
    {
      kind: 'close',
      phase: 'runtime',
      times: 3,
      afterMs: [2_000, 6_000],
      code: 4503,
      reason: 'rolling deploy',
    },
  ],

  /** The first connection goes silent without closing, one second after its confirmation. */
  deaf: [{ kind: 'silence', phase: 'runtime', nth: 1, afterMs: 1_000 }],
};
