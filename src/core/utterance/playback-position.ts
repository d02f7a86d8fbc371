/**
 * How far an utterance has been heard in a room, as pure arithmetic: the service states a position now and then, and in between
 * it moves on with the clock while the room plays. All values are milliseconds; times are arguments.
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

/** A position that goes back within a run does not count. */
export function stated(
  before: PlaybackPosition,
  statement: PositionStatement,
  nowMs: number,
): PlaybackPosition {
  const { run, playing, sentMs } = statement;
  const positionMs =
    run === before.run ? Math.max(before.positionMs, statement.positionMs) : statement.positionMs;
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
