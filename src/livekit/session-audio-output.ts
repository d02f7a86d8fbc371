/**
 * The destination of an agent's audio: each segment of its speech is one utterance of a session. Reports when a segment begins to play,
 * which parts of it have been played, and how far it was heard at its end, in the order of the segments. Must not know rooms.
 */
import type { voice as Voice } from '@livekit/agents';
import type { Session } from '../client/session-interfaces.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { PlaybackEvent } from '../client/events/session-events.js';
import type { UtteranceHandle } from '../client/speech/utterance-interfaces.js';
import { agents } from './peer-packages.js';

type AudioFrame = Parameters<Voice.AudioOutput['captureFrame']>[0];

/** A part that is played without a pause. */
interface Stretch {
  readonly fromMs: number;
  readonly startedAtMs: number;
}

interface Segment {
  readonly utterance: UtteranceHandle;
  /** Undefined while this segment is not playing. */
  stretch: Stretch | undefined;
  /** The heard part at the latest change of its playback, milliseconds. */
  heardMs: number;
  /** The end of the segment; undefined before that. */
  end: Voice.PlaybackFinishedEvent | undefined;
}

/** Ignores a rejection: the end of the utterance has the same reason, and is reported as the end of its segment. */
const toldByTheEnd = (): void => undefined;

export class SessionAudioOutput extends agents.voice.AudioOutput {
  readonly #session: Session;
  readonly #sampleRate: number;
  /** The error that ended the session, which may be restarted. */
  #endedBy: AvatarSDKError | undefined;
  /** The segment whose audio is being captured. Kept after an interrupt, so that the rest of its audio is dropped. */
  #captured: Segment | undefined;
  /** Segments whose end is not reported yet, oldest first. */
  #unfinished: Segment[] = [];

  /** @param canPause whether the service can pause the room. Otherwise the agent interrupts instead of pausing. */
  constructor(session: Session, sampleRate: number, canPause: boolean) {
    super(sampleRate, undefined, { pause: canPause });
    this.#session = session;
    session.on('close', ({ error }) => (this.#endedBy = error));
    this.#sampleRate = sampleRate;
  }

  /** Resolves when the session has room for more. Rejects when a segment can't begin, because the session is over. */
  override async captureFrame(frame: AudioFrame): Promise<void> {
    const { channels, sampleRate, data } = frame;
    if (channels !== 1 || sampleRate !== this.#sampleRate) {
      const got = `${channels} channels at ${sampleRate} Hz`;
      throw new RangeError(`frames must be mono at ${this.#sampleRate} Hz, got ${got}`);
    }
    // Throws before the segment is counted, because a segment that has not begun has no end.
    const segment = (this.#captured ??= this.#begin());
    const counted = super.captureFrame(frame);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (segment.end === undefined) await segment.utterance.write(bytes).catch(toldByTheEnd);
    await counted;
  }

  override flush(): void {
    super.flush();
    const segment = this.#captured;
    this.#captured = undefined;
    segment?.utterance.end().catch(toldByTheEnd);
  }

  override clearBuffer(): void {
    for (const { utterance } of this.#unfinished) utterance.interrupt().catch(toldByTheEnd);
  }

  override pause(): void {
    super.pause();
    this.#session.pause().catch((error: unknown) => this.logger.warn({ error }, 'the avatar was not paused'));
  }

  override resume(): void {
    super.resume();
    this.#session.resume().catch(toldByTheEnd);
  }

  #begin(): Segment {
    if (this.#session.state === 'closed') throw this.#endedBy ?? new Error('the avatar has been closed');
    // A service may end the playback when the next request begins, so the audio of the next segment waits for its turn.
    const utterance = this.#session.speak(undefined, { overlap: 'queue', frames: 'none' });
    const segment: Segment = { utterance, stretch: undefined, heardMs: 0, end: undefined };
    this.#unfinished.push(segment);
    utterance.on('playback', (event) => this.#playbackChanged(segment, event));
    void utterance.finished.then(
      ({ positionMs, outcome }) => this.#finished(segment, positionMs, outcome === 'interrupted'),
      () => this.#finished(segment, segment.heardMs, true),
    );
    return segment;
  }

  #playbackChanged(segment: Segment, { state, positionMs = 0 }: PlaybackEvent): void {
    const plays = state === 'started' || state === 'resumed';
    const startedAtMs = Date.now() - (state === 'started' ? positionMs : 0);
    if (state === 'started') this.onPlaybackStarted(startedAtMs);
    if (!plays) this.#endStretch(segment, positionMs);
    segment.heardMs = positionMs;
    if (plays) segment.stretch = { startedAtMs, fromMs: state === 'started' ? 0 : positionMs };
  }

  #endStretch(segment: Segment, positionMs: number): void {
    const { stretch } = segment;
    segment.stretch = undefined;
    if (stretch === undefined || positionMs <= stretch.fromMs) return;
    const { fromMs: offset, startedAtMs: startedAt } = stretch;
    this.onPlaybackProgressed({ startedAt, offset, duration: positionMs - offset });
  }

  /** Reports ends in the order of the segments, because the agent counts them. */
  #finished(segment: Segment, positionMs: number, interrupted: boolean): void {
    segment.end = { playbackPosition: positionMs / 1_000, interrupted };
    for (let [first] = this.#unfinished; first?.end !== undefined; [first] = this.#unfinished) {
      this.#unfinished.shift();
      this.onPlaybackFinished(first.end);
    }
  }
}
