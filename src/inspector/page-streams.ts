/**
 * The open pages: the state that each has received, and the changes to send. One timer for all of them, and none without a page. Must not
 * know HTTP: a page is an object that accepts texts.
 */
import { randomBytes } from 'node:crypto';
import { FleetWatch } from './fleet-watch.js';
import { MESSAGE_EVERY_MS } from './protocol.js';
import type { FleetView, Hello, Message, SessionDetail, SessionRow } from './protocol.js';
import type { SessionTracker } from './session-tracker.js';
import { SpeechRecording } from './speech-recording.js';
import type { TrackedSession } from './tracked-session.js';

/** With more sessions than this, the list is sent with every fifth message only. */
const MANY_SESSIONS = 100;
const LIST_EVERY = 5;

/** The destination of the messages for a page. */
export interface PageSink {
  /** Whether earlier messages still wait: then no new one is made. */
  readonly isBusy: boolean;
  write(text: string): void;
}

interface Watch {
  readonly session: TrackedSession;
  /** The number of its events that the page has received. */
  eventSeq: number;
  utterancesVersion: number;
  speechSeen: number;
  isNew: boolean;
}

interface PageStream {
  readonly id: string;
  readonly sink: PageSink;
  readonly rows: Map<string, SessionRow>;
  watch: Watch | undefined;
  sampleAtMs: number;
  fleets: readonly FleetView[] | undefined;
}

/** The recording of a session while it is watched. */
interface Recorded {
  readonly recording: SpeechRecording;
  source: TrackedSession['source'];
  leave: () => void;
}

export class PageStreams {
  readonly #tracker: SessionTracker;
  readonly #about: Pick<Hello, 'version' | 'pid' | 'title'>;
  /** Whether all sessions are recorded, even without a page that watches them. */
  readonly #recordsAll: boolean;
  readonly #streams = new Map<string, PageStream>();
  readonly #recorded = new Map<TrackedSession, Recorded>();
  readonly #fleets = new FleetWatch();
  #timer: NodeJS.Timeout | undefined;
  #ticks = 0;

  constructor(tracker: SessionTracker, about: Pick<Hello, 'version' | 'pid' | 'title'>, recordsAll: boolean) {
    this.#tracker = tracker;
    this.#about = about;
    this.#recordsAll = recordsAll;
  }

  /** A session was opened, or opened again. */
  opened(session: TrackedSession): void {
    if (this.#recordsAll) this.#record(session);
    else this.#recordAgain(session);
  }

  /** Adds a page; returns a function that removes it. */
  add(sink: PageSink): () => void {
    const stream: PageStream = {
      id: randomBytes(9).toString('base64url'),
      sink,
      rows: new Map(),
      watch: undefined,
      sampleAtMs: this.#tracker.samples.at(-1)?.atMs ?? 0,
      fleets: undefined,
    };
    this.#streams.set(stream.id, stream);
    this.#tracker.look();
    const nowMs = Date.now();
    const { samples, keptBytes } = this.#tracker;
    send(stream, {
      nowMs,
      hello: { ...this.#about, stream: stream.id, nowMs, samples },
      ...this.#rowsFor(stream),
      processKeptBytes: keptBytes,
    });
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => this.#tick(), MESSAGE_EVERY_MS);
      this.#timer.unref();
    }
    return () => this.#remove(stream);
  }

  /** Returns false if there is no such page, or no such session. */
  watch(streamId: string, sessionId: string | null): boolean {
    const stream = this.#streams.get(streamId);
    const session = sessionId === null ? undefined : this.#tracker.sessions.get(sessionId);
    if (stream === undefined || (sessionId !== null && session === undefined)) return false;
    stream.watch =
      session === undefined
        ? undefined
        : { session, eventSeq: 0, utterancesVersion: -1, speechSeen: 0, isNew: true };
    if (session !== undefined) this.#record(session);
    this.#stopUnwatched();
    return true;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#streams.clear();
    for (const { leave } of this.#recorded.values()) leave();
    this.#recorded.clear();
  }

  #remove(stream: PageStream): void {
    this.#streams.delete(stream.id);
    this.#stopUnwatched();
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #record(session: TrackedSession): void {
    if (this.#recorded.has(session)) {
      this.#recordAgain(session);
      return;
    }
    const recording = new SpeechRecording(session.sampleRateHz);
    const { source } = session;
    const leave = source?.watch(recording) ?? ((): void => undefined);
    this.#recorded.set(session, { recording, source, leave });
  }

  /** After a restart the session consists of new internal objects, so it is recorded again. */
  #recordAgain(session: TrackedSession): void {
    const recorded = this.#recorded.get(session);
    const { source } = session;
    if (recorded === undefined || source === undefined || recorded.source === source) return;
    recorded.leave();
    recorded.source = source;
    recorded.leave = source.watch(recorded.recording);
  }

