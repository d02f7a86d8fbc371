/**
 * How far an utterance has been heard in a room, as pure arithmetic: the service states a position now and then, and in between it
 * moves on with the clock while the room plays. And the pause of a session, as a value: the application asks for it once, and it
 * applies to everything that is being said or begins, on every connection, until it is ended; what a connection and an utterance owe
 * to it. All values are milliseconds; times are arguments. Knows no message.
 */

/** A run is one request of the utterance to the service; a re-send begins the next run. */
export interface PlaybackPosition {
  /** The request id on the wire of the run. */
  readonly run: string;
  /** The furthest position in any run. */
  readonly furthestMs: number;
  /** Position in the utterance at `atMs`. */
  readonly positionMs: number;
  readonly atMs: number;
  /** Whether the room plays on from there. */
  readonly playing: boolean;
  /** Audio that had gone out when the service stated the position: all of it has surely arrived. */
  readonly arrivedMs: number;
}

export const NOTHING_HEARD: PlaybackPosition = Object.freeze({
  run: '',
  furthestMs: 0,
  positionMs: 0,
  atMs: 0,
  playing: false,
  arrivedMs: 0,
});

/** What the service states, or what one of its signals means. */
export interface PositionStatement {
  readonly run: string;
  /** In the utterance. */
  readonly positionMs: number;
  readonly playing: boolean;
  /** Audio of the utterance that has gone out so far. */
  readonly sentMs: number;
}

/** The service states whole milliseconds, counted from the beginning of a run, which may lie within a millisecond. */
const STATED_WITHIN_MS = 1;

/** A position that goes back within a run does not count; nor does one that is beyond the audio by its rounding only. */
export function stated(
  before: PlaybackPosition,
  statement: PositionStatement,
  nowMs: number,
): PlaybackPosition {
  const { run, playing, sentMs } = statement;
  const isRounded = statement.positionMs - sentMs < STATED_WITHIN_MS;
  const saidMs = isRounded ? Math.min(statement.positionMs, sentMs) : statement.positionMs;
  const positionMs = run === before.run ? Math.max(before.positionMs, saidMs) : saidMs;
  const furthestMs = Math.max(before.furthestMs, positionMs);
  return { run, furthestMs, positionMs, atMs: nowMs, playing, arrivedMs: sentMs };
}

/** What has been heard by now: it grows only while the room plays, and never beyond `sentMs` of audio. */
export function positionAt(position: PlaybackPosition, nowMs: number, sentMs: number): number {
  return Math.max(position.furthestMs, positionInRun(position, nowMs, sentMs));
}

/** The room plays no further: it was paused, or the connection was lost. */
export function stopped(position: PlaybackPosition, nowMs: number, sentMs: number): PlaybackPosition {
  if (!position.playing) return position;
  const positionMs = positionInRun(position, nowMs, sentMs);
  const furthestMs = Math.max(position.furthestMs, positionMs);
  return { ...position, furthestMs, positionMs, atMs: nowMs, playing: false };
}

/** The room plays on after a pause. */
export function resumed(position: PlaybackPosition, nowMs: number): PlaybackPosition {
  return position.playing ? position : { ...position, atMs: nowMs, playing: true };
}

/** More audio follows `sentMs` of it: a room that has played all of that goes on only now. */
export function supplied(position: PlaybackPosition, nowMs: number, sentMs: number): PlaybackPosition {
  const { playing, positionMs, atMs } = position;
  if (!playing || positionMs + nowMs - atMs <= sentMs) return position;
  return resumed(stopped(position, nowMs, sentMs), nowMs);
}

function positionInRun(
  { positionMs, atMs, playing }: PlaybackPosition,
  nowMs: number,
  sentMs: number,
): number {
  return playing ? Math.max(positionMs, Math.min(positionMs + nowMs - atMs, sentMs)) : positionMs;
}

/** Undefined while the session is not paused. */
export type SessionPause = { readonly sinceMs: number } | undefined;

/** A second pause changes nothing. */
export function pauseAt(pause: SessionPause, nowMs: number): SessionPause {
  return pause ?? { sinceMs: nowMs };
}

/** How a pause takes effect on a connection. */
export interface PauseEffect {
  /** Frames go to the application, and wait in this process. */
  readonly holdsFrames: boolean;
  /** The service is asked to pause, request by request. */
  readonly asksService: boolean;
  /** The service plays what it gets, and can't pause: nothing is sent. */
  readonly withholdsAudio: boolean;
}

export function effectOfPause(usesEgress: boolean, serviceCanPause: boolean): PauseEffect {
  return {
    holdsFrames: !usesEgress,
    asksService: serviceCanPause,
    withholdsAudio: usesEgress && !serviceCanPause,
  };
}

/** The control message that is due for one of the service's requests. */
export interface PausedRequest {
  /** Whether the service knows of the request: some of its audio went out. */
  readonly begun: boolean;
  /** Whether the service pauses it, as far as is known here. */
  readonly paused: boolean;
}

/** The message that is owed to a request, by a connection that takes such messages. */
export function controlOwed(
  pause: SessionPause,
  { begun, paused }: PausedRequest,
): 'pause' | 'resume' | undefined {
  if (!begun || paused === (pause !== undefined)) return undefined;
  return pause === undefined ? 'resume' : 'pause';
}

/** So many times `silenceTimeoutMs` a paused utterance is kept; then it is interrupted, as the service does with its own limit. */
const PAUSE_LIMIT_FACTOR = 4;

/** How long an utterance may be paused, milliseconds; counted from the pause, or from its begin where that is later. */
export function pauseLimitMs(silenceTimeoutMs: number): number {
  return PAUSE_LIMIT_FACTOR * silenceTimeoutMs;
}
