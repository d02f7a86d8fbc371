/**
 * Session tokens from the vendor's console: decides whether an answer contains a token that fits into a header. Refusals are classified
 * elsewhere, and the HTTP client owns the sockets. Also names for the accounts of sessions: the same credentials have the same name, and
 * can't be read from it.
 */
import { createHmac } from 'node:crypto';
import type { Agent } from 'node:http';
import { answerMember, hasOwn } from '../../core/option/plain-object.js';
import { memoizeLastAddress } from '../../core/memory/collections.js';
import type { Clock } from '../../ports/clock.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { ApplicationHttpPost, HttpAnswer } from '../../ports/http-post.js';
import { TokenRefused, UnusableToken } from '../../ports/token-source.js';
import type { SessionToken, TokenRequest, TokenSource } from '../../ports/token-source.js';
import { connectionEnded } from '../node/http-answer.js';
import { nodeHttpPost } from '../node/node-http-post.js';
import { parseUrl } from '../node/dial-address.js';
import { readHttpAnswer } from './read-http-answer.js';

/** The bound of the table "limits". */
export const MAX_TOKEN_CHARACTERS = 16 * 1_024;

export type TokenText = { readonly token: string } | { readonly problem: string };

/** Outer white space is cut off: a token from a file or a shell has a line end. */
export function readTokenText(text: string): TokenText {
  const token = text.trim();
  if (token === '') return { problem: 'an empty token' };
  if (token.length > MAX_TOKEN_CHARACTERS) {
    return { problem: `a token of ${token.length} characters, of at most ${MAX_TOKEN_CHARACTERS}` };
  }
  if (/\p{Cc}/u.test(token)) {
    return {
      problem:
        'a token with control characters inside, such as a line end: a page or a message, and no token',
    };
  }
  if (/[^\x20-\xff]/.test(token))
    return { problem: 'a token with characters beyond Latin-1, which no header can carry' };
  return { token };
}

const SPELLINGS = ['sessionToken', 'session_token', 'sessionKey', 'token'] as const;

/** `undefined` if the text is no JSON object, or contains no token. */
export function readTokenField(text: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined; // An HTML page, an empty or a cut body: no token.
  }
  for (const holder of [answer, answerMember(answer, 'data')]) {
    for (const spelling of SPELLINGS) {
      const value = answerMember(holder, spelling);
      if (typeof value === 'string' && value.trim() !== '') return value;
    }
  }
  return undefined;
}

/**
 * Random, and different in each process: with a fixed key a name could be compared with those of guessed keys. Made when first needed:
 * some runtimes have no random numbers while modules are loaded.
 */
let nameKey: Uint8Array | undefined;
/** 96 bits: two accounts never have the same name. */
const NAME_CHARACTERS = 16;

const PROVIDERS = new WeakMap<object, string>();
let providers = 0;

/** The account of an API key; without a key, the account of its absence. */
export function accountOfKey(appId: string, apiKey = ''): string {
  const credentials = `${appId.length} ${appId}${apiKey}`;
  return createHmac('sha256', (nameKey ??= crypto.getRandomValues(new Uint8Array(32))))
    .update(credentials)
    .digest('base64url')
    .slice(0, NAME_CHARACTERS);
}

/** The account of a function that mints tokens: each function is a separate account. */
export function accountOfProvider(provider: object): string {
  const known = PROVIDERS.get(provider);
  if (known !== undefined) return known;
  providers += 1;
  const name = `provider ${providers}`;
  PROVIDERS.set(provider, name);
  return name;
}

export interface HttpTokenSourceOptions {
  /** http: or https:, with or without trailing slashes; a query string is kept. */
  readonly consoleEndpointUrl: string;
  /** Absent: no header is sent, and the console will refuse the request. */
  readonly apiKey: string | undefined;
  /** When the tokens shall expire: a Date, or Unix **seconds**. Default: one hour after each request. */
  readonly expireAt?: Date | number | undefined;
  readonly clock: Pick<Clock, 'epochMs'>;
  /** Default: Node's own HTTP client. */
  readonly httpPost?: ApplicationHttpPost;
  /** Makes the sockets of Node's own client. Default: a socket of its own for each request. */
  readonly agent?: Agent | undefined;
  /** Default `DEFAULT_USER_AGENT`. */
  readonly userAgent?: string;
}

