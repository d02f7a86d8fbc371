/**
 * What the history of a session means for a viewer: since when it is in its state, what it waits for and why, its outages
 * and its failures. Pure: entries in, facts out. Which session it is, and when it is looked at, is decided elsewhere.
 */
import { remediationFor } from '../core/failure/avatar-sdk-error-code.js';
import type { HistoryEntry, SessionState } from '../core/session/session-life.js';
import type { SessionEventView } from './protocol.js';

/** Events of one session that are kept. */
const MAX_EVENTS = 500;
/** Failures and outages that are known before the history says so: between two looks. */
const MAX_AHEAD = 100;

/** What happened to something that is no session of the client, and is shown as one. */
export interface NoteEntry {
  readonly kind: 'note';
  readonly seq: number;
  readonly atMs: number;
  readonly name: string;
  readonly text: string;
}

export class SessionFacts {
  state: SessionState = 'idle';
  reason = '';
  sinceMs: number;
  /** Whether it had a connection in this life. */
  #wasConnected = false;
  /** When the connection was lost, or the first dial failed. */
  outageSinceMs: number | undefined;
  outageCode = '';
  attempt = 0;
  nextAtMs: number | undefined;
  nextWhy = '';
  gate = '';
  outages = 0;
  outageMs = 0;
  errors = 0;
  lastCode = '';
  gaveUp = false;
  /** The newest last. */
  readonly events: SessionEventView[] = [];
  #seq = 0;
  #seenSeq = 0;
  /** What was published, and is not in the history that was read so far. */
  readonly #remedies = new Map<string, string>();
  readonly #outages: number[] = [];

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
  }

  /** Entries that were there before are left out. */
  takeAll(history: readonly (HistoryEntry | NoteEntry)[]): void {
    for (const entry of history) {
      if (entry.seq <= this.#seenSeq) continue;
      this.#seenSeq = entry.seq;
      this.#take(entry);
    }
  }

  /** Of a failure that the history is about to say. */
  remedyKnown(code: string, message: string, remedy: string): void {
    if (this.#remedies.size >= MAX_AHEAD) this.#remedies.clear();
    this.#remedies.set(`${code}: ${message}`, remedy);
  }

  /** Of an outage whose end the history is about to say. */
  outageKnown(outageMs: number): void {
    if (this.#outages.length < MAX_AHEAD) this.#outages.push(outageMs);
  }

  #take(entry: HistoryEntry | NoteEntry): void {
    const { atMs } = entry;
    switch (entry.kind) {
      case 'state': {
        this.#moved(entry.to, entry.reason, atMs);
        return;
      }
      case 'failure': {
        const { code, phase, step, message } = entry;
        this.errors += 1;
        this.lastCode = code;
        this.outageCode = code;
        // While a connection is there, the failure is not an outage yet: the state says so.
        if (this.state !== 'websocket_runtime') this.outageSinceMs ??= atMs;
        const remedy = this.#remedies.get(`${code}: ${message}`) ?? remediationFor(code, phase);
        this.#add({ atMs, kind: 'failure', name: code, text: `${phase}, ${step}: ${message}`, remedy });
        return;
      }
      case 'retry': {
        const { attempt, delayMs, source, why } = entry;
        // Room for audio, and the budget of re-sends, are no wait for a connection.
        if (source !== 'memory' && source !== 'budget') {
          this.attempt = attempt;
          this.nextAtMs = atMs + delayMs;
          this.nextWhy = why;
          this.gate = source === 'gate' ? why : '';
        }
        this.#add({ atMs, kind: 'retry', name: source, text: why, durationMs: delayMs });
        return;
      }
      case 'giveUp': {
        this.gaveUp = true;
        this.#add({ atMs, kind: 'giveUp', name: entry.reason, text: entry.why });
        return;
      }
      case 'note': {
        const { name, text } = entry;
        this.#add({ atMs, kind: 'note', name, text });
        return;
      }
      case 'lease': {
        this.#add({ atMs, kind: 'lease', name: 'lease', text: entry.reason });
        return;
      }
    }
  }

  #moved(to: SessionState, reason: string, atMs: number): void {
    const from = this.state;
    this.state = to;
    this.reason = reason;
    this.sinceMs = atMs;
    this.#add({ atMs, kind: 'state', name: to, text: reason });
    if (to === 'idle') {
      this.#wasConnected = false;
      this.gaveUp = false;
    }
    if (from === 'websocket_runtime') this.outageSinceMs = to === 'waiting' ? atMs : undefined;
    if (to !== 'waiting') {
      this.nextAtMs = undefined;
      this.nextWhy = '';
      this.gate = '';
    }
    if (to === 'session_token' && this.attempt === 0) this.attempt = 1;
    if (to === 'closing' || to === 'closed') this.outageSinceMs = undefined;
    if (to === 'websocket_runtime') this.#connected(atMs);
  }

  #connected(atMs: number): void {
    const since = this.outageSinceMs;
    this.outageSinceMs = undefined;
    this.attempt = 0;
    if (since !== undefined) {
      // It began with the last sign of life, which the history does not say.
      const durationMs = (this.#wasConnected ? this.#outages.shift() : undefined) ?? atMs - since;
      this.outages += 1;
      this.outageMs += durationMs;
      const what = this.#wasConnected ? 'reconnected after' : 'connected after';
      this.#add({
        atMs,
        kind: 'recovered',
        name: this.outageCode,
        text: `${what} ${this.outageCode}`,
        durationMs,
      });
    }
    this.#wasConnected = true;
  }

  #add(event: Omit<SessionEventView, 'seq'>): void {
    this.#seq += 1;
    this.events.push({ seq: this.#seq, ...event });
    if (this.events.length > MAX_EVENTS) this.events.splice(0, this.events.length - MAX_EVENTS);
  }
}
