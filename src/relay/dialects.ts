/**
 * The encoding of messages on the WebSocket: the relay's own dialect (binary audio and frames, JSON for the rest) and the two of the
 * vendors' demos (JSON, base64). Pure: independent of sockets and sessions. Messages from a browser are checked here.
 */
import { encodeBinaryMessage } from './browser/binary-format.js';
import { BrokenRule } from './messages.js';
import type { DownMessage, UpMessage } from './messages.js';

/** The dialect of a relay and its browser; docs/relaying-to-browsers.md has all messages of each. */
export type RelayDialect = 'binary' | 'spatius' | 'spatialreal';
export const RELAY_DIALECTS = ['binary', 'spatius', 'spatialreal'] as const satisfies readonly RelayDialect[];

/** Text is sent as a text message, bytes as a binary one. */
export type Encoded = string | Uint8Array;

export interface Dialect {
  /** Undefined if the dialect has no such message: then nothing is sent. */
  encode(message: DownMessage): Encoded | undefined;
  /** @throws BrokenRule for data that is no message of the dialect */
  decode(data: Uint8Array, isBinary: boolean): UpMessage;
}

/** The longest id or name from a browser, characters. */
const MAX_NAME_CHARACTERS = 256;
const NOTHING = new Uint8Array(0);

const BINARY: Dialect = {
  encode(message) {
    switch (message.type) {
      case 'audio':
        return encodeBinaryMessage({
          type: 'audio',
          reqId: message.reqId,
          end: false,
          payload: message.bytes,
        });
      case 'frame':
        return encodeBinaryMessage({ ...message, type: 'frame', payload: message.raw });
      case 'end':
        return encodeBinaryMessage({ type: 'audio', reqId: message.reqId, end: true, payload: NOTHING });
      case 'ready': {
        const { type, id, next, resumed, audio, avatar } = message;
        return JSON.stringify({ type, id, next, resumed, audio, avatar });
      }
      case 'interrupt':
        return JSON.stringify({ type: 'interrupt', reqId: message.reqId });
      case 'error':
      case 'transcript':
        return JSON.stringify(message);
    }
  },
  decode(data, isBinary) {
    if (isBinary) return { type: 'micAudio', audio: data };
    const fields = jsonObject(data);
    return fields['type'] === 'played' ? readPlayed(fields) : readCommon(fields);
  },
};

const SPATIUS: Dialect = {
  encode(message) {
    switch (message.type) {
      case 'audio':
        return spatiusAudio(message.reqId, base64(message.bytes), false);
      case 'frame':
        return JSON.stringify({
          type: 'avatar_frames',
          frames: [base64(message.raw)],
          isLast: message.end,
          turnId: message.reqId,
        });
      case 'end':
        return spatiusAudio(message.reqId, '', true);
      case 'ready': {
        const { id, next, resumed, lingers, avatar = {} } = message;
        return JSON.stringify({ type: 'ready', avatar, ...(lingers ? { id, next, resumed } : {}) });
      }
      case 'interrupt':
        return JSON.stringify({ type: 'interrupt' });
      case 'error':
        return JSON.stringify({ type: 'error', message: message.code });
      case 'transcript':
        return JSON.stringify(message);
    }
  },
  decode: (data, isBinary) => readCommon(jsonMessage(data, isBinary)),
};

function spatiusAudio(turnId: string, audio: string, isLast: boolean): string {
  return JSON.stringify({ type: 'avatar_audio', audio, isLast, turnId });
}

const SPATIALREAL: Dialect = {
  encode(message) {
    switch (message.type) {
      case 'audio':
        return JSON.stringify({ type: 'audio', data: base64(message.bytes), end: false });
      case 'frame':
        return JSON.stringify({ type: 'motion', data: [base64(message.raw)] });
      case 'end':
        return JSON.stringify({ type: 'audio', data: '', end: true });
      case 'interrupt':
        // This dialect has no message for it. A page that requested the interrupt has dropped the speech, and an `end` would begin a new
        // one.
        return message.byBrowser ? undefined : JSON.stringify({ type: 'audio', data: '', end: true });
      case 'ready':
      case 'error':
      case 'transcript':
        return undefined;
    }
  },
  decode: (data, isBinary) => readCommon(jsonMessage(data, isBinary)),
};

const DIALECTS: Readonly<Record<RelayDialect, Dialect>> = {
  binary: BINARY,
  spatius: SPATIUS,
  spatialreal: SPATIALREAL,
};

export function dialectOf(name: RelayDialect): Dialect {
  return DIALECTS[name];
}

type Fields = Readonly<Record<string, unknown>>;

function readCommon(fields: Fields): UpMessage {
  switch (fields['type']) {
    case 'text':
      return { type: 'text', text: requireText(fields, 'text', Infinity) };
    case 'mic_audio':
      return { type: 'micAudio', audio: requireBase64(fields, 'audio') };
    case 'set_avatar':
      return { type: 'setAvatar', avatarId: requireText(fields, 'avatarId', MAX_NAME_CHARACTERS) };
    case 'interrupt':
      return { type: 'interrupt' };
    case 'speak':
      return { type: 'speak', fields };
    default:
      return { type: 'message', fields };
  }
}

function readPlayed(fields: Fields): UpMessage {
  const { ms } = fields;
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= Number.MAX_SAFE_INTEGER))
    throw new BrokenRule('ms must be a number of milliseconds');
  return { type: 'played', reqId: requireText(fields, 'reqId', MAX_NAME_CHARACTERS), ms };
}

function jsonMessage(data: Uint8Array, isBinary: boolean): Fields {
  if (isBinary) throw new BrokenRule('the dialect has no binary messages', 1003);
  return jsonObject(data);
}

function jsonObject(data: Uint8Array): Fields {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    throw new BrokenRule('no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BrokenRule('no object');
  // Without a prototype, so that an absent field is not read from Object.prototype.
  const fields = Object.assign(Object.create(null) as Record<string, unknown>, value);
  requireText(fields, 'type', MAX_NAME_CHARACTERS);
  return fields;
}

function requireText(fields: Fields, name: string, maxCharacters: number): string {
  const text = fields[name];
  if (typeof text !== 'string' || text.length > maxCharacters)
    throw new BrokenRule(`${name} must be a text of at most ${maxCharacters} characters`);
  return text;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function requireBase64(fields: Fields, name: string): Uint8Array {
  const text = requireText(fields, name, Infinity);
  if (!BASE64.test(text)) throw new BrokenRule(`${name} must be base64`);
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
