/** One HTTP request to the console, as a token source needs it; its implementation owns the socket. */
import type { EndSignal } from './end-signal.js';

/** One request to the console. */
export interface HttpPostRequest<Signal extends EndSignal = AbortSignal> {
  /** http: or https:; not to be changed, the next request may have the same one. */
  readonly url: URL;
  /** The API key is among them: they are sent to this URL's host only, and redirects are not followed. */
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
  /** The connection ended before the body did, and with which error where one is known. */
  readonly broken?: { readonly cause?: Error };
}

/**
 * Posts, once. Rejects with the signal's reason, or with the system's own error (with its `code`). Leaves no socket and no
 * listener on the signal behind.
 */
export type HttpPost = (request: HttpPostRequest) => Promise<HttpAnswer>;

/** One of the application: it may also hand on the `Response` of fetch as it is. */
export type ApplicationHttpPost = (request: HttpPostRequest) => Promise<HttpAnswer | Response>;

/** An `httpPost` of the application answered with something that is no answer. */
export class UnusableHttpAnswer extends Error {
  override readonly name = 'UnusableHttpAnswer';
}
