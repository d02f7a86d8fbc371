/**
 * `emulate --inspect`: shows the connections of the embedded service on the inspector's page, as far as its
 * log contains them. A connection is shown as a session with one connection; faults and refusals are notes in
 * its log.
 */
import type { AvatarEmulator, LogEntry } from '../emulator/index.js';
import type { SessionFollower, SessionSource } from '../inspector/session-tracker.js';
import type { NoteEntry } from '../inspector/session-facts.js';
import { startInspectorOn } from '../inspector/start-inspector.js';
import type { Inspector } from '../inspector/start-inspector.js';
import type { SessionGlance, UtteranceGlance, Watchable } from '../inspector/tracked-session.js';
import { followLog } from './command-choices.js';
import type { Terminal } from './terminal.js';

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type Entry = ReturnType<Watchable['history']>[number];
type State = SessionGlance['state'];

const KEYFRAME_MS = 40;

/** Prints its URL on standard error. */
export async function inspectService(service: AvatarEmulator, terminal: Terminal): Promise<Inspector> {
  const inspector = await startInspectorOn(connectionsOf(service), {});
  terminal.complain(`inspector: ${inspector.url}`);
  return inspector;
}

function connectionsOf(service: AvatarEmulator): SessionSource {
  return {
    keptBytes: () => 0,
    follow(follower) {
      const startedMs = Date.now() - (service.log.at(-1)?.atMs ?? 0);
      const connections = new Map<number, Connection>();
      const { host, pathname } = new URL(service.ingressEndpointUrl);
      let isFollowed = true;
      void followLog(service, (entry) => {
        const { connection: number } = entry;
        if (!isFollowed || number === undefined) return;
        const connection = connections.get(number) ?? new Connection(number, `${host}${pathname}`);
        if (!connections.has(number)) follower.added(connection, connection);
        connections.set(number, connection);
        connection.take(entry, startedMs + entry.atMs);
        if (connection.isOver) leave(follower, connections, number, connection);
      });
      return () => {
        isFollowed = false;
      };
    },
  };
}

function leave(
  { removed }: SessionFollower,
  connections: Map<number, Connection>,
  number: number,
  connection: Connection,
): void {
  connections.delete(number);
  removed(connection);
}

/** One connection, made from its log entries. */
class Connection implements Watchable {
  readonly id: string;
  isOver = false;
  readonly #glance: Mutable<SessionGlance>;
  readonly #entries: Entry[] = [];
  readonly #utterances = new Map<string, Mutable<UtteranceGlance>>();

  constructor(number: number, endpoint: string) {
    this.id = `connection-${number}`;
    this.#glance = {
      state: 'idle',
      happened: 0,
      connectionId: '',
      endpoint,
      avatarId: '',
      sampleRateHz: 0,
      keptBytes: 0,
      maxKeptBytes: 0,
      maxAttempts: Infinity,
      maxElapsedMs: Infinity,
      isPaused: false,
    };
  }

  glance(): SessionGlance {
    return { ...this.#glance, happened: this.#entries.length };
  }

  history(): readonly Entry[] {
    return this.#entries;
  }

  utterances(): readonly UtteranceGlance[] {
    const all = [...this.#utterances.values()].map((one) => ({ ...one }));
    for (const { reqId, stage } of all) if (stage === 'over') this.#utterances.delete(reqId);
    return all;
  }

  /** The log has neither audio nor keyframes. */
  watch(): () => void {
    return () => undefined;
  }

  take(entry: LogEntry, atMs: number): void {
    switch (entry.event) {
      case 'upgradeRequested': {
        this.#glance.avatarId = entry.avatarId;
        this.#moved('websocket_connect', 'a client asks for the upgrade', atMs);
        break;
      }
      case 'configured': {
        this.#glance.sampleRateHz = entry.audioFormat === 0 ? entry.sampleRate : 0;
        break;
      }
      case 'confirmed': {
        this.#glance.connectionId = entry.connectionId;
        this.#moved('websocket_runtime', entry.connectionId, atMs);
        break;
      }
      case 'audio': {
        const { sampleRateHz } = this.#glance;
        const utterance = this.#utterance(entry.reqId);
        if (sampleRateHz > 0) utterance.writtenMs += (entry.bytes / 2 / sampleRateHz) * 1_000;
        utterance.isEnded ||= entry.end;
        break;
      }
      case 'animation': {
        const utterance = this.#utterance(entry.reqId);
        utterance.keyframes += entry.keyframes;
        utterance.positionMs = utterance.keyframes * KEYFRAME_MS;
        break;
      }
      case 'ended': {
        this.#end(entry.reqId, 'delivered');
        break;
      }
      case 'interrupted': {
        this.#end(entry.reqId, 'interrupted');
        break;
      }
      case 'upgradeRefused': {
        this.#note('upgrade refused', `${entry.status} ${entry.message}`, atMs);
        this.#close('refused', atMs);
        break;
      }
      case 'closed': {
        this.#close(`${entry.code} by the ${entry.by} ${entry.reason}`.trim(), atMs);
        break;
      }
      case 'faultFired': {
        this.#note('fault', `${entry.kind} (${entry.phase})`, atMs);
        break;
      }
      case 'errorSent': {
        this.#note('error sent', `${entry.code} ${entry.message}`, atMs);
        break;
      }
      case 'ignored': {
        this.#note('ignored', entry.detail, atMs);
        break;
      }
      // Without a connection, or not shown.
      case 'hostRefused':
      case 'tokenRequested':
      case 'tokenIssued':
      case 'tokenRefused':
      case 'opened':
      case 'playback':
        break;
      case 'paused':
      case 'resumed': {
        this.#note(entry.event, entry.reqId, atMs);
        break;
      }
    }
  }

  #close(reason: string, atMs: number): void {
    for (const reqId of this.#utterances.keys()) this.#end(reqId, 'failed');
    this.#moved('closed', reason, atMs);
    this.isOver = true;
  }

  #utterance(reqId: string): Mutable<UtteranceGlance> {
    const known = this.#utterances.get(reqId);
    if (known !== undefined) return known;
    const begun: Mutable<UtteranceGlance> = {
      reqId,
      label: '',
      writtenMs: 0,
      isEnded: false,
      keyframes: 0,
      positionMs: 0,
      replays: 0,
      stage: 'speaking',
      outcome: '',
    };
    this.#utterances.set(reqId, begun);
    return begun;
  }

  #end(reqId: string, outcome: string): void {
    const utterance = this.#utterances.get(reqId);
    if (utterance === undefined || utterance.stage === 'over') return;
    utterance.stage = 'over';
    utterance.outcome = outcome;
  }

  #moved(to: State, reason: string, atMs: number): void {
    const from = this.#glance.state;
    this.#glance.state = to;
    this.#entries.push({ kind: 'state', seq: this.#entries.length + 1, life: 1, atMs, from, to, reason });
  }

  #note(name: string, text: string, atMs: number): void {
    const note: NoteEntry = { kind: 'note', seq: this.#entries.length + 1, atMs, name, text };
    this.#entries.push(note);
  }
}
