/**
 * Finds the nearest region: one request to the vendor's bootstrap address, whose answer is used for five minutes by all sessions of a
 * process with the same clock and HTTP client. Never fails: without a new answer the latest one is used, and without any the default
 * region. Sends the application's id and no key.
 */
import type { Agent } from 'node:http';
import { oneForEach } from '../../core/memory/collections.js';
import { answerMember } from '../../core/option/plain-object.js';
import type { Clock } from '../../ports/clock.js';
import type { ApplicationHttpPost, HttpAnswer } from '../../ports/http-post.js';
import { nodeHttpPost } from '../node/node-http-post.js';
import { DEFAULT_USER_AGENT, PACKAGE_VERSION } from './http-token-source.js';
import { readHttpAnswer } from './read-http-answer.js';

export const BOOTSTRAP_URL = 'https://global.spatialwalk.top/bootstrap';
const LIMIT_MS = 5_000;
const LASTS_MS = 300_000;
/** A region is a label of a host name (RFC 1035). */
const REGION = /^(?=.{1,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;

export interface RegionQuery {
  readonly appId: string;
  readonly clock: Clock;
  readonly httpPost: ApplicationHttpPost;
  /** Makes the sockets of Node's own HTTP client. */
  readonly agent?: Agent | undefined;
  /** Used if there is no answer and there was none before. */
  readonly fallback: string;
}

const newLookup = (): RegionLookup => new RegionLookup();
const newLookups = (): ((httpPost: ApplicationHttpPost) => RegionLookup) => oneForEach(newLookup);
const lookupOf: (clock: Clock) => (httpPost: ApplicationHttpPost) => RegionLookup = oneForEach(newLookups);

/** Resolves after five seconds at most; never rejects. Calls during a request share it. */
export function nearestRegion(query: RegionQuery): Promise<string> {
  return lookupOf(query.clock)(query.httpPost).region(query);
}

class RegionLookup {
  #known: { readonly region: string; readonly atMs: number } | undefined;
  #asking: Promise<string> | undefined;

  region(query: RegionQuery): Promise<string> {
    const { clock } = query;
    if (this.#known !== undefined && clock.nowMs() - this.#known.atMs < LASTS_MS) {
      return Promise.resolve(this.#known.region);
    }
    return (this.#asking ??= this.#ask(query).finally(() => (this.#asking = undefined)));
  }

  async #ask(query: RegionQuery): Promise<string> {
    const { clock, fallback } = query;
    const limit = new AbortController();
    const late = new Promise<undefined>((resolve) => {
      limit.signal.addEventListener('abort', () => resolve(undefined));
    });
    const timer = clock.schedule(LIMIT_MS, () => limit.abort(new Error(`no answer within ${LIMIT_MS} ms`)));
    // An exception of the application's function, or an unreadable answer, means that nothing is known.
    const found = await Promise.race([
      post(query, limit.signal)
        .then(regionIn)
        .catch(() => undefined),
      late,
    ]);
    timer.cancel();
    if (found !== undefined) this.#known = { region: found, atMs: clock.nowMs() };
    return this.#known?.region ?? fallback;
  }
}

async function post({ appId, httpPost, agent }: RegionQuery, signal: AbortSignal): Promise<HttpAnswer> {
  const url = new URL(BOOTSTRAP_URL);
  const headers = {
    'Content-Type': 'application/json',
    'Accept-Encoding': 'identity',
    'User-Agent': DEFAULT_USER_AGENT,
  };
  const texts = [appId, PACKAGE_VERSION].map((text) => JSON.stringify(text));
  const body = `{"app_id":${texts[0]},"sdk_version":${texts[1]},"region":"auto","platform":"node"}`;
  if (httpPost === nodeHttpPost) return nodeHttpPost({ url, headers, body, signal }, agent);
  return readHttpAnswer(await httpPost({ url, headers, body, signal }), signal);
}

/** The current region, otherwise the first candidate; undefined if the answer names none. */
function regionIn({ status, body, broken }: HttpAnswer): string | undefined {
  if (status !== 200 || broken !== undefined) return undefined;
  const region = answerMember(JSON.parse(body) as unknown, 'region');
  const candidates = answerMember(region, 'candidates');
  const named = [
    answerMember(region, 'current'),
    ...(Array.isArray(candidates) ? (candidates as unknown[]) : []),
  ];
  return named.find(
    (name): name is string => typeof name === 'string' && name !== 'auto' && REGION.test(name),
  );
}
