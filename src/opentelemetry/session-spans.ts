/**
 * Spans of sessions, from their published messages: the start, each dial, each outage, each utterance. A session has at most one start or
 * outage at a time, and its dials are children of that span. Must not know metrics.
 */
import { api } from './api.js';
import type { Attributes, Span, SpanContext, Tracer } from './api.js';
import type { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import { ownMember } from '../core/option/plain-object.js';
import type { TraceContext } from '../ports/message.js';
import type {
  ChannelMessage,
  DialMessage,
  StateMessage,
  UtteranceMessage,
} from '../client/events/channels.js';
import type { ChannelListener } from '../client/events/channel-listener.js';

const { SpanKind, SpanStatusCode, context, isSpanContextValid, trace } = api;

interface WatchedSession {
  /** The span of the running start or outage. */
  span: Span | undefined;
  /** The dial of the latest connection. */
  latestDial: SpanContext | undefined;
  /** Whether its connection ends as planned, so that no outage follows. */
  isPlanned: boolean;
}

export class SessionSpans {
  readonly listener: ChannelListener;
  readonly #tracer: Tracer;
  /** Sessions from their first message to their end. */
  readonly #sessions = new Map<string, WatchedSession>();
  readonly #operations = new WeakMap<ChannelMessage, Span>();
  readonly #open = new Set<Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
    this.listener = {
      state: (message) => this.#state(message),
      rollover: (message) => this.#planned(message),
      idle: (message) => message.stage === 'began' && this.#planned(message),
      retry: ({ sessionId, attempt, delayMs, source, error }) =>
        this.#sessions.get(sessionId)?.span?.addEvent('retry', {
          'avatarkit.dial.attempt': attempt,
          'avatarkit.retry.delay': delayMs / 1_000,
          'avatarkit.retry.source': source,
          'error.type': error.code,
        }),
      close: ({ sessionId, error }) => {
        this.#end(this.#sessions.get(sessionId)?.span, error);
        this.#sessions.delete(sessionId);
      },
      dial: {
        start: (message) => this.#dialStarted(message),
        asyncEnd: (message) => this.#dialEnded(message),
      },
      utterance: {
        start: (message) => this.#utteranceStarted(message),
        asyncEnd: (message) => this.#utteranceEnded(message),
      },
      firstFrame: (message) => this.#operations.get(message)?.addEvent('first_frame'),
    };
  }

  #state(message: StateMessage): void {
    const { from, to } = message;
    const isOver = to === 'closing' || to === 'closed';
    if (from === 'idle' && !isOver) this.#begin(message, 'avatarkit.session start', []);
    if (from === 'websocket_runtime' && to === 'waiting') this.#interrupted(message);
    if (to !== 'websocket_runtime') return;
    const session = this.#session(message);
    this.#end(session.span, undefined);
    session.span = undefined;
  }

  #interrupted(message: StateMessage): void {
    const session = this.#session(message);
    const { latestDial, isPlanned } = session;
    session.isPlanned = false;
    if (isPlanned) return;
    this.#begin(message, 'avatarkit.session outage', latestDial === undefined ? [] : [latestDial]);
  }

  #begin(message: ChannelMessage, name: string, links: readonly SpanContext[]): void {
    const span = this.#tracer.startSpan(name, {
      attributes: attributesOf(message),
      links: links.map((linked) => ({ context: linked })),
    });
    this.#open.add(span);
    this.#session(message).span = span;
  }

  /** No more messages will come: open spans end now. */
  endAll(): void {
    for (const span of this.#open) span.end();
    this.#open.clear();
  }

  #end(span: Span | undefined, error: AvatarSDKError | undefined): void {
    if (span === undefined) return;
    this.#open.delete(span);
    end(span, error);
  }

  #planned(message: ChannelMessage): void {
    this.#session(message).isPlanned = true;
  }

  #dialStarted(message: DialMessage): void {
    const { span } = this.#session(message);
    const parent = span === undefined ? context.active() : trace.setSpan(context.active(), span);
    const { attempt, reason } = message;
    const attributes = {
      ...attributesOf(message),
      'network.protocol.name': 'websocket',
      'avatarkit.dial.attempt': attempt,
      'avatarkit.dial.reason': reason,
    };
    const dial = this.#tracer.startSpan(
      'avatarkit.session dial',
      { kind: SpanKind.CLIENT, attributes },
      parent,
    );
    this.#open.add(dial);
    this.#operations.set(message, dial);
  }

  #dialEnded(message: DialMessage): void {
    const span = this.#operations.get(message);
    if (span === undefined) return;
    const { tokenMs, upgradeMs, handshakeMs, httpStatus, result, error } = message;
    span.setAttributes({
      ...secondsOf('avatarkit.dial.token_time', tokenMs),
      ...secondsOf('avatarkit.dial.upgrade_time', upgradeMs),
      ...secondsOf('avatarkit.dial.handshake_time', handshakeMs),
      ...(httpStatus === undefined ? {} : { 'http.response.status_code': httpStatus }),
      ...(result === undefined ? {} : { 'avatarkit.connection.id': result }),
    });
    this.#end(span, error);
    if (error === undefined) this.#session(message).latestDial = span.spanContext();
  }

  #utteranceStarted(message: UtteranceMessage): void {
    const { reqId, label } = message;
    const span = this.#tracer.startSpan('avatarkit.utterance', {
      attributes: {
        ...attributesOf(message),
        'avatarkit.request.id': reqId,
        ...(label === undefined ? {} : { 'avatarkit.utterance.label': label }),
      },
    });
    this.#open.add(span);
    this.#operations.set(message, span);
    message.traceContext ??= traceContextOf(span.spanContext());
  }

  #utteranceEnded(message: UtteranceMessage): void {
    const span = this.#operations.get(message);
    if (span === undefined) return;
    const { outcome, keyframes, replays, bytes, error } = message;
    span.setAttributes({
      ...(outcome === undefined ? {} : { 'avatarkit.utterance.outcome': outcome }),
      ...(keyframes === undefined ? {} : { 'avatarkit.utterance.keyframes': keyframes }),
      ...(replays === undefined ? {} : { 'avatarkit.utterance.replays': replays }),
      ...(bytes === undefined ? {} : { 'avatarkit.utterance.bytes': bytes }),
    });
    this.#end(span, error);
  }

  #session({ sessionId }: ChannelMessage): WatchedSession {
    const known = this.#sessions.get(sessionId);
    if (known !== undefined) return known;
    const session: WatchedSession = { span: undefined, latestDial: undefined, isPlanned: false };
    this.#sessions.set(sessionId, session);
    return session;
  }
}

function attributesOf({ sessionId, endpoint }: ChannelMessage): Attributes {
  return {
    'avatarkit.session.id': sessionId,
    'server.address': endpoint.host,
    'server.port': endpoint.port,
  };
}

function secondsOf(name: string, ms: number | undefined): Attributes {
  return ms === undefined ? {} : { [name]: ms / 1_000 };
}

function end(span: Span, error: AvatarSDKError | undefined): void {
  if (error !== undefined) {
    span.setAttribute('error.type', error.code);
    const closeCode = ownMember(error, 'closeCode');
    if (closeCode !== undefined) span.setAttribute('avatarkit.close_code', closeCode);
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
  }
  span.end();
}

/** By W3C Trace Context, independent of the application's propagator, because that is the format of the protocol. */
function traceContextOf(span: SpanContext): TraceContext | undefined {
  if (!isSpanContextValid(span)) return undefined;
  const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0');
  const traceparent = `00-${span.traceId}-${span.spanId}-${flags}`;
  const tracestate = span.traceState?.serialize() ?? '';
  return tracestate === '' ? { traceparent } : { traceparent, tracestate };
}
