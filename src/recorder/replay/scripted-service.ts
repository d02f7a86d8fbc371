/**
 * The service and the network of a script: token requests, upgrades and connections behave as in the record. Messages are made again,
 * with the same number of keyframes, for the corresponding request. Must not know what the application does.
 */
import { SERVICE_CODEC } from '../../adapters/codec/avatar-codec.js';
import type { Clock } from '../../ports/clock.js';
import type { HttpAnswer, HttpPostRequest } from '../../ports/http-post.js';
import { MessageType } from '../../ports/message.js';
import type { Keyframe } from '../../ports/message.js';
import { UpgradeRefused } from '../../ports/transport.js';
import type { DialRequest, Transport, TransportConnection, TransportSink } from '../../ports/transport.js';
import type { FlightLine } from '../flight-record.js';
import type { FlightScript, ScriptedDial, ScriptedEvent, ScriptedFailure, SentBefore } from './script.js';

/** A message that answers something which the session does not send is delivered after this time. */
const HELD_BACK_MS = 5_000;
const ABNORMAL = 1006;
const NORMAL = 1000;

export class ScriptedService {
  readonly #script: FlightScript;
  readonly #clock: Clock;
  /** Dials that have begun, according to the gate. */
  #begun = 0;
  readonly transport: Transport = {
    name: 'replay',
    sendsHeaders: true,
    dial: (request, sink) => this.#dial(request, sink),
  };

  constructor(script: FlightScript, clock: Clock) {
    this.#script = script;
    this.#clock = clock;
  }

  readonly httpPost = ({ signal }: HttpPostRequest): Promise<HttpAnswer> => {
    const nowMs = this.#clock.nowMs();
    const { ahead, dials } = this.#script;
    const scripted = this.#begun === 0 ? ahead : dials[this.#begun - 1]?.token;
    const answer = (): HttpAnswer => {
      if (scripted?.failure === undefined)
        return { status: 200, headers: {}, body: '{"sessionToken":"replayed"}' };
      const { httpStatus } = scripted.failure;
      if (httpStatus === undefined) throw errorOf(scripted.failure);
      return { status: httpStatus, headers: headersOf(scripted.failure), body: scripted.failure.body ?? '' };
    };
    return this.#at(isSilent(scripted?.failure) ? Infinity : (scripted?.toMs ?? nowMs), signal, answer);
  };

  /** The next dial begins. @returns when it began in the record; undefined if the record has no such dial */
  dialBegins(): number | undefined {
    this.#begun += 1;
    return this.#script.dials[this.#begun - 1]?.fromMs;
  }

  #dial({ signal }: DialRequest, sink: TransportSink): Promise<TransportConnection> {
    const scripted = this.#script.dials[this.#begun - 1];
    // The record has no further dial.
    if (scripted === undefined)
      return this.#at(Infinity, signal, () => new ScriptedConnection(this.#clock, sink));
    const { openedMs, toMs, failure } = scripted;
    const opensAtMs = openedMs ?? (isSilent(failure) ? Infinity : toMs);
    return this.#at(opensAtMs, signal, () => {
      if (openedMs !== undefined) return new ScriptedConnection(this.#clock, sink, scripted);
      const { httpStatus, body = '' } = failure ?? {};
      if (failure === undefined || httpStatus === undefined) throw errorOf(failure);
      throw new UpgradeRefused(httpStatus, headersOf(failure), body);
    });
  }

  /** Settles at this time like `make`, or at once when the signal is aborted; never at Infinity. */
  #at<Value>(atMs: number, signal: AbortSignal, make: () => Value): Promise<Value> {
    return new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      if (atMs < Infinity) this.#clock.schedule(Math.max(atMs - this.#clock.nowMs(), 0), resolve);
    }).then(make);
  }
}

/** Neither an answer nor an error of the system: nothing came until the time limit. */
function isSilent(failure: ScriptedFailure | undefined): boolean {
  return failure !== undefined && failure.httpStatus === undefined && failure.systemCode === undefined;
}

function errorOf(failure: ScriptedFailure | undefined): Error {
  const { message = 'the network failed', systemCode } = failure ?? {};
  return Object.assign(new Error(message), systemCode === undefined ? {} : { code: systemCode });
}

function headersOf({ retryAfterMs }: ScriptedFailure): Record<string, string> {
  return retryAfterMs === undefined ? {} : { 'retry-after-ms': String(retryAfterMs) };
}

/** The part of one request that the session has sent. */
interface Heard extends SentBefore {
  ended: boolean;
  readonly reqId: string;
}

class ScriptedConnection implements TransportConnection {
  readonly bufferedBytes = 0;
  receivedBytes = 0;
  readonly #clock: Clock;
  readonly #sink: TransportSink;
  readonly #scripted: ScriptedDial | undefined;
  /** The difference between the times of the record and those of the replay. */
  readonly #laterMs: number;
  /** Requests in the order of their first audio. */
  readonly #heard: Heard[] = [];
  #waiting: ScriptedEvent[];
  #isOpen = true;

  constructor(clock: Clock, sink: TransportSink, scripted?: ScriptedDial) {
    this.#clock = clock;
    this.#sink = sink;
    this.#scripted = scripted;
    this.#laterMs = clock.nowMs() - (scripted?.openedMs ?? 0);
    this.#waiting = [...(scripted?.events ?? [])];
    this.#next();
  }

