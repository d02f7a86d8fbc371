/**
 * The bodies of answers, which are not trusted. The service's errors are read leniently: A `{"errors":[{…}]}`, B `{"message":"…"}`, C
 * `{"error":{…}}`, and D, anything else. Only own members that are texts or finite numbers are used, so no text becomes `[object
 * Object]`, and no body can make this throw. For an HTML page the title is read, as one short line without control characters and tags.
 * The meaning of the words is decided elsewhere.
 */
import { MAX_QUOTED_CHARACTERS, asItIs, type Cleanse } from './error-record.js';

export interface ErrorBody {
  /** `A`, `B`, `C`: the forms of the service's errors; `D` if there is no error object. */
  readonly shape: 'A' | 'B' | 'C' | 'D';
  readonly serverCode?: string;
  readonly serverTitle?: string;
  readonly serverDetail?: string;
  /** A message in addition to title and detail: it is searched for known words, and shown only as part of the raw body. */
  readonly furtherWords?: string;
  readonly requestId?: string;
  /** The HTTP status that the body itself names, 100 to 599. */
  readonly status?: number;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Many refusals have no body. */
const NO_BODY: ErrorBody = Object.freeze({ shape: 'D' });

export function readErrorBody(body: string): ErrorBody {
  if (body === '') return NO_BODY;
  const parsed = parseJson(body);
  if (parsed === undefined) return fromText(body);
  if (typeof parsed === 'string') return described('D', { message: parsed });
  if (!isObject(parsed)) return { shape: 'D' };

  const errors = member(parsed, 'errors');
  if (Array.isArray(errors)) {
    const first: unknown = errors[0];
    if (isObject(first)) return described('A', first);
    if (typeof first === 'string') return described('A', { message: first });
  }
  const error = member(parsed, 'error');
  if (isObject(error)) return described('C', error);
  const flat = described('B', parsed);
  const name = text(parsed, 'error');
  if (name !== undefined) {
    const { serverTitle = name, serverDetail } = flat;
    return {
      ...flat,
      shape: 'C',
      ...(serverDetail === undefined ? { serverDetail: name } : { serverTitle }),
    };
  }
  const { serverCode, serverTitle, serverDetail } = flat;
  return (serverDetail ?? serverTitle ?? serverCode) === undefined ? { shape: 'D' } : flat;
}

/**
 * Which sender uses this shape of body, by a strict check; a body that only the lenient reader accepts has no such shape.
 * - `service`: A whose first error has an id, a title, a detail or a code of its own; C whose error has an id of the request or a code of
 *   its own
 * - `anyone`: only a message: B, and A and C without those members. The service writes such bodies, and so do Kong, AWS, Google and
 *   Envoy. A code that only repeats the HTTP status does not count.
 */
export function bodyShape(body: string): 'service' | 'anyone' | 'none' {
  const parsed = parseJson(body);
  if (!isObject(parsed)) return 'none';
  const errors = member(parsed, 'errors');
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  if (isObject(first))
    return hasOwnCode(first) || hasAny(first, 'id', 'title', 'detail') ? 'service' : 'anyone';
  const error = member(parsed, 'error');
  if (isObject(error)) {
    if (hasOwnCode(error) || hasAny(error, 'request_id', 'requestId')) return 'service';
    return hasAny(error, 'code', 'message') ? 'anyone' : 'none';
  }
  return hasAny(parsed, 'message') ? 'anyone' : 'none';
}

/** A name, or a gRPC status number. */
function hasOwnCode(error: JsonObject): boolean {
  const code = text(error, 'code');
  return code !== undefined && !/^\d{3,}$/.test(code);
}

function hasAny(object: JsonObject, ...names: readonly string[]): boolean {
  return names.some((name) => text(object, name) !== undefined);
}

/** Plain text is taken as a sentence of the service; pages and broken JSON give no details. */
function fromText(body: string): ErrorBody {
  const text = body.trim();
  return text === '' || /^[<{[]/.test(text) ? { shape: 'D' } : { shape: 'D', serverDetail: text };
}

function described(shape: ErrorBody['shape'], error: JsonObject): ErrorBody {
  const serverCode = text(error, 'code');
  const detail = text(error, 'detail');
  const message = text(error, 'message');
  const title = text(error, 'title');
  const serverTitle = title ?? (detail === undefined ? undefined : message);
  const serverDetail = detail ?? message;
  const furtherWords = title === undefined || detail === undefined ? undefined : message;
  const requestId = text(error, 'request_id') ?? text(error, 'requestId') ?? text(error, 'id');
  const status = statusOf(text(error, 'status'));
  return {
    shape,
    ...(serverCode !== undefined && { serverCode }),
    ...(serverTitle !== undefined && { serverTitle }),
    ...(serverDetail !== undefined && { serverDetail }),
    ...(furtherWords !== undefined && { furtherWords }),
    ...(requestId !== undefined && { requestId }),
    ...(status !== undefined && { status }),
  };
}

function statusOf(status: string | undefined): number | undefined {
  return status !== undefined && /^[1-5]\d\d$/.test(status) ? Number(status) : undefined;
}

/** A non-empty text, or a finite number as text; any other value counts as absent. */
function text(object: JsonObject, name: string): string | undefined {
  const value = member(object, name);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' ? undefined : trimmed;
}

function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The possible beginnings of a JSON text. Other texts are not parsed: a SyntaxError costs several times as much as the rest of a refusal.
 */
const JSON_BEGINS = /^\s*(?:[[{"\d-]|true|false|null)/;

/** Undefined for invalid JSON; no JSON text has the value undefined. */
function parseJson(text: string): unknown {
  if (!JSON_BEGINS.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON (HTML, plain text, cut off by the reader): the caller treats it as text.
    return undefined;
  }
}

/** A title is near the beginning of a page, so the rest is not searched. */
const SEARCHED_CHARACTERS = 8_192;
const MAX_CHARACTERS = 80;

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': "'",
  '&#39;': "'",
  '&nbsp;': ' ',
};

/** Undefined if the body is no page, or has no title. A long title is cut at a space, so that no word is cut. */
export function pageTitle(body: string, cleanse: Cleanse = asItIs): string | undefined {
  if (body === '') return undefined;
  const [, raw] = /<title[^>]{0,200}>([^<]{1,2000})<\/title/i.exec(body.slice(0, SEARCHED_CHARACTERS)) ?? [];
  return raw === undefined ? undefined : shortLine(cleanse(raw, MAX_QUOTED_CHARACTERS));
}

/** The text of a refusal that is a page: its title, or else the beginning of its text. Undefined if the body is no page. */
export function pageText(body: string, cleanse: Cleanse = asItIs): string | undefined {
  if (body === '' || !/^\s*</.test(body)) return undefined;
  const title = pageTitle(body, cleanse);
  if (title !== undefined) return title;
  // Redacted before tags are removed and the text is cut: afterwards a secret might not be recognised.
  return shortLine(cleanse(body, SEARCHED_CHARACTERS).replaceAll(NOT_TEXT, ' '));
}

/** Comments, scripts, styles and tags, including unclosed ones. */
const NOT_TEXT = /<!--[^]*?(?:-->|$)|<(script|style)\b[^]*?(?:<\/\1\b[^>]*>?|$)|<[^>]*>?/gi;

function shortLine(text: string): string | undefined {
  const title = text
    .replaceAll(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll('"', "'")
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim();
  if (title.length <= MAX_CHARACTERS) return title === '' ? undefined : title;
  const end = title.lastIndexOf(' ', MAX_CHARACTERS);
  return end <= 0 ? undefined : `${title.slice(0, end)} …`;
}
