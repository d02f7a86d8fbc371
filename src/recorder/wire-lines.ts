/**
 * The messages of one connection, as lines of a flight record: the type, the size, the request. The bytes themselves only with the option
 * `payload`, and never those that contain credentials.
 */
import { AVATAR_CODEC, SERVICE_CODEC } from '../adapters/codec/avatar-codec.js';
import type { ConnectionTap } from '../client/connection/wire-tap.js';
import { MessageType } from '../ports/message.js';
import type { ClientMessage, IgnoredMessage, ServerMessage } from '../ports/message.js';
import { REDACTED } from '../core/redaction/redactor.js';
import type { WriteLine } from './channel-lines.js';
import { MESSAGE_NAMES } from './line-kinds.js';
import type { RecordFacts } from './flight-record.js';

export interface WireLinesOptions {
  readonly write: WriteLine;
  readonly sessionId: string;
  readonly dial: number;
  /** Redacts and shortens a text of the service. */
  readonly shown: (text: string) => string;
  /** Whether lines contain audio and animation. */
  readonly payload: boolean;
}

type WireFacts = Omit<RecordFacts<'wire'>, 'session_id' | 'dial'>;
type MessageFacts = Partial<Omit<WireFacts, 'event'>>;

/** A larger message is written without its bytes, and so is one that repeats a secret as its id. */
const MAX_PAYLOAD_BYTES = 128 * 1_024;

export function wireLines({ write, sessionId, dial, shown, payload }: WireLinesOptions): ConnectionTap {
  const tell = (facts: WireFacts): void => write('wire', { session_id: sessionId, dial, ...facts });
  const withPayload = (bytes: Uint8Array, { type, req_id }: MessageFacts): MessageFacts =>
    payload &&
    (type === 'audio' || type === 'animation') &&
    bytes.length <= MAX_PAYLOAD_BYTES &&
    req_id?.includes(REDACTED) !== true
      ? { payload: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64') }
      : {};
  return {
    opened: () => tell({ event: 'opened' }),
    sent(bytes) {
      const facts = attempted(() => clientFacts(SERVICE_CODEC.decode(bytes)));
      tell({ event: 'sent', bytes: bytes.length, ...facts, ...withPayload(bytes, facts) });
    },
    received(data) {
      if (typeof data === 'string') {
        tell({ event: 'received', type: 'text', bytes: Buffer.byteLength(data) });
        return;
      }
      const facts = attempted(() => serviceFacts(AVATAR_CODEC.decode(data), shown));
      tell({ event: 'received', bytes: data.length, ...facts, ...withPayload(data, facts) });
    },
    pinged: () => tell({ event: 'ping' }),
    answered: () => tell({ event: 'pong' }),
    closing: (code) => tell({ event: 'closing', code }),
    closed: (code, reason) => tell({ event: 'closed', code, text: shown(reason) }),
    violated: (message) => tell({ event: 'violated', text: shown(message) }),
  };
}

function attempted(read: () => MessageFacts): MessageFacts {
  try {
    return read();
  } catch {
    return { type: 'undecodable' };
  }
}

function clientFacts(message: ClientMessage | IgnoredMessage): MessageFacts {
  switch (message.type) {
    case 'ignored':
      return { type: 'unknown', message_type: message.messageType };
    case MessageType.clientConfigureSession:
      return { type: MESSAGE_NAMES[message.type] };
    case MessageType.clientAudioInput: {
      const { reqId, end, audio } = message;
      return { type: MESSAGE_NAMES[message.type], req_id: reqId, end, audio_bytes: audio.length };
    }
    case MessageType.clientInterrupt:
    case MessageType.clientPause:
    case MessageType.clientResume:
      return { type: MESSAGE_NAMES[message.type], req_id: message.reqId };
  }
}

function serviceFacts(
  message: ServerMessage | IgnoredMessage,
  shown: WireLinesOptions['shown'],
): MessageFacts {
  if (message.type === 'ignored') return { type: 'unknown', message_type: message.messageType };
  const type = MESSAGE_NAMES[message.type];
  if (message.type === MessageType.serverConfirmSession) {
    const { connectionId, capabilities } = message;
    return { type, connection_id: shown(connectionId), capabilities: capabilities.map(shown) };
  }
  // Ids are returned as they were sent, but a service may write anything there, so they are as untrusted as its other texts.
  const req_id = shown(message.reqId);
  switch (message.type) {
    case MessageType.serverResponseAnimation:
      return { type, req_id, end: message.end, keyframes: message.keyframeCount };
    case MessageType.serverError:
      return { type, req_id, code: message.code, text: shown(message.message) };
    case MessageType.serverPlaybackState: {
      const { state, playedMs, reason } = message;
      return { type, req_id, state, played_ms: playedMs, text: shown(reason) };
    }
  }
}
