/** Times, sizes and states as the page shows them. Pure. */
import type { SessionRow } from '../protocol.js';

/** The summary of a session's state; each value has its own colour and sign. */
export type Condition = 'connected' | 'dialling' | 'waiting' | 'idle' | 'failed' | 'ended';

export const CONDITIONS: readonly Condition[] = [
  'connected',
  'dialling',
  'waiting',
  'idle',
  'failed',
  'ended',
];

export function conditionOf({ state, failed, endedMs }: SessionRow): Condition {
  if (endedMs !== null || state === 'closed') return failed ? 'failed' : 'ended';
  if (state === 'websocket_runtime') return 'connected';
  if (state === 'session_token' || state === 'websocket_connect') return 'dialling';
  if (state === 'waiting') return 'waiting';
  return state === 'closing' ? 'ended' : 'idle';
}

/** `850 ms`, `4.1 s`, `3 min 05 s`, `2 h 10 min` */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(Math.round(ms), 0)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (seconds < 3_600) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${pad(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${pad(minutes % 60)} min`;
}

/** Whole seconds, for durations that are counted up: `12 s`, `3 min 05 s`. */
export function age(ms: number): string {
  return ms < 60_000 ? `${Math.max(Math.floor(ms / 1_000), 0)} s` : duration(ms);
}

export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1_000).toFixed(0)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** `14:03:22.480`, in the time zone of the browser. */
export function clockTime(epochMs: number): string {
  const at = new Date(epochMs);
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':');
  return `${time}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** The current activity, in a few words. */
export function summary(row: SessionRow, nowMs: number): string {
  const condition = conditionOf(row);
  if (condition === 'failed') return row.lastCode === '' ? 'failed' : `failed: ${row.lastCode}`;
  if (condition === 'ended') return row.state === 'closing' ? 'closing' : 'closed';
  if (condition === 'idle') return 'not started';
  if (condition === 'dialling') {
    const step = row.state === 'session_token' ? 'asks for a token' : 'connects';
    return row.attempt > 1 ? `attempt ${row.attempt}: ${step}` : step;
  }
  if (condition === 'waiting') {
    if (row.gate !== '') return 'waits at the gate';
    if (row.nextAtMs === null) return row.reason;
    const leftMs = row.nextAtMs - nowMs;
    return leftMs > 50 ? `attempt ${row.attempt} in ${duration(leftMs)}` : `attempt ${row.attempt} is due`;
  }
  if (row.paused) return 'paused';
  return row.speaking > 0 ? `speaks ${plural(row.speaking, 'utterance')}` : 'connected';
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
