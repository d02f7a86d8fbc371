/** `speak`, and `sendAudio` for the current request of a session, as in the vendor's SDKs. Independent of connections. */
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { checkSpeak, defaultTraits, inSessionFormat } from './session-calls.js';
import type { SendAudioRequest } from './session-calls.js';
import type { SpeakOptions } from './session-interfaces.js';
import type { Session } from './session.js';
import type { ActiveUtterance } from './speech/active-utterance.js';
import { checkSource } from './speech/audio-chunk.js';
import type { FormattedSource, SpeakSource } from './speech/audio-chunk.js';
import { interruptBy, speakSource } from './speech/audio-source.js';
import { requestError } from './speech/speech-host.js';
import { Utterance } from './speech/utterance.js';
import { markHandled, handledRejection } from './waiting/deferred.js';

const NOT_OF_SESSION =
  'after must be an utterance of this session, or its reqId: pass the utterance that speak() returned; one that is over is legal, too';

/** Like `AvatarSession.speak`. */
export function speakIn(
  session: Session,
  source: SpeakSource<FormattedSource> | undefined,
  options: SpeakOptions | undefined,
): Utterance {
  const { speech, context } = session;
  const { sampleRate } = context.options;
  const defaults = defaultTraits(context.options);
  const { traits, format, signal } = checkSpeak(options, source, defaults, context.wholeSamples);
  // The checks refuse a source that needs a conversion but has none.
  const audio = source as SpeakSource | undefined;
  if (audio !== undefined && format === undefined && typeof audio !== 'function') checkSource(audio);
  // Ids of this session are recognized by their form, also those of utterances that ended long ago.
  if (traits.after !== undefined && !speech.requestIds.made(traits.after))
    throw new RangeError(NOT_OF_SESSION);
  const active = speech.begin(true, traits);
  const utterance = new Utterance(speech, active);
  if (signal !== undefined) interruptBy(signal, active, () => speech.interrupt(active));
  if (audio !== undefined)
    speakSource(session, active, utterance, inSessionFormat(audio, format, sampleRate));
  return utterance;
}

export class CurrentRequest {
  /** The request that `sendAudio` has begun and not yet ended. */
  #current: ActiveUtterance | undefined;
  /** The request before: further audio for its id may still come. */
  #latest: ActiveUtterance | undefined;

  /** The next audio begins a new request. */
  forget(): void {
    this.#current = undefined;
  }

  /** Like `AvatarSession.sendAudio`, with checked arguments. */
  send(session: Session, bytes: Uint8Array, { end, reqId }: SendAudioRequest): Promise<string> {
    const named = reqId === undefined ? undefined : this.#find(session, reqId);
    if (reqId !== undefined && named === undefined) return handledRejection(unknownRequest(session, reqId));
    const { speech } = session;
    const before = named ?? this.#current;
    const active = before ?? speech.begin(false, defaultTraits(session.context.options));
    const isCurrent = named === undefined || named === this.#current;
    // A request that failed midway stays current until its end: its remaining audio must not begin a new request.
    const begunInVain = this.#current === undefined && active.stage.kind !== 'speaking';
    if (isCurrent) {
      this.#current = end || begunInVain ? undefined : active;
      this.#latest = active;
    }
    const wait = speech.write(active, bytes, end);
    if (wait === undefined) return active.accepted;
    // Calls that wait for the same event share one answer, so that calls without an `await` cost nothing.
    if (active.latestWait?.wait === wait) return active.latestWait.answer;
    const refused = (error: AvatarSDKError): never => {
      if (isCurrent && active.stage.kind === 'speaking' && !active.ledger.endAsked) {
        // If no audio of the request was accepted, there is no request. Otherwise it still needs its end.
        if (before !== undefined) this.#current ??= active;
        else {
          speech.endings.giveUp(active, error);
          if (this.#current === active) this.#current = undefined;
        }
      }
      throw error;
    };
    const answer = markHandled(wait.then(() => active.ledger.reqId, refused));
    active.latestWait = { wait, answer };
    return answer;
  }

  #find({ speech }: Session, reqId: string): ActiveUtterance | undefined {
    for (const known of [this.#current, this.#latest]) if (known?.ledger.reqId === reqId) return known;
    return speech.unfinished.all().find(({ ledger }) => ledger.reqId === reqId);
  }
}

/** The error for a request that is over, or is not one of this session. */
function unknownRequest(session: Session, reqId: string): Error {
  if (!session.speech.requestIds.made(reqId)) {
    return new RangeError('reqId must be that of a request of this session');
  }
  const message = 'the utterance is over: begin a new one';
  return requestError(session, 'invalidRequest', message, { ledger: { reqId } }, 'failed', 'utteranceOver');
}
