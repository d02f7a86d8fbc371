/**
 * Plain HTTP requests: finds the token endpoint's, reads at most 64 KiB of one, and carries its answer. Decides nothing about
 * tokens.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TokenCall } from './token-endpoint.js';
import { resetTcp } from './ws-accepted-socket.js';

const MAX_BODY_BYTES = 65_536;

export const TOKEN_PATH = '/v1/console/session-tokens';

/**
 * Answers one HTTP request; every path but the token endpoint's is a 404. Never throws.
 * @param refusal why the request is answered with 403 instead
 */
export function serveHttp(
  request: IncomingMessage,
  response: ServerResponse,
  serveToken: (call: TokenCall) => void,
  refusal?: string,
): void {
  request.on('error', () => undefined); // The client went away; there is nobody left to answer.
  response.on('error', () => undefined);
  if (refusal !== undefined) {
    request.resume();
    answer(response, 403, { 'Content-Type': 'application/json' }, JSON.stringify({ message: refusal }));
    return;
  }
  const [path] = (request.url ?? '/').split('?');
  if (path !== TOKEN_PATH) {
    request.resume();
    answer(response, 404, { 'Content-Type': 'application/json' }, '{"message":"not found"}');
    return;
  }
  const apiKey = request.headers['x-api-key'];
  let body = '';
  let bytes = 0;
  request.setEncoding('utf8');
  request.on('data', (piece: string) => {
    bytes += Buffer.byteLength(piece);
    if (bytes <= MAX_BODY_BYTES) body += piece;
  });
  request.on('end', () =>
    serveToken({
      method: request.method ?? '',
      apiKey: typeof apiKey === 'string' ? apiKey : undefined,
      body: bytes <= MAX_BODY_BYTES ? body : undefined,
      answer: (status, headers, text) => answer(response, status, headers, text),
      reset: () => resetTcp(request.socket),
    }),
  );
}

function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  // A console answer is never kept alive: a client's pool would otherwise reuse a connection of a stopped service.
  response.writeHead(status, { ...headers, Connection: 'close' });
  response.end(body);
}
