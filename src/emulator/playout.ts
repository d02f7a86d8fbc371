/**
 * The position of one request's playout in a room, as pure arithmetic: how far it is, and when it will have played all that
 * it has. Times are arguments, milliseconds; knows no timer.
 */
export interface Playout {
  /** Audio received so far. */
  readonly bufferedMs: number;
  /** Position when `countedAtMs` was. */
  readonly playedMs: number;
  readonly countedAtMs: number;
  readonly state: 'waiting' | 'playing' | 'paused';
}

export const newPlayout: Playout = { bufferedMs: 0, playedMs: 0, countedAtMs: 0, state: 'waiting' };

/** The same playout, its position counted up to now. Never beyond what it has. */
export function advance(playout: Playout, nowMs: number, speed: number): Playout {
  const elapsedMs = playout.state === 'playing' ? (nowMs - playout.countedAtMs) * speed : 0;
  return {
    ...playout,
    playedMs: Math.min(playout.bufferedMs, playout.playedMs + elapsedMs),
    countedAtMs: nowMs,
  };
}

/** Real milliseconds until everything buffered is played; 0 when it is. Only for an advanced playout. */
export function drainedInMs({ bufferedMs, playedMs }: Playout, speed: number): number {
  return (bufferedMs - playedMs) / speed;
}
