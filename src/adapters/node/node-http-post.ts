/** The POST of Node's own HTTP client, which is loaded with the first dial. */
import type { Agent } from 'node:http';
import type { EndSignal } from '../../ports/end-signal.js';
import type { HttpAnswer, HttpPostRequest } from '../../ports/http-post.js';
import { LazyModule } from './lazy-module.js';

const REQUEST = new LazyModule('the HTTP client of Node', () => import('./http-request.js'));

/**
 * Does the same as `postOverNode`. @param agent makes the socket, through a proxy for instance; absent: a socket of its own for each
 * request
 */
export function nodeHttpPost(post: HttpPostRequest<EndSignal>, agent?: Agent): Promise<HttpAnswer> {
  return REQUEST.use(({ postOverNode }) => postOverNode(post, agent));
}

/** `LazyModule.load` of the HTTP client. */
export function loadNodeHttp(): Promise<unknown> | undefined {
  return REQUEST.load();
}
