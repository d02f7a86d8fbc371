/**
 * Checks the description of a room, by name, kind and bound: in the constructor, and again for the result of an application's function at
 * a dial. No value is shown: most of them are credentials, and a URL may contain some.
 */
import { parameterSecrets, urlSecrets } from '../../core/redaction/parameter-secrets.js';
import { internLast } from '../../core/memory/collections.js';
import { requireSecret } from '../../core/option/option-check.js';
import { deepFreeze } from '../../core/option/plain-object.js';
import { checkGroup, refuseInherited } from '../../core/option/option-field.js';
import type { NamedFields, OptionField } from '../../core/option/option-field.js';
import type { AgoraEgress, LiveKitEgress } from '../../ports/message.js';
import { requireUrl, printable } from './value-checks.js';
import type { PerDial } from './nested-fields.js';

/** The longest text of a room: real ones are shorter, and the message must fit into the service's limit. */
const MAX_TEXT_CHARACTERS = 16 * 1_024;
const MAX_ATTRIBUTES = 1_024;
const MAX_INT32 = 2 ** 31 - 1;
const MAX_UINT32 = 2 ** 32 - 1;
/** A smaller number is no credential: it occurs in other texts as well. */
const MIN_LONG_NUMBER = 100_000;

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

const TEXT = { kind: 'text', about: '' } as const;
const plain = { kind: 'checked', type: 'string', check: text, inFile: { ...TEXT, orEmpty: true } } as const;
const filled = { ...plain, check: filledText, required: true, inFile: TEXT } as const;
const secret = { ...plain, check: credential } as const;

export const LIVEKIT_FIELDS = deepFreeze({
  fields: {
    url: {
      ...filled,
      check: roomUrl,
      about: 'The address of the LiveKit server, `ws:`, `wss:`, `http:` or `https:`',
    },
    apiKey: { ...secret, about: 'The API key of the LiveKit server, beside an `apiSecret`' },
    apiSecret: { ...secret, about: 'The API secret of the LiveKit server, beside an `apiKey`' },
    roomName: { ...plain, about: 'The room to publish into' },
    publisherId: { ...plain, about: 'The identity that publishes' },
    extraAttributes: {
      kind: 'texts',
      about: 'Further attributes of the participant',
      maxNames: MAX_ATTRIBUTES,
      maxCharacters: MAX_TEXT_CHARACTERS,
    },
    idleTimeout: {
      kind: 'number',
      about: 'How long an idle room stays open, seconds',
      min: 0,
      max: MAX_INT32,
      integer: true,
    },
    apiToken: { ...secret, about: 'A token for the room; preferred to `apiKey` and `apiSecret`' },
  } satisfies Record<keyof LiveKitEgress, OptionField>,
} as const satisfies NamedFields);

export const AGORA_FIELDS = deepFreeze({
  fields: {
    channelName: { ...filled, about: 'The channel to publish into' },
    token: { ...secret, about: 'A token for the channel; a channel without a certificate needs none' },
    uid: { kind: 'number', about: 'The user id that publishes', min: 0, max: MAX_UINT32, integer: true },
    publisherId: { ...plain, about: 'The identity that publishes' },
  } satisfies Record<keyof AgoraEgress, OptionField>,
} as const satisfies NamedFields);

const shareAttributes = internLast<Readonly<Record<string, string>>>();
const shareLiveKit = internLast<LiveKitEgress>();
const shareAgora = internLast<AgoraEgress>();

/** A function is returned unchanged. @throws TypeError or RangeError that names the field */
export function resolveLiveKitOption(value: unknown): PerDial<LiveKitEgress> | undefined {
  if (value === undefined || typeof value === 'function') return value as PerDial<LiveKitEgress> | undefined;
  return shareLiveKit(checkLiveKitEgress(value, 'an object or a function'));
}

/** Like `resolveLiveKitOption`. */
export function resolveAgoraOption(value: unknown): PerDial<AgoraEgress> | undefined {
  if (value === undefined || typeof value === 'function') return value as PerDial<AgoraEgress> | undefined;
  return shareAgora(checkAgoraEgress(value, 'an object or a function'));
}

/** A copy. @throws TypeError for a field of the wrong kind or an unknown one, RangeError for one that is empty or missing */
export function checkLiveKitEgress(value: unknown, expected?: string): LiveKitEgress {
  const option = 'livekitEgress';
  const given = checkGroup(option, value, LIVEKIT_FIELDS, expected);
  const attributes = given['extraAttributes'] as LiveKitEgress['extraAttributes'];
  if (attributes !== undefined) given['extraAttributes'] = shareAttributes(attributes);
  const checked = given as unknown as LiveKitEgress;
  const { apiToken = '', apiKey = '', apiSecret = '' } = checked;
  if (apiToken !== '' || (apiKey !== '' && apiSecret !== '')) return checked;
  for (const name of ['apiToken', 'apiKey', 'apiSecret']) refuseInherited(`${option}.${name}`, value, name);
  throw new RangeError(
    `${option} must have an apiToken, or both an apiKey and an apiSecret; none may be empty`,
  );
}

/** Like `checkLiveKitEgress`; a channel without a certificate needs no token. */
export function checkAgoraEgress(value: unknown, expected?: string): AgoraEgress {
  return checkGroup('agoraEgress', value, AGORA_FIELDS, expected) as unknown as AgoraEgress;
}

function filledText(path: string, value: unknown): string {
  return printable(
    path,
    requireSecret(path, typeof value === 'string' ? value.trim() : value),
    MAX_TEXT_CHARACTERS,
  );
}

const ROOM_SCHEMES = ['ws:', 'wss:', 'http:', 'https:'];

/** Its value is never shown: a query or user info may hold credentials. */
function roomUrl(path: string, value: unknown): string {
  return requireUrl(path, filledText(path, value), ROOM_SCHEMES);
}

/** An empty text means the same as an absent one, as on the wire. */
function text(path: string, value: unknown): string {
  return value === '' ? value : printable(path, requireSecret(path, value), MAX_TEXT_CHARACTERS);
}

/** Without outer blanks. Secret stores and signers often return bytes: UTF-8 bytes of a text are taken for that text. */
function credential(path: string, value: unknown): string {
  const given = value instanceof Uint8Array ? decoded(path, value) : value;
  return text(path, typeof given === 'string' ? given.trim() : given);
}

function decoded(path: string, bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch (cause) {
    throw new TypeError(`${path} must be a string, or its bytes in UTF-8`, { cause });
  }
}
interface RoomOptions {
  readonly livekitEgress?: PerDial<LiveKitEgress> | undefined;
  readonly agoraEgress?: PerDial<AgoraEgress> | undefined;
}

/** The credentials of rooms that are given as objects; those of a function are known after its call. */
export function roomSecrets({ livekitEgress, agoraEgress }: RoomOptions): readonly string[] {
  const secrets: (string | undefined)[] = [];
  if (typeof livekitEgress === 'object') {
    const { url, apiKey, apiSecret, apiToken, extraAttributes = {} } = livekitEgress;
    secrets.push(apiKey, apiSecret, apiToken, ...urlSecrets(url), ...parameterSecrets(extraAttributes));
  }
  if (typeof agoraEgress === 'object') secrets.push(agoraEgress.token, longNumber(agoraEgress.uid));
  return secrets.filter((secret) => secret !== undefined);
}

function longNumber(uid: number | undefined): string | undefined {
  return uid === undefined || uid < MIN_LONG_NUMBER ? undefined : String(uid);
}
