/**
 * What happens to unfinished utterances when their run is void: they are restarted if the `recovery` option allows it, otherwise given
 * up, and delayed while the endpoint's budget for re-sends is used up, so that a failing upstream does not get the same sentence for
 * ever. Also releases audio that no re-send needs. Sends nothing itself.
 */
import type { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { LARGEST_BLOCK_BYTES } from '../../core/utterance/audio-log.js';
import { lastingBytes, letGoDelivered, planRun, restartRun } from '../../core/utterance/recovery.js';
import type { RunTraits } from '../../core/utterance/recovery.js';
import type { RequestIds } from '../../core/utterance/request-id.js';
import type { ActiveUtterance, GivenUp } from './active-utterance.js';
import { requestError } from './speech-host.js';
import type { SpeechHost, SpeechContext } from './speech-host.js';
import type { UtteranceTraits } from './utterance-interfaces.js';
import type { UtteranceEndings } from './utterance-endings.js';
import type { UtteranceRegistry } from './utterance-registry.js';

export interface UtteranceRecoveryParts {
  readonly host: SpeechHost;
  readonly requestIds: RequestIds;
  readonly unfinished: UtteranceRegistry;
  readonly endings: UtteranceEndings;
  /** Sends audio that is no longer corked. */
  readonly pump: () => void;
}

export class UtteranceRecovery {
  readonly #parts: UtteranceRecoveryParts;

  constructor(parts: UtteranceRecoveryParts) {
    this.#parts = parts;
  }

  /** The connection was lost: utterances that can't be sent again accept no more audio. */
  connectionLost(): void {
    const { host, unfinished } = this.#parts;
    const nowMs = host.context.clock.nowMs();
    for (const utterance of unfinished.all()) {
      utterance.disconnected(nowMs);
      unfinished.waitedBehind(utterance);
      if (!utterance.answered) utterance.givenUp = givenUpAtLoss(utterance, host.context);
    }
  }

  /** The session reconnects: utterances that were given up at the loss fail. Returns the errors to emit. */
  failGivenUp(): readonly AvatarSDKError[] {
    const toReport: AvatarSDKError[] = [];
    for (const utterance of this.#parts.unfinished.all()) {
      const { givenUp } = utterance;
      const error = givenUp === undefined ? undefined : this.#fail(utterance, givenUp);
      if (error !== undefined) toReport.push(error);
    }
    return toReport;
  }

  /**
   * A new connection is confirmed: unfinished utterances begin again under new ids, in their old order. Returns the errors to emit
   * afterwards, because a handler may call any method.
   */
  connectionReplaced(): readonly AvatarSDKError[] {
    const { unfinished } = this.#parts;
    const toReport: AvatarSDKError[] = [];
    for (const utterance of unfinished.all()) {
      if (utterance.answered) continue;
      utterance.resendTimer?.cancel();
      utterance.resendTimer = undefined;
      // The connect gate has paced the first re-send together with the reconnect; further ones need the budget.
      const resentBefore = utterance.ledger.replays > 0;
      const error = this.#restart(utterance);
      if (error !== undefined) toReport.push(error);
      if (resentBefore && utterance.stage.kind === 'speaking') this.#cork(utterance, 0);
    }
    unfinished.reindex();
    return toReport;
  }

  /**
   * The service refused the current run: the utterance sends nothing for `delayMs`, then begins again. Returns false if it is too old for
   * that, and has failed.
   */
  resendAfter(utterance: ActiveUtterance, delayMs: number, resent: () => void): boolean {
    const error = this.#restart(utterance);
    this.#parts.unfinished.reindex();
    if (error !== undefined) this.#parts.host.lifecycle.failed(error);
    if (utterance.stage.kind !== 'speaking') return false;
    this.#cork(utterance, delayMs, resent);
    return true;
  }

  /**
   * More frames have come than may be kept until the end of a pause, or the turn of the utterance. Cancels the request, and sends the
   * utterance again afterwards; if that is not possible the utterance fails.
   */
  suspend(utterance: ActiveUtterance): void {
    const { endings, unfinished } = this.#parts;
    const { traits, ledger } = utterance;
    if (!ledger.keptWhole || (traits.recovery !== 'replay' && traits.recovery !== 'tail')) {
      const why = utterance.waitsForTurn ? 'it waits for its turn' : 'the session is paused';
      const message = `${why}, and more frames came than are kept meanwhile`;
      const problem = utterance.waitsForTurn ? 'waitingFrames' : 'pausedFrames';
      endings.expire(utterance, 'invalidRequest', message, 'failed', problem);
      return;
    }
    endings.cancelRequest(utterance);
    const error = this.#restart(utterance);
    unfinished.reindex();
    if (error !== undefined) this.#parts.host.lifecycle.failed(error);
    else utterance.suspended = true;
  }

  /** Restarts the utterance or ends it, by its `recovery` and its age. Returns the error to emit. */
  #restart(utterance: ActiveUtterance): AvatarSDKError | undefined {
    const { host, requestIds } = this.#parts;
    const givenUp = restartOrGiveUp(utterance, host.context, requestIds);
    return givenUp === undefined ? undefined : this.#fail(utterance, givenUp);
  }

  #fail(utterance: ActiveUtterance, givenUp: GivenUp): AvatarSDKError | undefined {
    const { host, endings } = this.#parts;
    const { message, outcome, silently, problem } = givenUp;
    const error = requestError(host, 'connectionClosed', message, utterance, outcome, problem);
    endings.fail(utterance, error);
    return silently ? undefined : error;
  }

  /** The utterance sends nothing for `delayMs`, and then until the budget for re-sends has room. */
  #cork(utterance: ActiveUtterance, delayMs: number, resent?: () => void): void {
    const { host, pump } = this.#parts;
    const { clock } = host.context;
    let isReported = false;
    const ask = (): void => {
      const tooOld = this.#restart(utterance);
      if (tooOld !== undefined) {
        host.lifecycle.failed(tooOld);
        return;
      }
      const againInMs = host.resendInMs();
      if (againInMs > 0) {
        if (!isReported) this.#reportDelay(utterance, againInMs);
        isReported = true;
        utterance.resendTimer = clock.schedule(againInMs, ask);
        return;
      }
      utterance.resendTimer = undefined;
      utterance.lastHeardAtMs = clock.nowMs();
      utterance.sentAtMs = utterance.lastHeardAtMs;
      resent?.();
      pump();
    };
    utterance.resendTimer = clock.schedule(delayMs, ask);
  }

  #reportDelay({ ledger, outage }: ActiveUtterance, delayMs: number): void {
    const why =
      'the budget of the endpoint for re-sends is used up: few recent utterances at the endpoint succeeded';
    const attempt = (outage?.attempts ?? ledger.replays) + 1;
    const { lifecycle } = this.#parts.host;
    lifecycle.delayed({ attempt, delayMs: Math.ceil(delayMs), source: 'budget', why });
  }
}

