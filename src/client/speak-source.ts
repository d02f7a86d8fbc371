/** Says a whole source as one utterance, and lets the utterance fail when the source does: nobody waits for its end in vain. */
import type { SourceFormat } from '../audio/conversions.js';
import { AvatarSDKError, recordVerdict } from '../core/failure/avatar-sdk-error.js';
import type { Session } from './session.js';
import { NotAudioError } from './speech/audio-chunk.js';
import type { AudioSource } from './speech/audio-chunk.js';
import { writeSource } from './speech/audio-source.js';
import type { AudioSink } from './speech/audio-source.js';
import type { ActiveUtterance } from './speech/active-utterance.js';
import type { Utterance } from './speech/utterance.js';
import { readableThrown, thrownMessage } from './waiting/deferred.js';

/** The source in the PCM of the session. The conversion is loaded when it is read first; without a format nothing is loaded. */
export function inSessionFormat(
  source: AudioSource,
  format: SourceFormat | undefined,
  toHz: number,
): AudioSource {
  if (format === undefined) return source;
  const loading = import('../audio/conversions.js').then(({ toSessionPcm }) =>
    toSessionPcm(source, format, toHz),
  );
  // The reader of `converted` gets the error.
  loading.catch(() => undefined);
  const converted: AsyncIterableIterator<Uint8Array, undefined> = {
    next: async () => (await loading).next(),
    return: async () => (await (await loading).return?.()) ?? { done: true, value: undefined },
    [Symbol.asyncIterator]: () => converted,
  };
  return converted;
}

/** Returns at once; what becomes of it is told by the utterance's `finished`. */
export function speakSource(
  session: Pick<Session, 'speech' | 'errors' | 'over'>,
  active: ActiveUtterance,
  utterance: Utterance,
  source: AudioSource,
): void {
  const into: AudioSink = {
    write: (chunk) => utterance.write(chunk),
    end: (chunk) => utterance.end(chunk),
    over: active.over,
    isOver: active.stage.kind !== 'speaking',
    stalls: session.speech.watchSource(active),
  };
  const writing = writeSource(into, source).catch((thrown: unknown) => {
    const cause = readableThrown(thrown);
    const message = `the source of the audio failed: ${thrownMessage(cause)}`;
    return session.errors.local('invalidRequest', message, {
      reqId: utterance.reqId,
      cause,
      problem: cause instanceof NotAudioError ? 'sourceNoAudio' : 'sourceFailed',
    });
  });
  void writing.then((error) => {
    if (!(error instanceof AvatarSDKError) || active.stage.kind !== 'speaking') return;
    session.speech.giveUp(active, recordVerdict(error, { willRetry: !session.over, outcome: 'failed' }));
  });
}
