/**
 * All events of a world, numbered and in order: calls of the application, events that it got, and events of
 * the network and the service. The checks read each entry when it is written, and the trace is printed from
 * it. Has no rules.
 */
import type { AvatarSDKError, SessionEventName, SessionEvents } from '../../../src/index.js';
import type { LogEntry } from '../../../src/emulator/index.js';

/** An event of a session, and the state of the session in the handler. */
export type Emitted = {
  [Name in SessionEventName]: {
    readonly kind: 'emitted';
    readonly name: Name;
    readonly payload: SessionEvents[Name];
    readonly session: number;
    readonly state: string;
    readonly connectionId: string | undefined;
  };
}[SessionEventName];

export type Fact =
  | Emitted
  /** A call of the application. `id` names the promise that the call returns. */
  | { readonly kind: 'did'; readonly session: number; readonly what: string; readonly id?: string }
  | { readonly kind: 'settled'; readonly session: number; readonly id: string; readonly outcome: Outcome }
  | { readonly kind: 'tokenAsked'; readonly session: number }
  | { readonly kind: 'dialled'; readonly session: number; readonly socket: number; readonly token: string }
  /** The upgrade request has reached the service, which counts its connections itself. */
  | {
      readonly kind: 'arrived';
      readonly session: number;
      readonly socket: number;
      readonly connection: number;
    }
  /** `transportFrames` has got a frame. */
  | { readonly kind: 'envelope'; readonly session: number; readonly isLast: boolean }
  /** A gateway has answered in place of the service. */
  | { readonly kind: 'gatewayAnswered'; readonly session: number; readonly status: number }
  /** The service's nth ping on this socket has reached the client's system, or has been read. */
  | {
      readonly kind: 'servicePing';
      readonly session: number;
      readonly socket: number;
      readonly nth: number;
      readonly read: boolean;
    }
  /** The end of a request is sent. Recorded only in worlds whose service ends segments early. */
  | { readonly kind: 'endSent'; readonly session: number; readonly reqId: string }
  /** The application's source of audio: it stalls without an end, or the session has cancelled it. */
  | {
      readonly kind: 'source';
      readonly session: number;
      readonly of: string;
      readonly what: 'stalls' | 'left';
    }
  /** A refusal asked for a wait, and was passed to the session. */
  | { readonly kind: 'hinted'; readonly session: number; readonly hintMs: number }
  | { readonly kind: 'dialFailed'; readonly session: number; readonly socket: number; readonly why: string }
  | { readonly kind: 'socketOpened'; readonly session: number; readonly socket: number }
  /** The client's side begins to close the socket. */
  | {
      readonly kind: 'socketLeft';
      readonly session: number;
      readonly socket: number;
      readonly how: string;
      /** When the last bytes arrived from the peer; when either bytes arrived or the peer accepted bytes. */
      readonly lastHeardAtMs: number;
      readonly lastSignOfLifeAtMs: number;
    }
  /** The client's side of the socket is closed. */
  | {
      readonly kind: 'socketGone';
      readonly session: number;
      readonly socket: number;
      readonly code: number;
      /** When the last bytes arrived from the peer; when either bytes arrived or the peer accepted bytes. */
      readonly lastHeardAtMs: number;
      readonly lastSignOfLifeAtMs: number;
    }
  /** A message is passed to the session. */
  | {
      readonly kind: 'received';
      readonly session: number;
      readonly socket: number;
      readonly data: Uint8Array | string;
    }
  | { readonly kind: 'disturbed'; readonly what: string; readonly socket?: number; readonly untilMs?: number }
  | { readonly kind: 'service'; readonly entry: LogEntry }
  /** An uncaught error. */
  | { readonly kind: 'uncaught'; readonly error: unknown };

export type Outcome =
  | { readonly how: 'resolved'; readonly value: unknown }
  | { readonly how: 'rejected'; readonly error: unknown };

/** A fact with its number and its time, in virtual milliseconds since the start of the world. */
export type Entry = Fact & { readonly number: number; readonly atMs: number };

export class Chronicle {
  readonly entries: Entry[] = [];
  readonly #nowMs: () => number;
  readonly #readers: ((entry: Entry) => void)[] = [];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  readBy(reader: (entry: Entry) => void): void {
    this.#readers.push(reader);
  }

  add(fact: Fact): void {
    const entry: Entry = { ...fact, number: this.entries.length + 1, atMs: this.#nowMs() };
    this.entries.push(entry);
    for (const reader of this.#readers) reader(entry);
  }
}

/** All errors in an entry, in any of its fields. */
export function errorsIn(entry: Entry): readonly unknown[] {
  switch (entry.kind) {
    case 'settled':
      return entry.outcome.how === 'rejected' ? [entry.outcome.error] : [];
    case 'emitted':
      return errorsEmitted(entry);
    case 'uncaught':
      return [entry.error];
    case 'did':
    case 'tokenAsked':
    case 'dialled':
    case 'arrived':
    case 'envelope':
    case 'gatewayAnswered':
    case 'servicePing':
    case 'endSent':
    case 'source':
    case 'hinted':
    case 'dialFailed':
    case 'socketOpened':
    case 'socketLeft':
    case 'socketGone':
    case 'received':
    case 'disturbed':
    case 'service':
      return [];
  }
}

function errorsEmitted(emitted: Emitted): readonly AvatarSDKError[] {
  switch (emitted.name) {
    case 'error':
      return [emitted.payload];
    case 'retry':
    case 'reconnect':
      return [emitted.payload.error];
    case 'close':
      return emitted.payload.error === undefined ? [] : [emitted.payload.error];
    case 'state':
    case 'frame':
    case 'playback':
      return [];
  }
}
