/**
 * The parts of an error that are kept, and the parts that are shown. A cause is kept as an Error with its name, code, message and stack,
 * all redacted. The original is not kept: error objects of the runtime refer to sockets, requests, headers and URLs. Reading a cause may
 * throw; these functions do not. Also an error as JSON, under the names of the vendor's error page: fields that the page does not list
 * are not shown.
 */
import { withoutStackLines } from '../memory/stack-lines.js';
import { answerMember, defineHidden, defineListed, ownMember } from '../option/plain-object.js';

/** Redacts a text, then bounds it. */
export type Cleanse = (text: string, maxCharacters: number) => string;

export const asItIs: Cleanse = (text) => text;

/** The longest foreign text that a message of this package quotes, characters; the message has the same limit. */
export const MAX_QUOTED_CHARACTERS = 512;

/** The reason of "fetch failed" is one level down, sometimes two; deeper causes are dropped. */
const MAX_DEPTH = 3;
const MAX_MESSAGE_CHARACTERS = 1_024;
const MAX_STACK_CHARACTERS = 4_096;
const MAX_NAME_CHARACTERS = 64;

/** Undefined only for an absent cause. For a thrown value that is no Error, its text is kept; for an object only `message`. */
export function reduceCause(cause: unknown, cleanse: Cleanse, depth = 1): Error | undefined {
  if (cause === undefined) return undefined;
  const message = cleanse(messageOf(cause), MAX_MESSAGE_CHARACTERS);
  const inner = depth < MAX_DEPTH ? reduceCause(innerOf(cause), cleanse, depth + 1) : undefined;
  const reduced = errorWithoutStack(message, inner, kindOfError(cause));

  const name = textMember(cause, 'name');
  if (name !== undefined && name !== '' && name !== reduced.name)
    defineHidden(reduced, 'name', cleanse(name, MAX_NAME_CHARACTERS));
  const stack = textMember(cause, 'stack');
  setStack(reduced, stack === undefined ? String(reduced) : cleanse(stack, MAX_STACK_CHARACTERS));
  const code = member(cause, 'code');
  if (typeof code === 'number') defineListed(reduced, 'code', code);
  if (typeof code === 'string') defineListed(reduced, 'code', cleanse(code, MAX_NAME_CHARACTERS));
  return reduced;
}

/** Like `defineHidden`. Most engines give an error an own `stack`, which an assignment keeps hidden at a fraction of the cost. */
function setStack(error: Error, stack: string): void {
  if (Object.hasOwn(error, 'stack')) error.stack = stack;
  else defineHidden(error, 'stack', stack);
}

/** Keeps the classes TypeError and RangeError, which show that a value was wrong. */
function kindOfError(cause: unknown): ErrorConstructor {
  try {
    if (cause instanceof RangeError) return RangeError;
    return cause instanceof TypeError ? TypeError : Error;
  } catch {
    return Error; // A revoked Proxy.
  }
}

/** The text of anything that was thrown. Never throws. */
export function messageOf(cause: unknown): string {
  switch (typeof cause) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'symbol':
    case 'undefined':
      return String(cause);
    case 'function':
    case 'object':
      return textMember(cause, 'message') ?? (cause === null ? 'null' : 'a value that is no Error');
  }
}

/** The cause's own cause; for an AggregateError without one (several addresses were tried) the first of its errors. */
function innerOf(cause: unknown): unknown {
  const inner = member(cause, 'cause');
  if (inner !== undefined) return inner;
  return member(member(cause, 'errors'), '0');
}

function textMember(value: unknown, name: string): string | undefined {
  const text = member(value, name);
  return typeof text === 'string' ? text : undefined;
}

function member(value: unknown, name: string): unknown {
  try {
    return answerMember(value, name);
  } catch {
    // If a getter or Proxy of the application throws, the cause counts as absent.
    return undefined;
  }
}

/** An error without stack lines: capturing and writing them costs more than all the rest of it. */
function errorWithoutStack(message: string, cause: Error | undefined, Kind = Error): Error {
  return withoutStackLines(() => new Kind(message, cause === undefined ? undefined : { cause }));
}

/** Field → name in JSON, in the order of the output. `cause` is last and becomes a text. */
export const ERROR_JSON_NAMES = Object.freeze({
  code: 'code',
  message: 'message',
  phase: 'phase',
  step: 'step',
  origin: 'origin',
  httpStatus: 'http_status',
  serverCode: 'server_code',
  serverTitle: 'server_title',
  serverDetail: 'server_detail',
  requestId: 'request_id',
  connectionId: 'connection_id',
  reqId: 'req_id',
  closeCode: 'close_code',
  closeReason: 'close_reason',
  retryAfterMs: 'retry_after_ms',
  rawBody: 'raw_body',
  attempt: 'attempt',
  willRetry: 'will_retry',
  reason: 'reason',
  outcome: 'outcome',
  permanent: 'permanent',
  remediation: 'remediation',
  cause: 'cause',
} as const);

/** The fields that are read. AvatarSDKError has them; it is not named here, because its file imports this one. */
export type JsonErrorSource = Readonly<Partial<Record<keyof typeof ERROR_JSON_NAMES, unknown>>>;

/** Absent fields are left out; nothing in the result is an Error. */
export function errorToJson(error: JsonErrorSource): Record<string, unknown> {
  const members = (Object.entries(ERROR_JSON_NAMES) as [keyof typeof ERROR_JSON_NAMES, string][]).map(
    ([field, name]): [string, unknown] => [
      name,
      field === 'cause' ? causeText(error) : ownMember(error, field),
    ],
  );
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** The cause's message, or its name if the message is empty. Absent if the cause is no Error, or can't be read. */
function causeText(error: JsonErrorSource): string | undefined {
  try {
    const cause = ownMember(error, 'cause');
    if (!(cause instanceof Error)) return undefined;
    const text: unknown = cause.message === '' ? cause.name : cause.message;
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined; // A revoked Proxy, or a getter that throws.
  }
}
