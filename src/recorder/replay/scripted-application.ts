/**
 * Does what the application did in a recorded session: it starts, speaks, interrupts and closes at the times of the record. It also makes
 * the objects that it gives to the session: a gate that lets each dial begin at its time, and decisions with the delays of the record. It
 * must not read what the record says about the service.
 */
import type { AvatarSession } from '../../client/avatar-session.js';
import type { RetryDecider } from '../../core/policy/application-decision.js';
import type { Clock } from '../../ports/clock.js';
import type { ConnectGate } from '../../ports/connect-gate.js';
import { delayingGate } from './delaying-gate.js';
import type { FlightScript, ScriptedUtterance } from './script.js';

const nothing = (): void => undefined;

/** A session may be closed this much later than in the record, because events before its end may come a little later. */
export const CLOSE_WAITS_MS = 5_000;

/** A dial may begin this much earlier than in the record, where timers were late. */
const EARLY_MS = 100;

/**
 * Begins each dial at its time in the record, which includes waits for other sessions.
 *
 * @param dialBegins returns when the next dial began
 */
export function scriptedGate(dialBegins: () => number | undefined, clock: Clock): ConnectGate {
  const waitMsOf = (_clock: Clock, endpointName: string): number => {
    const waitMs = endpointName.startsWith('ingress') ? (dialBegins() ?? 0) - clock.nowMs() : 0;
    return waitMs > EARLY_MS ? waitMs : 0;
  };
  return delayingGate(waitMsOf, () => ({ why: 'the record has the dial later', leastMs: 0 }));
}

/** The decisions of the policy with the delays of the record; there, random delays may have reached a limit. */
export function scriptedDecisions(script: FlightScript, clock: Clock): RetryDecider {
  const delaysMs = [...script.delaysMs];
  return (_context, proposed) => {
    if (proposed.action === 'giveUp') return undefined;
    const delayMs = delaysMs.shift();
    if (delayMs !== undefined) return { action: 'retry', delayMs };
    const { givenUpMs } = script;
    return givenUpMs !== undefined && givenUpMs <= clock.nowMs() + 1 ? { action: 'giveUp' } : undefined;
  };
}

/** Sets a timer for every action of the application. */
export function scheduleApplication(script: FlightScript, clock: Clock, session: AvatarSession): void {
  const at = (ms: number | undefined, run: () => Promise<unknown>): void => {
    if (ms !== undefined) clock.schedule(ms, () => void run().catch(nothing));
  };
  const aborting = new AbortController();
  at(script.initMs, () => session.init());
  at(script.startMs, () => session.start({ signal: aborting.signal }));
  for (const ms of script.restartsMs) at(ms, () => session.restart());
  const settling: Settling[] = [];
  for (const utterance of script.utterances) {
    at(utterance.fromMs, () => {
      const settled = speak(utterance, clock, session);
      settling.push({ settledMs: utterance.settledMs ?? Infinity, settled });
      return settled;
    });
  }
  at(script.abortMs, () => {
    aborting.abort();
    return Promise.resolve();
  });
  at(script.closeMs, async () => {
    // The application may have closed the session because these utterances had settled.
    const before = settling.filter(({ settledMs }) => settledMs <= (script.closeMs ?? 0));
    const patience = new Promise<void>((resolve) => void clock.schedule(CLOSE_WAITS_MS, resolve));
    await Promise.race([Promise.all(before.map(({ settled }) => settled)), patience]);
    await session.close();
  });
}

interface Settling {
  /** The time in the record. */
  readonly settledMs: number;
  readonly settled: Promise<unknown>;
}

/** @returns a promise that resolves when the utterance has settled */
function speak(
  { fromMs, label, writes, endMs, interruptMs }: ScriptedUtterance,
  clock: Clock,
  session: AvatarSession,
): Promise<unknown> {
  const utterance = session.speak(undefined, label === undefined ? {} : { label });
  const at = (ms: number | undefined, run: () => Promise<unknown>): void => {
    if (ms !== undefined) clock.schedule(Math.max(ms - fromMs, 0), () => void run().catch(nothing));
  };
  for (const { atMs, bytes } of writes) at(atMs, () => utterance.write(new Uint8Array(bytes)));
  at(endMs, () => utterance.end());
  at(interruptMs, () => utterance.interrupt());
  return utterance.finished.catch(nothing);
}
