/**
 * One session in the inspector: its row in the list, its utterances and its events, read from glances. Reads only when the tracker calls
 * it.
 */
import type { FleetGlance, SessionGlance, UtteranceGlance } from '../client/session-glance.js';
import type { HistoryEntry } from '../core/session/session-life.js';
import type { SpeechTap } from '../client/events/speech-tap.js';
import type { SessionEventView, SessionRow, UtteranceView } from './protocol.js';
import { SessionFacts } from './session-facts.js';
import type { NoteEntry } from './session-facts.js';

export type { SessionGlance, UtteranceGlance } from '../client/session-glance.js';

/** The source of a tracked session: a session of the client, or a replacement. */
export interface Watchable {
  readonly id: string;
  glance(): SessionGlance;
  history(): readonly (HistoryEntry | NoteEntry)[];
  utterances(): readonly UtteranceGlance[];
  watch(tap: SpeechTap): () => void;
}

/** Utterances of one session that are kept. */
const MAX_UTTERANCES = 50;

export class TrackedSession {
  readonly id: string;
  readonly facts: SessionFacts;
  #source: Watchable | undefined;
  #glance: SessionGlance;
  #happened = -1;
  readonly #utterances = new Map<string, MutableUtterance>();
  readonly #firstMs: number;
  #endedMs: number | null = null;
  #keyframes = 0;
  #delivered = 0;
  #lost = 0;
  #speaking = 0;
  /** Incremented with each change of the utterances. */
  utterancesVersion = 0;
  /** A new object whenever a member has changed. */
  row: SessionRow;

  constructor(id: string, source: Watchable, nowMs: number) {
    this.id = id;
    this.facts = new SessionFacts(nowMs);
    this.#source = source;
    this.#glance = source.glance();
    const first = source.history()[0];
    this.#firstMs = first?.atMs ?? nowMs;
    this.row = this.#makeRow();
    this.look(nowMs);
  }

  get isOpen(): boolean {
    return this.#source !== undefined;
  }

  get source(): Watchable | undefined {
    return this.#source;
  }

  /** 0 for Ogg Opus, and after the end. */
  get sampleRateHz(): number {
    return this.#glance.sampleRateHz;
  }

  /** Undefined after the end. */
  get fleet(): FleetGlance | undefined {
    return this.isOpen ? this.#glance.fleet : undefined;
  }

  get utterances(): readonly UtteranceView[] {
    return [...this.#utterances.values()];
  }

  get events(): readonly SessionEventView[] {
    return this.facts.events;
  }

  /** Reads the session; returns false if its row has not changed. */
  look(nowMs: number): boolean {
    const source = this.#source;
    if (source === undefined) return false;
    this.#glance = source.glance();
    if (this.#glance.happened !== this.#happened) {
      this.#happened = this.#glance.happened;
      this.facts.takeAll(source.history());
    }
    this.#lookAtSpeech(source.utterances(), nowMs);
    return this.#renew();
  }

  /** The session was restarted. */
  reopened(source: Watchable): void {
    this.#source = source;
    this.#endedMs = null;
  }

  /** The session is over: it is read once more, and then released. */
  ended(nowMs: number): void {
    this.look(nowMs);
    this.#source = undefined;
    this.#endedMs = nowMs;
    this.#speaking = 0;
    this.#renew();
  }

  /** An utterance is over. It may also have begun since the latest read. */
  spoken(over: UtteranceGlance, nowMs: number): void {
    this.#take(over, nowMs);
    this.#renew();
  }

  #renew(): boolean {
    const row = this.#makeRow();
    const hasChanged = Object.entries(row).some(
      ([name, value]) => this.row[name as keyof SessionRow] !== value,
    );
    if (hasChanged) this.row = row;
    return hasChanged;
  }

  #lookAtSpeech(glances: readonly UtteranceGlance[], nowMs: number): void {
    this.#speaking = 0;
    for (const glance of glances) {
      if (glance.stage !== 'over') this.#speaking += 1;
      this.#take(glance, nowMs);
    }
  }

  #take(glance: UtteranceGlance, nowMs: number): void {
    const known = this.#utterances.get(glance.reqId) ?? this.#begun(glance.reqId, nowMs);
    // The end of the utterance was read already.
    if (known.outcome !== '') return;
    const came = glance.keyframes - known.keyframes;
    this.#keyframes += came;
    if (glance.stage === 'over') {
      if (glance.outcome === 'failed' || glance.outcome === 'expired') this.#lost += 1;
      else if (glance.outcome !== 'interrupted') this.#delivered += 1;
    }
    if (came > 0) known.cameMs = nowMs;
    // A gap: audio was written, but its keyframes have not come.
    const waitsForFrames = known.keyframes > 0 && glance.writtenMs > 40 * (known.keyframes + 1);
    const gapMs = waitsForFrames ? Math.max(known.gapMs, nowMs - known.cameMs) : known.gapMs;
    const next = { ...known, ...pickView(glance), gapMs, lastMs: nowMs };
    if (Object.entries(next).some(([name, value]) => name !== 'lastMs' && known[name as 'reqId'] !== value))
      this.utterancesVersion += 1;
    this.#utterances.set(glance.reqId, next);
    for (const oldest of this.#utterances.keys()) {
      if (this.#utterances.size <= MAX_UTTERANCES) break;
      this.#utterances.delete(oldest);
    }
  }

  #begun(reqId: string, nowMs: number): MutableUtterance {
    const empty = { writtenMs: 0, keyframes: 0, positionMs: 0, replays: 0, stage: '', outcome: '' };
    return { reqId, label: '', firstMs: nowMs, lastMs: nowMs, gapMs: 0, cameMs: nowMs, ...empty };
  }

  #makeRow(): SessionRow {
    const { facts } = this;
    const { connectionId, endpoint, avatarId, isPaused, keptBytes, maxKeptBytes } = this.#glance;
    const { maxAttempts, maxElapsedMs } = this.#glance;
    return {
      id: this.id,
      state: facts.state,
      reason: facts.reason,
      sinceMs: facts.sinceMs,
      firstMs: this.#firstMs,
      endedMs: this.#endedMs,
      failed: facts.gaveUp || (facts.state === 'closed' && facts.reason === 'failed'),
      endpoint,
      avatarId,
      connectionId,
      outageSinceMs: facts.outageSinceMs ?? null,
      outageCode: facts.outageSinceMs === undefined ? '' : facts.outageCode,
      attempt: facts.attempt,
      maxAttempts: finite(maxAttempts),
      maxElapsedMs: finite(maxElapsedMs),
      nextAtMs: facts.nextAtMs ?? null,
      nextWhy: facts.nextWhy,
      gate: facts.gate,
      fleetId: this.#glance.fleet?.member.sessionId ?? '',
      hasLease: this.fleet?.hasLease === true,
      speaking: this.#speaking,
      paused: isPaused,
      keptBytes: this.#endedMs === null ? keptBytes : 0,
      maxKeptBytes,
      outages: facts.outages,
      outageMs: facts.outageMs,
      delivered: this.#delivered,
      lost: this.#lost,
      errors: facts.errors,
      lastCode: facts.lastCode,
      keyframes: this.#keyframes,
    };
  }
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type MutableUtterance = Mutable<UtteranceView> & { cameMs: number };

function pickView(glance: UtteranceGlance): Partial<UtteranceView> {
  const { reqId, label, writtenMs, keyframes, positionMs, replays, stage, outcome } = glance;
  return { reqId, label, writtenMs, keyframes, positionMs, replays, stage, outcome };
}

/** JSON has no Infinity. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
