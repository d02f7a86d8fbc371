/**
 * Interprets the history of a session for a viewer: since when it is in its state, what it waits for and why, its
 * outages and its failures. Pure: entries in, facts out. The caller chooses the session and the times.
 */
import { remediationFor } from '../core/failure/avatar-sdk-error-code.js';
import type { HistoryEntry, SessionState } from '../core/session/session-life.js';
import type { SessionEventView } from './protocol.js';

/** The most events of one session that are kept. */
const MAX_EVENTS = 500;
/** The most failures and outages that are kept until the history contains them: between two reads. */
const MAX_AHEAD = 100;

/** An event of an object that is shown as a session but is no session of the client. */
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
  /** The events, the newest last. */
  readonly events: SessionEventView[] = [];
  #seq = 0;
  #seenSeq = 0;
  /** Published remedies whose failures are not in the history read so far. */
  readonly #remedies = new Map<string, string>();
  readonly #outages: number[] = [];

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
  }

  /** Adds the new entries; earlier ones are left out. */
  takeAll(history: readonly (HistoryEntry | NoteEntry)[]): void {
    for (const entry of history) {
      if (entry.seq <= this.#seenSeq) continue;
      this.#seenSeq = entry.seq;
      this.#take(entry);
    }
  }

  /** The remedy of a failure that the history will contain. */
  remedyKnown(code: string, message: string, remedy: string): void {
    if (this.#remedies.size >= MAX_AHEAD) this.#remedies.clear();
    this.#remedies.set(`${code}: ${message}`, remedy);
  }

  /** The duration of an outage whose end the history will contain. */
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
        // While a connection is open, a failure is no outage yet; the state shows that.
        if (this.state !== 'websocket_runtime') this.outageSinceMs ??= atMs;
        const remedy = this.#remedies.get(`${code}: ${message}`) ?? remediationFor(code, phase);
        this.#add({ atMs, kind: 'failure', name: code, text: `${phase}, ${step}: ${message}`, remedy });
        return;
      }
      case 'retry': {
        const { attempt, delayMs, source, why } = entry;
        // A wait for memory or for the budget of re-sends is no wait for a connection.
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
      // The outage began with the last received bytes, whose time is not in the history.
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
