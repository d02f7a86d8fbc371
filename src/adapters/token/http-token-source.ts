/**
 * Session tokens from the vendor's console: decides whether an answer holds a token. What a refusal means is classified elsewhere, and the
 * HTTP client owns the sockets.
 */
import type { Agent } from 'node:http';
import { memoizeLastAddress } from '../../core/memory/collections.js';
import { hasOwn } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import { abortSignalOf } from '../../ports/end-signal.js';
import type { ApplicationHttpPost, HttpAnswer } from '../../ports/http-post.js';
import { TokenRefused, UnusableToken } from '../../ports/token-source.js';
import type { SessionToken, TokenRequest, TokenSource } from '../../ports/token-source.js';
import { connectionEnded, nodeHttpPost } from '../node/node-http-post.js';
import { parseUrl } from '../node/open-socket.js';
import { readHttpAnswer } from './read-http-answer.js';
import { readTokenField, readTokenText } from './credentials.js';

export interface HttpTokenSourceOptions {
  /** http: or https:, with or without trailing slashes; a query string is kept. */
  readonly consoleEndpointUrl: string;
  /** Absent: no header, and the console will refuse. */
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
 * Asks `{consoleEndpointUrl}/session-tokens` for a new token at every call. Any 2xx answer with a token is a success;
 * every other answer, and what lies beyond 1 MiB of one, is TokenRefused; a token that no header can carry is UnusableToken. Below HTTP the system's own error is
 * rejected; an invalid URL with code ERR_INVALID_URL. RangeError at once for an `expireAt` that is no date.
 */
export function createHttpTokenSource(options: HttpTokenSourceOptions): TokenSource {
  return new HttpTokenSource(options);
}

class HttpTokenSource implements TokenSource {
  readonly name = 'http';
  readonly #options: HttpTokenSourceOptions;
  readonly #fixedExpiryS: number | undefined;

  constructor(options: HttpTokenSourceOptions) {
    const { expireAt } = options;
    this.#options = options;
    this.#fixedExpiryS = expireAt === undefined ? undefined : toUnixSeconds(expireAt);
  }

  async fetchToken({ signal }: TokenRequest): Promise<SessionToken> {
    signal.throwIfAborted();
    const { consoleEndpointUrl, apiKey, clock, httpPost = nodeHttpPost, agent } = this.#options;
    const expiresAtS = this.#fixedExpiryS ?? Math.floor(clock.epochMs() / 1_000) + DEFAULT_LIFETIME_S;
    const url = tokensUrl(consoleEndpointUrl);
    const headers = {
      'X-Api-Key': apiKey ?? '',
      'Content-Type': 'application/json',
      // A request that says nothing allows every coding.
      'Accept-Encoding': 'identity',
      'User-Agent': this.#options.userAgent ?? DEFAULT_USER_AGENT,
    };
    // Not by JSON.stringify, which would call a `toJSON` of Object.prototype.
    const body = `{"expireAt":${expiresAtS}}`;
    const answer =
      httpPost === nodeHttpPost
        ? await nodeHttpPost({ url, headers, body, signal }, agent)
        : await readHttpAnswer(await httpPost({ url, headers, body, signal: abortSignalOf(signal) }), signal);
    signal.throwIfAborted();
    return { token: tokenOf(answer), expiresAtMs: expiresAtS * 1_000 };
  }
}

function toUnixSeconds(expireAt: Date | number): number {
  const seconds = Math.floor(expireAt instanceof Date ? expireAt.getTime() / 1_000 : expireAt);
  if (Number.isFinite(seconds)) return seconds;
  throw new RangeError(`expireAt must be a valid Date or Unix seconds, got ${String(expireAt)}`);
}

const tokensUrl = memoizeLastAddress((consoleEndpointUrl: string): URL => {
  const url = parseUrl('the console URL', consoleEndpointUrl, ['http:', 'https:']);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/session-tokens`;
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
