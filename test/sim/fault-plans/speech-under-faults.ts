/**
 * Half a minute of speech against the service with a fault plan, in virtual time, and its outcome. Contains
 * no assertion.
 */
import { FAULT_PLANS } from '../../../src/emulator/index.js';
import type { FaultPlanName } from '../../../src/emulator/index.js';
import { AvatarSDKError } from '../../../src/index.js';
import type { RetryPresetName } from '../../../src/index.js';
import { operationsOf, piecesOf, PLAIN_SPEECH, PLAIN_TRAITS, START } from '../adversaries/adversary.js';
import type { Entry } from '../world/chronicle.js';
import { runSchedule } from '../world/run-schedule.js';
import type { Run } from '../world/run-schedule.js';
import type { Delivery, End } from './outcome-table.js';

const SPEECH_MS = 30_000;
const CHUNK_MS = 200;
/** No preset allows a longer outage. */
const LONGEST_OUTAGE_MS = 13 * 3_600_000;
/** Longer than the longest wait of a preset. */
const AFTER_THE_TROUBLE_MS = 900_000;
const NEVER_HEAL: readonly FaultPlanName[] = ['flap', 'overload'];

export interface SpeechUnderFaults {
  readonly run: Run;
  readonly end: End | { readonly speech: 'unfinished' };
  /** The time at which the speech ended. If the speech failed, the time at which the session ended. */
  readonly speechOverAtMs: number;
  readonly gaveUpAtMs: number | undefined;
}

export async function speechUnderFaults(
  plan: FaultPlanName,
  preset: RetryPresetName,
  delivery: Delivery,
  seed: number,
): Promise<SpeechUnderFaults> {
  const traits = { ...PLAIN_TRAITS, retry: preset, usesEgress: delivery === 'room' };
  const chunkBytes = piecesOf(SPEECH_MS, SPEECH_MS / CHUNK_MS, traits);
  const run = await runSchedule({
    seed,
    adversaries: [],
    climate: { latencyMs: 20, jitterMs: 5, windowBytes: 262_144 },
    echoesSecrets: false,
    service: { seed, pace: 'realtime', idleTimeoutMs: Infinity },
    accounts: [{}],
    sessions: [traits],
    operations: operationsOf(0, [0, START], [1, { ...PLAIN_SPEECH, chunkBytes, gapMs: CHUNK_MS }]),
    disturbances: FAULT_PLANS[plan].map((fault) => ({ kind: 'fault', fault })),
    endsAtMs: NEVER_HEAL.includes(plan) ? LONGEST_OUTAGE_MS : AFTER_THE_TROUBLE_MS,
  });
  return { run, ...endOf(run.entries) };
}

function endOf(entries: readonly Entry[]): Omit<SpeechUnderFaults, 'run'> {
  const begun = entries.find((entry) => entry.kind === 'did' && entry.what.endsWith('to be finished'));
  const id = begun?.kind === 'did' ? begun.id : undefined;
  const over = entries.find((entry) => entry.kind === 'settled' && entry.id === id);
  const close = entries.find((entry) => entry.kind === 'emitted' && entry.name === 'close');
  if (over?.kind !== 'settled')
    return { end: { speech: 'unfinished' }, speechOverAtMs: 0, gaveUpAtMs: undefined };
  const error = close?.kind === 'emitted' ? close.payload.error : undefined;
  const session = error?.reason === undefined ? 'open' : { reason: error.reason, code: error.code };
  return {
    end: endWith(over.outcome.how === 'rejected' ? over.outcome.error : undefined, session),
    speechOverAtMs: over.atMs,
    gaveUpAtMs: session === 'open' ? undefined : close?.atMs,
  };
}

type SessionEnd = 'open' | { readonly reason: string; readonly code: string };

function endWith(error: unknown, session: SessionEnd): End | { readonly speech: 'unfinished' } {
  if (error === undefined) return { speech: session === 'open' ? 'delivered' : 'unfinished' };
  if (error instanceof AvatarSDKError && error.outcome === 'expired')
    return { speech: 'expired', session } as End;
  return session === 'open' ? { speech: 'unfinished' } : ({ speech: 'givenUp', ...session } as End);
}