/**
 * Begins a new run of an unfinished utterance, under a new request id and from the position of its recovery; an utterance that has sent
 * nothing yet needs none. Returns why that is not possible; undefined if it is.
 */
export function restartOrGiveUp(
  utterance: ActiveUtterance,
  context: SpeechContext,
  requestIds: RequestIds,
): GivenUp | undefined {
  const { clock } = context;
  if (clock.nowMs() > utterance.expiresAtMs) return tooOld(utterance);
  const freshReqId = (): string => requestIds.next(clock.epochMs());
  const restart = restartRun(utterance.ledger, traitsOf(utterance, context), freshReqId);
  if (restart.action === 'giveUp') return notResent(utterance, restart.silently);
  utterance.account();
  return undefined;
}

/** Why the utterance can't be sent again after the loss of its connection; undefined if it can. */
export function givenUpAtLoss(utterance: ActiveUtterance, context: SpeechContext): GivenUp | undefined {
  const { ledger, expiresAtMs } = utterance;
  // An utterance that has not ended may still be written to, which makes it young again.
  if (ledger.endAsked && context.clock.nowMs() > expiresAtMs) return tooOld(utterance);
  const plan = planRun(ledger, traitsOf(utterance, context));
  return plan.action === 'giveUp' ? notResent(utterance, plan.silently) : undefined;
}

/**
 * The size of blocks in which audio that no re-send needs is released, as a part of the bound; or the largest block size if that is
 * smaller.
 */
const BLOCKS_IN_BOUND = 16;

/** Releases audio that the service has animated or played, and gives its room to waiting writes. */
export function letGoOfAudio(utterance: ActiveUtterance, context: SpeechContext): void {
  letGoDelivered(utterance.ledger, traitsOf(utterance, context), blockBytesOf(context));
  utterance.account();
}

/** Bytes that an utterance with these traits keeps even after the service has animated them; Infinity if it keeps all. */
export function lastingBytesOf(traits: UtteranceTraits, context: SpeechContext): number {
  return lastingBytes(traitsOf({ traits }, context), blockBytesOf(context));
}

function blockBytesOf({ options: { replay } }: SpeechContext): number {
  return Math.min(LARGEST_BLOCK_BYTES, Math.min(replay.maxBytes, replay.maxProcessBytes) / BLOCKS_IN_BOUND);
}

function traitsOf({ traits }: Pick<ActiveUtterance, 'traits'>, context: SpeechContext): RunTraits {
  const { wholeSamples, usesEgress } = context;
  const { sampleRate, replay } = context.options;
  return { recovery: traits.recovery, sampleRate, wholeSamples, usesEgress, leadInMs: replay.leadInMs };
}

function tooOld({ traits }: ActiveUtterance): GivenUp {
  const message = `no audio of the utterance was written or played for more than ${traits.ttlMs} ms (replay.ttlMs): it is too old to be sent`;
  return { message, outcome: 'expired', problem: 'tooOld', silently: false };
}

function notResent({ traits }: ActiveUtterance, silently: boolean): GivenUp {
  const lost = 'the connection was lost before the utterance was finished';
  if (traits.recovery === 'drop' || traits.recovery === 'fail') {
    return {
      message: `${lost}, and it is not sent again`,
      outcome: 'failed',
      problem: 'notResent',
      silently,
    };
  }
  const message = `${lost}, and its audio was not kept (replay.onLimit 'stopReplaying')`;
  return { message, outcome: 'failed', problem: 'notKept', silently };
}
