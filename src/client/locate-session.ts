/**
 * `region: 'auto'`: finds the addresses of a session before its first request; and `prewarm`, which does so before a session exists.
 * Opens no connection.
 */
import { nearestRegion } from '../adapters/token/region-lookup.js';
import { ONCE } from '../ports/end-signal.js';
import type { EndSignal } from '../ports/end-signal.js';
import { joinFleet } from './gate/fleet-membership.js';
import type { FleetMembership, FleetSession } from './gate/fleet-membership.js';
import { fetchAhead, TokenStore, tokenSourceOf } from './loop/token-store.js';
import type { AheadHost } from './loop/token-store.js';
import { DEFAULT_REGION, regionEndpoints } from './options/endpoint-fields.js';
import { resolveSessionOptions } from './options/resolve-session-options.js';
import type { ResolvedSessionOptions } from './options/resolve-session-options.js';
import { contextOf, loadDial } from './options/session-context.js';
import type { SessionErrors } from './events/session-errors.js';
import type { SessionContext } from './options/session-context.js';
import type { AvatarSessionOptions } from './options/session-options.js';

/** A session before its first dial. */
export interface LocatableSession extends FleetSession {
  context: SessionContext;
  tokens: TokenStore;
  fleet: FleetMembership | undefined;
  readonly errors: SessionErrors;
  /** Aborted when the session ends. */
  readonly signal: EndSignal;
  readonly over: boolean;
}

/** Undefined if the addresses are known. Resolves when they are, or when the session ends; never rejects. */
export function locate(session: LocatableSession): Promise<void> | undefined {
  const { options } = session.context;
  if (options.autoRegion === undefined || session.over) return undefined;
  return orEnded(nearest(options), session.signal).then((region) => {
    // Another call may have set them meanwhile.
    if (region === undefined || session.over || session.context.options.autoRegion === undefined) return;
    const located = optionsIn(region, options);
    session.context = contextOf(located);
    session.tokens = new TokenStore(tokenSourceOf(located), located.clock, session.errors, session.tokens);
    session.fleet = joinFleet(located, session);
  });
}

/**
 * Fetches the first token before `start`, once the addresses are known. Rejects with the error of the request, or with that of the end.
 */
export function fetchAheadLocated(session: LocatableSession & AheadHost): Promise<void> {
  const located = locate(session);
  if (located === undefined) return fetchAhead(session);
  return located.then(() =>
    session.end === undefined ? fetchAhead(session) : Promise.reject(session.end.error),
  );
}

function nearest({ appId, clock, httpPost, agent }: ResolvedSessionOptions): Promise<string> {
  return nearestRegion({ appId, clock, httpPost, agent, fallback: DEFAULT_REGION });
}

function optionsIn(region: string, options: ResolvedSessionOptions): ResolvedSessionOptions {
  const { autoRegion } = options;
  const regional = regionEndpoints(region);
  return {
    ...options,
    region,
    autoRegion: undefined,
    ...(autoRegion !== 'ingress' && { consoleEndpointUrl: regional.consoleEndpointUrl }),
    ...(autoRegion !== 'console' && { ingressEndpointUrl: regional.ingressEndpointUrl }),
  };
}

function orEnded<T>(found: Promise<T>, signal: EndSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const ended = (): void => resolve(undefined);
    signal.addEventListener('abort', ended, ONCE);
    void found.then((value) => {
      signal.removeEventListener('abort', ended);
      resolve(value);
    });
  });
}

/**
 * Prepares the process for sessions with these options: finds the region where it is `auto`, asks the `tokenProvider` for a token, which
 * is kept if it is reusable, and loads the encoder of `oggOpusEncoder` and the modules that dials need. A token of the console opens only
 * one connection, so none is fetched: see `init()`. Never rejects: sessions repeat what fails here. Opens no WebSocket. Takes 10 s at
 * most with the default `timeoutMs`.
 *
 * @throws TypeError or RangeError for wrong options, as `newAvatarSession` does
 * @example
 * ```ts
 * await prewarm(options); // when the process starts
 * const session = newAvatarSession(options); // when a caller needs it
 * ```
 */
export function prewarm(options: AvatarSessionOptions): Promise<void> {
  return prepare(resolveSessionOptions(options));
}

async function prepare(options: ResolvedSessionOptions): Promise<void> {
  const { autoRegion, tokenProvider } = options;
  // Waits for both, even if one of them fails.
  await Promise.allSettled([
    autoRegion === undefined ? undefined : nearest(options),
    tokenProvider === undefined ? undefined : askAhead(options),
    contextOf(options).opusEncoders?.load(),
    loadDial(options),
  ]);
}

async function askAhead(options: ResolvedSessionOptions): Promise<void> {
  const { clock, timeoutMs } = options;
  const limit = new AbortController();
  const timer = clock.schedule(timeoutMs, () => limit.abort(new Error('the token provider took too long')));
  try {
    await tokenSourceOf(options).fetchToken({ reason: 'start', signal: limit.signal });
  } finally {
    timer.cancel();
  }
}
