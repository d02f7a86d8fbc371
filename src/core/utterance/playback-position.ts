/**
 * How far an utterance has been heard in a room, as pure arithmetic: the service states a position now and then, and in between the
 * position advances with the clock while the room plays. Also the pause of a session, as a value: the application sets it once, and it
 * applies to every utterance on every connection until it is ended. From it follow the control messages that are due for a request. All
 * values are milliseconds; times are arguments. Independent of the protocol's messages.
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
  /** Whether the room continues to play from that position. */
  readonly playing: boolean;
  /** Audio that had been sent when the service stated the position: all of it has certainly arrived. */
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

/** A position that the service states, or that one of its signals implies. */
export interface PositionStatement {
  readonly run: string;
  /** Position in the utterance. */
  readonly positionMs: number;
  readonly playing: boolean;
  /** Audio of the utterance that has been sent so far. */
  readonly sentMs: number;
}

/** The service states whole milliseconds from the beginning of a run, which may begin between two whole milliseconds. */
const STATED_WITHIN_MS = 1;

/**
 * A position before the previous one of the same run is ignored. A position beyond the audio by less than a millisecond is a rounding
 * error and is cut to the end of the audio.
 */
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

/** The furthest position heard by `nowMs`: it grows only while the room plays, and never beyond `sentMs` of audio. */
export function positionAt(position: PlaybackPosition, nowMs: number, sentMs: number): number {
  return Math.max(position.furthestMs, positionInRun(position, nowMs, sentMs));
}

/** The room has stopped playing: it was paused, or the connection was lost. */
export function stopped(position: PlaybackPosition, nowMs: number, sentMs: number): PlaybackPosition {
  if (!position.playing) return position;
  const positionMs = positionInRun(position, nowMs, sentMs);
  const furthestMs = Math.max(position.furthestMs, positionMs);
  return { ...position, furthestMs, positionMs, atMs: nowMs, playing: false };
}

/** The room plays again after a pause. */
export function resumed(position: PlaybackPosition, nowMs: number): PlaybackPosition {
  return position.playing ? position : { ...position, atMs: nowMs, playing: true };
}

/** More audio will follow the first `sentMs`. A room that has played all of those continues only from now. */
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

/** The pause as of `nowMs`; a pause that already applies is kept. */
export function pauseAt(pause: SessionPause, nowMs: number): SessionPause {
  return pause ?? { sinceMs: nowMs };
}

/** How a pause takes effect on a connection. */
export interface PauseEffect {
  /** Frames are kept in this process instead of going to the application. */
  readonly holdsFrames: boolean;
  /** The service is asked to pause, with one message for each request. */
  readonly asksService: boolean;
  /** Audio is not sent, because the service plays what it gets and can't pause. */
  readonly withholdsAudio: boolean;
}

export function effectOfPause(usesEgress: boolean, serviceCanPause: boolean): PauseEffect {
  return {
    holdsFrames: !usesEgress,
    asksService: serviceCanPause,
    withholdsAudio: usesEgress && !serviceCanPause,
  };
}

/** The state that decides which control message is due for a request. */
export interface PausedRequest {
  /** Whether some audio of the request has been sent, so that the service has the request. */
  readonly begun: boolean;
  /** Whether the service pauses it, according to the messages so far. */
  readonly paused: boolean;
}

/** The control message that is due for a request, on a connection whose service supports such messages. */
export function controlOwed(
  pause: SessionPause,
  { begun, paused }: PausedRequest,
): 'pause' | 'resume' | undefined {
  if (!begun || paused === (pause !== undefined)) return undefined;
  return pause === undefined ? 'resume' : 'pause';
}

/** A paused utterance is kept for this many times `silenceTimeoutMs`. Then it is interrupted, as the service does at its own limit. */
const PAUSE_LIMIT_FACTOR = 4;

/** How long an utterance may be paused, milliseconds; counted from the pause, or from the utterance's beginning where that is later. */
export function pauseLimitMs(silenceTimeoutMs: number): number {
  return PAUSE_LIMIT_FACTOR * silenceTimeoutMs;
}
