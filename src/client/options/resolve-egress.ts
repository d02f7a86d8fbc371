/**
 * Checks the description of a room, by name, kind and bound: in the constructor, and again what a function of the application returns
 * for a dial. No value of it is shown: all but a few are credentials, and a URL may hold some.
 */
import { shareLatest } from '../../core/memory/share-latest.js';
import { requireNumber, requireOptions, requireSecret } from '../../core/option/option-check.js';
import { kindOf, shownName } from '../../core/option/shown-value.js';
import type { AgoraEgress, LiveKitEgress } from '../../wire/message.js';
import type { PerDial } from './session-options.js';

/** Of one text: no room has one that is longer, and the message must fit into what the service accepts. */
const MAX_TEXT_CHARACTERS = 16 * 1_024;
const MAX_ATTRIBUTES = 1_024;
const MAX_INT32 = 2 ** 31 - 1;
const MAX_UINT32 = 2 ** 32 - 1;

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

type Check = (path: string, value: unknown) => unknown;
type Given = Readonly<Record<string, unknown>>;

const LIVEKIT_FIELDS: Readonly<Record<keyof LiveKitEgress, Check>> = {
  url: filledText,
  apiKey: credential,
  apiSecret: credential,
  roomName: text,
  publisherId: text,
  extraAttributes: texts,
  idleTimeout: (path, value) => requireNumber(path, value, { min: 0, max: MAX_INT32, integer: true }),
  apiToken: credential,
};

const AGORA_FIELDS: Readonly<Record<keyof AgoraEgress, Check>> = {
  channelName: filledText,
  token: credential,
  uid: (path, value) => requireNumber(path, value, { min: 0, max: MAX_UINT32, integer: true }),
  publisherId: text,
};

const shareAttributes = shareLatest<Readonly<Record<string, string>>>();
const shareLiveKit = shareLatest<LiveKitEgress>();
const shareAgora = shareLatest<AgoraEgress>();

/** A function stays as it is. @throws TypeError or RangeError that names the field */
export function resolveLiveKitOption(value: unknown): PerDial<LiveKitEgress> | undefined {
  if (value === undefined || typeof value === 'function') return value as PerDial<LiveKitEgress> | undefined;
  return shareLiveKit(checkLiveKitEgress(value, 'an object or a function'));
}

/** As `resolveLiveKitOption`. */
export function resolveAgoraOption(value: unknown): PerDial<AgoraEgress> | undefined {
  if (value === undefined || typeof value === 'function') return value as PerDial<AgoraEgress> | undefined;
  return shareAgora(checkAgoraEgress(value, 'an object or a function'));
}

/** A copy. @throws TypeError for a field of the wrong kind or an unknown one, RangeError for one that is empty or missing */
export function checkLiveKitEgress(value: unknown, expected?: string): LiveKitEgress {
  const option = 'livekitEgress';
  const checked = checkFields(option, value, LIVEKIT_FIELDS, ['url'], expected) as unknown as LiveKitEgress;
  const { apiToken = '', apiKey = '', apiSecret = '' } = checked;
  if (apiToken !== '' || (apiKey !== '' && apiSecret !== '')) return checked;
  throw new RangeError(
    `${option} must have an apiToken, or both an apiKey and an apiSecret; none may be empty`,
  );
}

/** As `checkLiveKitEgress`; a channel without a certificate needs no token. */
export function checkAgoraEgress(value: unknown, expected?: string): AgoraEgress {
  return checkFields('agoraEgress', value, AGORA_FIELDS, ['channelName'], expected) as unknown as AgoraEgress;
}

function checkFields(
  option: string,
  value: unknown,
  fields: Readonly<Record<string, Check>>,
  required: readonly string[],
  expected: string | undefined,
): Record<string, unknown> {
  const given = requireOptions(option, value, Object.keys(fields), expected);
  const checked = Object.create(null) as Record<string, unknown>;
  for (const [name, check] of Object.entries(fields)) {
    const field = given[name];
    if (field !== undefined || required.includes(name)) checked[name] = check(`${option}.${name}`, field);
  }
  return checked;
}

function filledText(path: string, value: unknown): string {
  return boundedText(path, requireSecret(path, typeof value === 'string' ? value.trim() : value));
}

/** Empty means the same as absent, as on the wire. */
function text(path: string, value: unknown): string {
  return value === '' ? value : boundedText(path, requireSecret(path, value));
}

/** Without outer blanks. Secret stores and signers often give bytes: those of a text in UTF-8 are taken for that text. */
function credential(path: string, value: unknown): string {
  const given = value instanceof Uint8Array ? decoded(path, value) : value;
  const checked = text(path, typeof given === 'string' ? given.trim() : given);
  if (/\p{Cc}/u.test(checked)) throw new TypeError(`${path} must have no control characters`);
  return checked;
}

function decoded(path: string, bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch (cause) {
    throw new TypeError(`${path} must be a string, or its bytes in UTF-8`, { cause });
  }
}

function boundedText(path: string, value: string): string {
  if (value.length <= MAX_TEXT_CHARACTERS) return value;
  throw new RangeError(`${path} must be at most ${MAX_TEXT_CHARACTERS} characters long, got ${value.length}`);
}

function texts(path: string, value: unknown): Readonly<Record<string, string>> {
  const given: Given = requireOptions(path, value);
  const entries = Object.entries(given);
  if (entries.length > MAX_ATTRIBUTES) {
    throw new RangeError(`${path} must have at most ${MAX_ATTRIBUTES} names, got ${entries.length}`);
  }
  for (const [name, attribute] of entries) {
    if (typeof attribute !== 'string') {
      throw new TypeError(`${path}.${shownName(name)} must be a string, got ${kindOf(attribute)}`);
    }
    boundedText(`${path}.${shownName(name)}`, attribute);
  }
  return shareAttributes(given as Record<string, string>);
}
