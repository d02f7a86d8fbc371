/**
 * One POST with Node's own HTTP client: one socket, which is closed afterwards. Must not know what the answer means. The time-out is the
 * caller's signal.
 */
import { request as httpRequest } from 'node:http';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ownMember } from '../../core/option/plain-object.js';
import { urlToHttpOptions } from 'node:url';
import { memoizeLastAddress } from '../../core/memory/collections.js';
import { ONCE } from '../../ports/end-signal.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { HttpAnswer, HttpPostRequest } from '../../ports/http-post.js';
import {
  flattenHeaders,
  guardedAgent,
  openSocket,
  openTlsSocket,
  singleError,
  namingTlsAlert,
} from './open-socket.js';
import { NO_REQUEST_OPTIONS, withoutInherited } from './no-inherited-options.js';
import { onUsablePrototype } from './polluted-prototype.js';
import { connectionEnded, refusalBodyWithinMs } from './http-answer.js';
import { readBody } from './read-body.js';
import type { BodyBounds, BodyRead } from './read-body.js';

/** The limit of a body; the rest is not read. */
export const MAX_ANSWER_BYTES = 1_024 * 1_024;
/** Node's own bound is 16 KiB; a refusal with more headers than that is still an answer. */
export const MAX_HEADER_BYTES = 1_024 * 1_024;

/**
 * Never follows redirects. The socket ends with the answer, or with the signal.
 *
 * @param agent makes the socket, through a proxy for instance; absent: a socket of its own for each request
 */
export function postOverNode(post: HttpPostRequest<EndSignal>, agent?: Agent): Promise<HttpAnswer> {
  const { body, signal } = post;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = onUsablePrototype(() => openRequest(post, agent));
    let answered = false;
    const onAbort = (): void => fail(signal.reason);
    const unlink = (): void => signal.removeEventListener('abort', onAbort);
    const fail = (error: Error): void => {
      unlink();
      request.destroy();
      reject(error);
    };
    signal.addEventListener('abort', onAbort, ONCE);

    request.on('response', (response) => {
      answered = true;
      const status = response.statusCode ?? 0;
      void readBody(response, bodyBounds(status, signal)).then((body) => {
        unlink();
        // Node ends the socket by itself, because no agent keeps it. Destroying it earlier costs more: then the system of this end keeps
        // the connection in TIME-WAIT for a minute.
        resolve(new NodeHttpAnswer(response, status, body));
      });
    });
    // The listener stays for the request's whole life: an error after the headers is one of the body, or of destroying the request.
    request.on('error', (error) => {
      if (!answered) fail(namingTlsAlert(singleError(error)));
    });
    // An answer that switches protocols ends the request with neither of the events above.
    request.on('close', () => {
      if (!answered) fail(connectionEnded());
    });
    request.end(body);
  });
}

const partsOf = memoizeLastAddress(urlToHttpOptions);

/** Without an agent no socket is shared: it is closed after the answer, and the process can exit. */
function openRequest({ url, headers }: HttpPostRequest<EndSignal>, agent: Agent | undefined): ClientRequest {
  // Given as parts: Node would take apart and copy a URL for every request.
  const { protocol, hostname, port, path, auth } = partsOf(url);
  const isSecure = protocol === 'https:';
  // An agent for one socket would double the cost of the request, and print its headers where NODE_DEBUG is set.
  const ownSocket = isSecure ? openTlsSocket : openSocket;
  const open = isSecure ? httpsRequest : httpRequest;
  const options = {
    protocol,
    hostname,
    port,
    path,
    auth,
    method: 'POST',
    headers,
    maxHeaderSize: MAX_HEADER_BYTES,
    agent: agent && guardedAgent(agent),
    createConnection: agent === undefined ? ownSocket : undefined,
    // Without an agent Node uses 80 for https:, too. An agent may have a default port of its own.
    defaultPort: agent === undefined ? (isSecure ? 443 : 80) : undefined,
  };
  return open(withoutInherited(options, NO_REQUEST_OPTIONS));
}

/** An answer of Node's client. Headers are read on demand: those of a success are not needed. */
class NodeHttpAnswer implements HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly broken?: { readonly cause?: Error };
  readonly #response: IncomingMessage;

  constructor(response: IncomingMessage, status: number, body: BodyRead) {
    this.#response = response;
    this.status = status;
    this.body = body.text;
    const cause = ownMember(body, 'cause');
    if (body.ended === 'broken') this.broken = cause === undefined ? {} : { cause };
  }

  get headers(): HttpAnswer['headers'] {
    return flattenHeaders(this.#response);
  }
}

/** The bounds of the answer's body. A token may take as long as the signal allows. */
function bodyBounds(status: number, signal: EndSignal): BodyBounds {
  const succeeded = status >= 200 && status < 300;
  return succeeded
    ? { maxBytes: MAX_ANSWER_BYTES, withinMs: undefined }
    : { maxBytes: MAX_ANSWER_BYTES, withinMs: refusalBodyWithinMs(signal) };
}
