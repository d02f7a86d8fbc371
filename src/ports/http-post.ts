/** One HTTP request to the console, with the interface that a token source uses; its implementation owns the socket. */
import type { EndSignal } from './end-signal.js';

/** One request to the console. */
export interface HttpPostRequest<Signal extends EndSignal = AbortSignal> {
  /** http: or https:. Do not change it: the next request may use the same object. */
  readonly url: URL;
  /** They include the API key: they are sent to this URL's host only, and redirects are not followed. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
  /** Aborting destroys the socket; the promise then rejects with the signal's reason. */
  readonly signal: Signal;
}

/** The answer to a request, whatever its status. */
export interface HttpAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** Lower-cased names; raw values. */
  readonly headers: Readonly<Record<string, string>>;
  /** Raw text of the answer, at most 1 MiB: neither redacted nor escaped. */
  readonly body: string;
  /** Present if the connection ended before the body did, with the error if one is known. */
  readonly broken?: { readonly cause?: Error };
}

/**
 * Sends one request. Rejects with the signal's reason, or with the system's own error (with its `code`). Leaves no
 * socket and no listener on the signal.
 */
export type HttpPost = (request: HttpPostRequest) => Promise<HttpAnswer>;

/** A function of the application: it may also return the `Response` of fetch. */
export type ApplicationHttpPost = (request: HttpPostRequest) => Promise<HttpAnswer | Response>;

/** An `httpPost` of the application returned an invalid answer. */
export class UnusableHttpAnswer extends Error {
  override readonly name = 'UnusableHttpAnswer';
}
