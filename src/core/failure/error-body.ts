/**
 * The bodies of answers, which are not trusted. The service's errors are read leniently: A
 * `{"errors":[{…}]}`, B `{"message":"…"}`, C `{"error":{…}}`, and D, anything else. Only own members that are
 * texts or finite numbers are used, so nothing becomes `[object Object]`, and nothing in a body makes this
 * throw. Of an HTML page the title is one short line to be quoted, bounded, without control characters and
 * tags. What the words mean is decided elsewhere.
 */
import { MAX_QUOTED_CHARACTERS, asItIs, type Cleanse } from './error-record.js';

export interface ErrorBody {
  /** `A`, `B`, `C` as in the service's habits; `D` when there is no error object to read. */
  readonly shape: 'A' | 'B' | 'C' | 'D';
  readonly serverCode?: string;
  readonly serverTitle?: string;
  readonly serverDetail?: string;
  /** A message beside title and detail: searched for telling words, shown nowhere but in the raw body. */
  readonly furtherWords?: string;
  readonly requestId?: string;
  /** The HTTP status that the body itself names, 100 to 599. */
  readonly status?: number;
}

type JsonObject = Readonly<Record<string, unknown>>;

export function readErrorBody(body: string): ErrorBody {
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
 * Which sender has bodies of this shape, strictly; a body that is only read leniently has no such shape.
 * - `service`: A whose first error has an id, a title, a detail or a code of its own; C whose error has an id of the request or a code of
 *   its own
 * - `anyone`: a message and no more that counts: B, and A and C without those members. The service writes such bodies, and so do Kong, AWS,
 *   Google and Envoy. A code that only repeats the HTTP status is none.
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

/** A name, or a number of gRPC. */
function hasOwnCode(error: JsonObject): boolean {
  const code = text(error, 'code');
  return code !== undefined && !/^\d{3,}$/.test(code);
}

function hasAny(object: JsonObject, ...names: readonly string[]): boolean {
  return names.some((name) => text(object, name) !== undefined);
}

/** Plain text is a sentence of the service; pages and broken JSON have no details. */
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

/** A non-empty text, or a finite number as text; anything else is as good as absent. */
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

/** How every JSON text begins. Other texts are not parsed: a SyntaxError costs several times as much as the rest of a refusal. */
const JSON_BEGINS = /^\s*(?:[[{"\d-]|true|false|null)/;

/** Undefined for what is no JSON; JSON itself has no undefined. */
function parseJson(text: string): unknown {
  if (!JSON_BEGINS.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON (HTML, plain text, cut off by the reader): the caller reads it as text.
    return undefined;
  }
}

/** A title begins early; a page is not searched to its end. */
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

/** Undefined where there is no page, or no title. Ends at a space where it is too long, so that no half word remains. */
export function pageTitle(body: string, cleanse: Cleanse = asItIs): string | undefined {
  const [, raw] = /<title[^>]{0,200}>([^<]{1,2000})<\/title/i.exec(body.slice(0, SEARCHED_CHARACTERS)) ?? [];
  return raw === undefined ? undefined : shortLine(cleanse(raw, MAX_QUOTED_CHARACTERS));
}

/** What a refusal says that is a page: its title, or else how its text begins. Undefined where it is no page. */
export function pageText(body: string, cleanse: Cleanse = asItIs): string | undefined {
  if (!/^\s*</.test(body)) return undefined;
  const title = pageTitle(body, cleanse);
  if (title !== undefined) return title;
  // Redacted before the tags go and before it is cut: afterwards a secret might not be recognised.
  return shortLine(cleanse(body, SEARCHED_CHARACTERS).replaceAll(NOT_TEXT, ' '));
}

/** Comments, scripts, styles and tags, also those that do not end. */
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