  send(bytes: Uint8Array): void {
    const message = SERVICE_CODEC.decode(bytes);
    if (message.type !== MessageType.clientAudioInput) return;
    const known = this.#heard.find(({ reqId }) => reqId === message.reqId);
    const heard = known ?? { reqId: message.reqId, request: this.#heard.length, ended: false };
    if (known === undefined) this.#heard.push(heard);
    heard.ended ||= message.end;
  }

  notifyBelow(): void {
    this.#later(0, () => this.#sink.drained());
  }

  ping(): void {
    if (this.#clock.nowMs() - this.#laterMs >= (this.#scripted?.deafFromMs ?? Infinity)) return;
    this.#later(0, () => {
      this.receivedBytes += 2;
      this.#sink.heard?.();
    });
  }

  close(closeCode: number): void {
    this.#later(0, () => this.#closed(closeCode === NORMAL ? NORMAL : closeCode, ''));
  }

  terminate(): void {
    this.#later(0, () => this.#closed(ABNORMAL, ''));
  }

  #later(delayMs: number, run: () => void): void {
    this.#clock.schedule(delayMs, () => {
      if (this.#isOpen) run();
    });
  }

  #closed(code: number, reason: string): void {
    this.#isOpen = false;
    this.#sink.closed(code, reason);
  }

  #next(): void {
    const [event] = this.#waiting;
    if (event === undefined) return;
    const dueMs = event.atMs + this.#laterMs - this.#clock.nowMs();
    this.#later(Math.max(dueMs, 0), () => this.#play(event, this.#clock.nowMs() + HELD_BACK_MS));
  }

  /** Delays a message that answers something which the session has not sent yet. */
  #play(event: ScriptedEvent, untilMs: number): void {
    if (!this.#isAnswerable(event) && this.#clock.nowMs() < untilMs) {
      this.#later(1, () => this.#play(event, untilMs));
      return;
    }
    this.#waiting = this.#waiting.slice(1);
    this.#tell(event);
    if (this.#isOpen) this.#next();
  }

  /** The end of a connection is not delayed. The last message of a request waits for the end of its audio, if it did so in the record. */
  #isAnswerable({ line, after }: ScriptedEvent): boolean {
    const isOver = this.#waiting.some(
      ({ line: later, atMs }) => later.event === 'closed' && this.#isDue(atMs),
    );
    if (after === undefined || isOver) return true;
    const heard = this.#heard[after.request];
    return heard !== undefined && (heard.ended || !after.ended || line.end !== true);
  }

  #isDue(atMs: number): boolean {
    return atMs + this.#laterMs <= this.#clock.nowMs();
  }

  #tell({ line, after }: ScriptedEvent): void {
    const { event, code = ABNORMAL, text = '' } = line;
    if (event === 'closed') this.#closed(code, text);
    else if (event === 'violated') this.#sink.violated(text);
    else {
      const message = messageOf(line, after && this.#heard[after.request]?.reqId);
      this.receivedBytes += message.length;
      this.#sink.message(message);
    }
  }
}

const NO_FLOATS: Keyframe = {
  translation: [0],
  rotation: [],
  neckPose: [],
  jawPose: [],
  eyePose: [],
  eyeLid: [],
  expression: [],
};
/** The record may be of a faulty service, or be invented. */
const MAX_KEYFRAMES = 10_000;
const MAX_BYTES = 1_024 * 1_024;

/** @param reqId the request id in this replay; undefined: as in the record */
function messageOf(line: FlightLine<'wire'>, reqId: string | undefined): Uint8Array | string {
  const { type, bytes = 0, connection_id: connectionId = '', end = false, text = '', code = 0 } = line;
  const size = Math.min(bytes, MAX_BYTES);
  const about = { connectionId, reqId: reqId ?? line.req_id ?? '' };
  switch (type) {
    case 'confirm': {
      const capabilities = line.capabilities ?? [];
      return SERVICE_CODEC.encode({ type: MessageType.serverConfirmSession, connectionId, capabilities });
    }
    case 'animation': {
      const keyframes = Array<Keyframe>(Math.min(line.keyframes ?? 0, MAX_KEYFRAMES)).fill(NO_FLOATS);
      const animation = { ...about, end, avatarId: '', keyframes };
      return SERVICE_CODEC.encode({ type: MessageType.serverResponseAnimation, ...animation });
    }
    case 'error':
      return SERVICE_CODEC.encode({ type: MessageType.serverError, ...about, code, message: text });
    case 'playback': {
      const { state = 0, played_ms: playedMs = 0 } = line;
      const playback = { ...about, state, playedMs, reason: text };
      return SERVICE_CODEC.encode({ type: MessageType.serverPlaybackState, ...playback });
    }
    case 'text':
      return 'x'.repeat(size);
    // An envelope with a type and no content.
    case 'unknown':
      return Uint8Array.of(0x08, Math.min(Math.max(line.message_type ?? 0, 0), 0x7f));
    case 'undecodable':
    case 'configure':
    case 'audio':
    case 'interrupt':
    case 'pause':
    case 'resume':
    case undefined:
      return new Uint8Array(Math.max(size, 1)).fill(0xff);
  }
}
