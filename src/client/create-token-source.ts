/** Where a session gets its tokens from: the application's own function, or the console with the API key. */
import { createHttpTokenSource } from '../adapters/http-token-source.js';
import { createProviderTokenSource } from '../adapters/provider-token-source.js';
import type { TokenSource } from '../ports/token-source.js';
import type { ResolvedSessionOptions } from './options/resolve-session-options.js';

export function createTokenSource(options: ResolvedSessionOptions): TokenSource {
  const { tokenProvider, clock } = options;
  if (tokenProvider !== undefined) return createProviderTokenSource(tokenProvider, clock);
  return createHttpTokenSource(options);
}