  #stopUnwatched(): void {
    if (this.#recordsAll) return;
    const watched = new Set([...this.#streams.values()].map(({ watch }) => watch?.session));
    for (const [session, { leave }] of this.#recorded) {
      if (watched.has(session)) continue;
      leave();
      this.#recorded.delete(session);
    }
  }

  #tick(): void {
    this.#ticks += 1;
    this.#tracker.look();
    this.#fleets.look(this.#tracker.sessions.values(), Date.now());
    const withRows = this.#tracker.sessions.size <= MANY_SESSIONS || this.#ticks % LIST_EVERY === 0;
    for (const stream of this.#streams.values()) {
      if (stream.sink.isBusy) continue;
      const rows = withRows ? this.#rowsFor(stream) : {};
      const detail = this.#detailFor(stream);
      const sample = this.#tracker.samples.at(-1);
      const isNewSample = sample !== undefined && sample.atMs > stream.sampleAtMs;
      if (isNewSample) stream.sampleAtMs = sample.atMs;
      const { views: fleets } = this.#fleets;
      const isNewFleet = stream.fleets !== fleets;
      stream.fleets = fleets;
      const message = {
        ...rows,
        ...(isNewFleet ? { fleets } : {}),
        ...(detail === undefined ? {} : { detail }),
        ...(isNewSample ? { sample, processKeptBytes: this.#tracker.keptBytes } : {}),
      };
      if (Object.keys(message).length > 0) send(stream, { nowMs: Date.now(), ...message });
    }
  }

  #rowsFor(stream: PageStream): Pick<Message, 'rows' | 'gone'> {
    const { sessions } = this.#tracker;
    const rows: NonNullable<Message['rows']>[number][] = [];
    for (const { row } of sessions.values()) {
      const known = stream.rows.get(row.id);
      if (known === row) continue;
      rows.push(known === undefined ? row : difference(known, row));
      stream.rows.set(row.id, row);
    }
    const gone = [...stream.rows.keys()].filter((id) => !sessions.has(id));
    for (const id of gone) stream.rows.delete(id);
    return { ...(rows.length > 0 ? { rows } : {}), ...(gone.length > 0 ? { gone } : {}) };
  }

  #detailFor({ watch }: PageStream): SessionDetail | undefined {
    if (watch === undefined) return undefined;
    const { session, eventSeq, isNew } = watch;
    const events = session.events.filter(({ seq }) => seq > eventSeq);
    watch.eventSeq = events.at(-1)?.seq ?? eventSeq;
    const isChanged = watch.utterancesVersion !== session.utterancesVersion;
    watch.utterancesVersion = session.utterancesVersion;
    const speech = this.#recorded.get(session)?.recording.partsAfter(watch.speechSeen);
    watch.speechSeen = speech?.seen ?? 0;
    watch.isNew = false;
    const parts = {
      ...(isNew ? { anew: true as const } : {}),
      ...(events.length > 0 ? { events } : {}),
      ...(isChanged ? { utterances: session.utterances } : {}),
      ...(speech !== undefined && speech.parts.length > 0 ? { speech: speech.parts } : {}),
    };
    return Object.keys(parts).length === 0 ? undefined : { id: session.id, ...parts };
  }
}

function difference(before: SessionRow, after: SessionRow): Pick<SessionRow, 'id'> & Partial<SessionRow> {
  const changed = Object.entries(after).filter(([name, value]) => before[name as keyof SessionRow] !== value);
  return { ...Object.fromEntries(changed), id: after.id };
}

function send({ sink }: PageStream, message: Message): void {
  sink.write(`data: ${JSON.stringify(message)}\n\n`);
}
