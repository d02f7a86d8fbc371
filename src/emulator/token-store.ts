/**
 * Session tokens: minting, their app, their expiry, and that each opens one connection. The time is an argument; knows
 * nothing of HTTP.
 */

/** The oldest are forgotten beyond this; a service that runs for weeks must not grow. */
const MAX_TOKENS = 100_000;

interface IssuedToken {
  readonly appId: string;
  readonly expiresAtMs: number;
  used: boolean;
}

export type TokenState =
  | { readonly state: 'unknown' | 'expired' | 'used' }
  | {
      readonly state: 'valid';
      readonly appId: string;
      readonly expiresAtMs: number;
    };

export class TokenStore {
  readonly #tokens = new Map<string, IssuedToken>();
  readonly #singleUse: boolean;
  readonly #newId: () => string;

  /** `newId` makes a UUID, which no other call makes again. */
  constructor(singleUse: boolean, newId: () => string) {
    this.#singleUse = singleUse;
    this.#newId = newId;
  }

  issue(appId: string, expiresAtMs: number): string {
    const token = `st_${this.#newId().replaceAll('-', '')}`;
    this.#tokens.set(token, { appId, expiresAtMs, used: false });
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= MAX_TOKENS) break;
      this.#tokens.delete(oldest);
    }
    return token;
  }

  look(token: string, nowEpochMs: number): TokenState {
    const issued = this.#tokens.get(token);
    if (issued === undefined) return { state: 'unknown' };
    if (issued.used && this.#singleUse) return { state: 'used' };
    if (nowEpochMs >= issued.expiresAtMs) return { state: 'expired' };
    return { state: 'valid', appId: issued.appId, expiresAtMs: issued.expiresAtMs };
  }

  use(token: string): void {
    const issued = this.#tokens.get(token);
    if (issued !== undefined) issued.used = true;
  }
}
