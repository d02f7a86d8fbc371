/**
 * Session tokens from the vendor's console: one POST, one socket, nothing left behind. Decides whether an answer
 * holds a token; what a refusal means is classified elsewhere. The API key is sent to the configured host only:
 * redirects are never followed. The time-out is the caller's signal.
 */
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Clock } from '../ports/clock.js';
import { TokenRefused, type TokenSource } from '../ports/token-source.js';
import { flattenHeaders } from './flatten-headers.js';
import { parseUrl } from './parse-url.js';
import { readBody } from './read-body.js';
import { readTokenField } from './read-token-field.js';
import { singleError } from './single-error.js';

export interface HttpTokenSourceOptions {
  /** http: or https:, with or without trailing slashes; a query string is kept. */
  readonly consoleEndpointUrl: string;
  readonly apiKey: string;
  /** When the tokens shall expire: a Date, or Unix **seconds**. Default: one hour after each request. */
  readonly expireAt?: Date | number | undefined;
  readonly clock: Pick<Clock, 'epochMs'>;
}

const MAX_ANSWER_BYTES = 1_024 * 1_024;
/** How long the body of a refusal may take after its headers; a token may take as long as the signal allows. */
const REFUSAL_BODY_WITHIN_MS = 1_000;
const DEFAULT_LIFETIME_S = 3_600;

/**
 * Asks `{consoleEndpointUrl}/session-tokens` for a new token at every call. Any 2xx answer with a token is a success;
 * every other answer, and what lies beyond 1 MiB of one, is TokenRefused. Below HTTP the system's own error is
 * rejected; an invalid URL with code ERR_INVALID_URL. RangeError at once for an `expireAt` that is no date.
 */
export function createHttpTokenSource(options: HttpTokenSourceOptions): TokenSource {
  const { expireAt } = options;
  const fixedExpiryS = expireAt === undefined ? undefined : toUnixSeconds(expireAt);
  return {
    name: 'http',
    async fetchToken({ signal }) {
      signal.throwIfAborted();
      const expiresAtS = fixedExpiryS ?? Math.floor(options.clock.epochMs() / 1_000) + DEFAULT_LIFETIME_S;
      const token = await post(options, JSON.stringify({ expireAt: expiresAtS }), signal);
      return { token, expiresAtMs: expiresAtS * 1_000 };
    },
  };
}

function toUnixSeconds(expireAt: Date | number): number {
  const seconds = Math.floor(expireAt instanceof Date ? expireAt.getTime() / 1_000 : expireAt);
  if (Number.isFinite(seconds)) return seconds;
  throw new RangeError(`expireAt must be a valid Date or Unix seconds, got ${String(expireAt)}`);
}

/** Resolves with the token; the socket ends with the answer, or with the signal. */
function post(options: HttpTokenSourceOptions, body: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = openRequest(options);
    let answered = false;
    const onAbort = (): void => fail(signal.reason as Error);
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      request.destroy();
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
    };
    signal.addEventListener('abort', onAbort, { once: true });

    request.on('response', (response) => {
      answered = true;
      void readToken(response).then(resolve, reject).finally(settle);
    });
    // Stays for the request's whole life: destroying it may report an error after we are done.
    request.on('error', (error) => fail(singleError(error)));
    // An answer that switches protocols ends the request with neither of the above.
    request.on('close', () => {
      if (!answered) fail(connectionEnded());
    });
    request.end(body);
  });
}

function openRequest(options: HttpTokenSourceOptions): ClientRequest {
  const url = parseUrl('the console URL', options.consoleEndpointUrl, ['http:', 'https:']);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/session-tokens`;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return request(url, {
    method: 'POST',
    // No shared agent: the socket is closed after the answer, and the process can exit.
    agent: false,
    headers: { 'X-Api-Key': options.apiKey, 'Content-Type': 'application/json' },
  });
}

async function readToken(response: IncomingMessage): Promise<string> {
  const status = response.statusCode ?? 0;
  const succeeded = status >= 200 && status < 300;
  const body = await readBody(
    response,
    succeeded
      ? { maxBytes: MAX_ANSWER_BYTES }
      : { maxBytes: MAX_ANSWER_BYTES, withinMs: REFUSAL_BODY_WITHIN_MS },
  );
  if (succeeded && body.ended === 'broken') throw body.cause ?? connectionEnded();
  const token = succeeded ? readTokenField(body.text) : undefined;
  if (token !== undefined) return token;
  throw new TokenRefused(status, flattenHeaders(response), body.text, succeeded);
}

function connectionEnded(): Error {
  return Object.assign(new Error('the connection ended without an answer'), { code: 'ECONNRESET' });
}
