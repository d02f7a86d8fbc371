/**
 * The secrets that must never be shown. They are made for one world, and given to its sessions and its
 * service.
 */
import { createHttpTokenSource } from '../../../src/adapters/token/http-token-source.js';
import type { LiveKitEgress, ProvidedToken, TokenProvider } from '../../../src/index.js';
import type { Network } from '../network/network.js';
import type { Draws } from '../world/draws.js';
import type { TokenManner } from '../world/schedule.js';

export const CONSOLE_URL = 'https://console.test/v1/console';
export const AVATAR_ID = 'simulated-avatar';

/** An application, and the API key of its account. */
export interface Account {
  readonly appId: string;
  readonly apiKey: string;
}

export class Credentials {
  readonly #accounts: readonly Account[];
  /** All secrets that were made so far. */
  readonly secrets: string[] = [];
  readonly #draws: Draws;
  #rooms = 0;

  constructor(draws: Draws, accounts: number) {
    this.#draws = draws;
    this.#accounts = Array.from({ length: accounts }, (_nothing, index) => {
      const apiKey = `key-${this.newId()}`;
      this.secrets.push(apiKey);
      return { appId: `simulated-app-${index + 1}`, apiKey };
    });
  }

  account(index: number): Account {
    const account = this.#accounts[index];
    if (account === undefined) throw new RangeError(`there is no account ${index}`);
    return account;
  }

  /** An id in the form of a UUID. Tokens are built from such ids. */
  newId(): string {
    const digits = Array.from({ length: 32 }, () => this.#draws.whole(0, 15).toString(16)).join('');
    const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    this.secrets.push(`st_${digits}`);
    return id;
  }

  /** A room token for one dial. */
  room(): LiveKitEgress {
    return this.#roomWith(this.#newRoomToken());
  }

  /** A room token in the form of LiveKit's tokens, which the service refuses after this date. */
  roomUntil(epochMs: number): LiveKitEgress {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { sub: this.#newRoomToken(), exp: epochMs / 1_000 };
    return this.#roomWith(`${part({ alg: 'HS256' })}.${part(claims)}.signature`);
  }

  #newRoomToken(): string {
    this.#rooms += 1;
    return `room-token-${this.#rooms}-${this.#draws.whole(0, 1e9)}`;
  }

  #roomWith(apiToken: string): LiveKitEgress {
    this.secrets.push(apiToken);
    return { url: 'wss://room.test', roomName: 'room', publisherId: 'avatar', apiToken };
  }
}

/**
 * The application's own token provider, which uses the same console. It fails or hangs with the probabilities
 * of the schedule.
 */
export function createProvider(
  manner: Extract<TokenManner, { readonly kind: 'provider' }>,
  { apiKey }: Account,
  network: Network,
  session: number,
  draws: Draws,
): TokenProvider {
  const { client: clock } = network.options.time;
  const source = createHttpTokenSource({
    consoleEndpointUrl: CONSOLE_URL,
    apiKey,
    clock,
    httpPost: network.httpPostOf(session, true),
  });
  let cached: ProvidedToken | undefined;
  return async (request) => {
    if (manner.caches === true && cached !== undefined && request.reason !== 'refused') return cached;
    if (draws.chance(manner.failures)) throw new Error('the provider fails');
    if (draws.chance(manner.hangs)) await new Promise(() => undefined);
    const fetched = await source.fetchToken(request).catch(() => {
      throw new Error('the provider got no token');
    });
    const expiresAt = fetched.expiresAtMs === undefined ? undefined : fetched.expiresAtMs / 1_000;
    cached = { token: fetched.token, expiresAt, reusable: manner.reusable };
    return cached;
  };
}