const DEFAULT_LIFETIME_S = 3_600;

/**
 * Requests a new token from `{consoleEndpointUrl}{tokenPath}` at every call, and keeps the options themselves, not a copy. Any 2xx answer
 * with a token is a success; every other answer, and one longer than 1 MiB, is TokenRefused; a token that fits into no header is
 * UnusableToken. Failures below HTTP reject with the system's own error, an invalid URL with the code ERR_INVALID_URL. Throws RangeError
 * at once for an `expireAt` that is no date.
 */
export function createHttpTokenSource(
  options: HttpTokenSourceOptions,
  tokenPath = '/session-tokens',
): TokenSource {
  return new HttpTokenSource(options, tokenPath);
}

class HttpTokenSource implements TokenSource {
  readonly name = 'http';
  readonly #options: HttpTokenSourceOptions;
  readonly #tokenPath: string;
  readonly #fixedExpiryS: number | undefined;

  constructor(options: HttpTokenSourceOptions, tokenPath: string) {
    const { expireAt } = options;
    this.#options = options;
    this.#tokenPath = tokenPath;
    this.#fixedExpiryS = expireAt === undefined ? undefined : toUnixSeconds(expireAt);
  }

  async fetchToken({ signal }: TokenRequest): Promise<SessionToken> {
    signal.throwIfAborted();
    const { consoleEndpointUrl, apiKey, clock, httpPost = nodeHttpPost, agent } = this.#options;
    const expiresAtS = this.#fixedExpiryS ?? Math.floor(clock.epochMs() / 1_000) + DEFAULT_LIFETIME_S;
    const url = tokensUrl(consoleEndpointUrl, this.#tokenPath);
    const headers = {
      'X-Api-Key': apiKey ?? '',
      'Content-Type': 'application/json',
      // A request without this header allows every coding.
      'Accept-Encoding': 'identity',
      'User-Agent': this.#options.userAgent ?? DEFAULT_USER_AGENT,
    };
    // Not made by JSON.stringify, which would call a `toJSON` of Object.prototype.
    const body = `{"expireAt":${expiresAtS}}`;
    const answer =
      httpPost === nodeHttpPost
        ? await nodeHttpPost({ url, headers, body, signal }, agent)
        : await readHttpAnswer(await httpPost({ url, headers, body, signal: abortSignalOf(signal) }), signal);
    signal.throwIfAborted();
    return { token: tokenOf(answer), expiresAtMs: expiresAtS * 1_000 };
  }

  refused(): void {
    // Nothing is kept: each request makes a token.
  }

  wasRefused(): boolean {
    return false;
  }
}

function toUnixSeconds(expireAt: Date | number): number {
  const seconds = Math.floor(expireAt instanceof Date ? expireAt.getTime() / 1_000 : expireAt);
  if (Number.isFinite(seconds)) return seconds;
  throw new RangeError(`expireAt must be a valid Date or Unix seconds, got ${String(expireAt)}`);
}

const tokensUrl = memoizeLastAddress((consoleEndpointUrl: string, path: string): URL => {
  const url = parseUrl('the console URL', consoleEndpointUrl, ['http:', 'https:']);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  return url;
});

function tokenOf(answer: HttpAnswer): string {
  const succeeded = answer.status >= 200 && answer.status < 300;
  if (succeeded && answer.broken !== undefined) throw answer.broken.cause ?? connectionEnded();
  const text = succeeded ? readTokenField(answer.body) : undefined;
  if (text !== undefined) {
    const read = readTokenText(text);
    if (hasOwn(read, 'token')) return read.token;
    throw new UnusableToken(`the console answered with ${read.problem}`);
  }
  throw new TokenRefused(answer.status, answer.headers, answer.body, succeeded);
}

/** Version of this package; a test compares it with package.json. */
export const PACKAGE_VERSION = '0.1.0';

/** `avatarkit-session/VERSION node/VERSION`. */
export const DEFAULT_USER_AGENT = `avatarkit-session/${PACKAGE_VERSION} node/${process.versions.node}`;
