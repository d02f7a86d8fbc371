/** A provider whose answers come from the test, for several sessions. */
import { setImmediate as turn } from 'node:timers/promises';
import { createProviderTokenSource } from '../../../src/adapters/token/provider-token-source.js';
import type {
  ProvidedToken,
  TokenProviderRequest,
} from '../../../src/adapters/token/provider-token-source.js';
import type { SessionToken, TokenReason } from '../../../src/ports/token-source.js';
import { VirtualClock } from '../../virtual-clock.js';

const { signal } = new AbortController();
export const LIFE_MS = 600_000;

export interface Call extends TokenProviderRequest {
  readonly answer: (token: Partial<ProvidedToken>) => void;
  readonly fail: (error: Error) => void;
}

export interface ScriptedProvider {
  readonly clock: VirtualClock;
  readonly calls: readonly Call[];
  /** A fetch of one of two sessions. */
  readonly fetch: (reason?: TokenReason, session?: number, until?: AbortSignal) => Promise<SessionToken>;
  readonly answer: (call: number, more?: Partial<ProvidedToken>) => Promise<void>;
  /** Lets the provider give a first answer that is marked as reusable. */
  readonly learnReusable: (more?: Partial<ProvidedToken>) => Promise<void>;
  readonly refused: (token: string) => void;
}

/** A provider whose answers come from the test, and the token sources of two sessions that use it. */
export function scripted(): ScriptedProvider {
  const clock = new VirtualClock();
  const calls: Call[] = [];
  const provider = (request: TokenProviderRequest): Promise<ProvidedToken> =>
    new Promise((resolve, reject) => {
      const token = `t${calls.length + 1}`;
      calls.push({ ...request, answer: (more) => resolve({ token, ...more }), fail: reject });
    });
  const sources = [createProviderTokenSource(provider, clock), createProviderTokenSource(provider, clock)];
  const fetch = (reason: TokenReason = 'start', session = 0, until = signal): Promise<SessionToken> =>
    sources[session]?.fetchToken({ reason, signal: until }) ?? Promise.reject(new Error('no such session'));
  const expiresAt = (): Date => new Date(clock.epochMs() + LIFE_MS);
  const answer = async (call: number, more: Partial<ProvidedToken> = {}): Promise<void> => {
    await turn();
    calls[call - 1]?.answer({ expiresAt: expiresAt(), reusable: true, ...more });
    await turn();
  };
  const learnReusable = async (more: Partial<ProvidedToken> = {}): Promise<void> => {
    const first = fetch();
    await answer(1, more);
    await first;
  };
  const refused = (token: string): void => sources[0]?.refused(token);
  return { clock, calls, fetch, answer, learnReusable, refused };
}
export const texts = async (fetched: readonly Promise<SessionToken>[]): Promise<string[]> =>
  (await Promise.all(fetched)).map(({ token, reused }) => (reused ? `${token} again` : token));
